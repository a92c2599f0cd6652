"""Values in the JSON of the Handle API: data as text, or as {format, value}.

`string`, `base64` and `hex` hold text or bytes; `admin`, `vlist`, `site` and `key` hold JSON, `key` a public key as
JWK (RFC 7517).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from pydantic import ValidationError

from tallystick.identity.bodies import HandleValue, permissions_default, values_per_handle_max
from tallystick.identity.rest.errors import RequestNotUnderstood, ValueInvalid
from tallystick.identity.views import Value
from tallystick.ledger import NotCanonical, canonical

body_bytes_max = 1024 * 1024
_members = frozenset(
    {"index", "type", "data", "ttl", "permissions", "timestamp", "references", "readers"}
)
_epoch = "1970-01-01T00:00:00.000Z"


def shown(value: Value) -> dict[str, Any]:
    """A value as an answer holds it; permissions and references only if they are not the usual ones."""
    told: dict[str, Any] = {
        "index": value.index,
        "type": value.type,
        "data": {"format": value.format, "value": value.value},
        "ttl": value.ttl,
        "timestamp": value.timestamp or _epoch,
    }
    if value.references:
        told["references"] = [_reference(one) for one in value.references]
    if value.permissions != permissions_default:
        told["permissions"] = value.permissions
    if value.readers:
        told["readers"] = list(value.readers)
    return told


def read_values(body: bytes) -> tuple[HandleValue, ...]:
    """The values of a request. Raises `RequestNotUnderstood`, or `ValueInvalid` naming the first wrong one."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestNotUnderstood(f"the body is not JSON: {error}") from None
    if isinstance(told, dict):
        told = told.get("values", [told])
    if not isinstance(told, list):
        raise RequestNotUnderstood("there are no values in the body")
    if len(told) > values_per_handle_max:
        raise ValueInvalid(f"a handle has at most {values_per_handle_max} values")
    values = tuple(_read(one) for one in told)
    indexes = [value.index for value in values]
    if len(set(indexes)) != len(indexes):
        raise ValueInvalid("two values have one index")
    return values


def _read(told: object) -> HandleValue:
    if not isinstance(told, dict):
        raise RequestNotUnderstood("a value is an object with index, type and data")
    given = cast(dict[str, Any], told)
    where = f"value {given.get('index')!s:.40}"
    if unknown := given.keys() - _members:
        raise ValueInvalid(f"{where}: {min(unknown)!s:.60} is no member of a value")
    members: dict[str, Any] = {
        name: given[name] for name in ("type", "ttl", "permissions") if name in given
    }
    if "readers" in given:
        members["readers"] = tuple(_list(given["readers"], where))
    if "references" in given:
        members["references"] = tuple(
            _key_reference(one, where) for one in _list(given["references"], where)
        )
    told_format, data = _data(given.get("data"), where)
    members |= {"index": _number(given.get("index"), where), "data": data}
    if told_format != "string":
        members["format"] = told_format
    try:
        return HandleValue.model_validate(members)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        step = "/".join(str(one) for one in first["loc"])
        raise ValueInvalid(f"{where}: {step}: {first['msg']}") from None


def _data(told: object, where: str) -> tuple[str, str]:
    """(format, data) as a record keeps them, in the only spelling."""
    if isinstance(told, str):
        return "string", told
    if not isinstance(told, dict) or "value" not in told:
        raise ValueInvalid(f"{where}: data is text, or an object with format and value")
    given = cast(dict[str, Any], told)
    name, value = given.get("format"), given["value"]
    if name in ("string", "base64", "hex"):
        if not isinstance(value, str):
            raise ValueInvalid(f"{where}: data of the format {name} is text")
        return str(name), value if name == "string" else _spelled(str(name), value, where)
    if not isinstance(name, str) or name not in _shapes:
        raise ValueInvalid(f"{where}: {name!s:.40} is not among the formats string, base64, hex, "
                           "admin, vlist, site, key and json")  # fmt: skip
    try:
        data = canonical.encode(_shapes[name](value, where))
        canonical.decode(data)
        return str(name), data.decode()
    except NotCanonical as error:
        raise ValueInvalid(f"{where}: {error.detail}") from None


def _spelled(name: str, value: str, where: str) -> str:
    try:
        if name == "hex":
            return bytes.fromhex(value).hex()
        return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except (binascii.Error, ValueError):
        raise ValueInvalid(f"{where}: the data is not {name}") from None


def _admin(value: object, where: str) -> object:
    given = _object(value, where)
    permissions = given.get("permissions")
    if isinstance(permissions, int):
        permissions = f"{permissions:012b}" if 0 <= permissions < 1 << 12 else ""
    if not isinstance(permissions, str) or len(permissions) != 12 or set(permissions) - {"0", "1"}:
        raise ValueInvalid(f"{where}: permissions of an HS_ADMIN are twelve digits 0 and 1")
    return {**_pair(given, where), "permissions": permissions}


def _vlist(value: object, where: str) -> object:
    return [_pair(_object(one, where), where) for one in _list(value, where)]


def _pair(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    handle = given.get("handle")
    if not isinstance(handle, str) or "/" not in handle:
        raise ValueInvalid(f"{where}: a reference names a handle and an index")
    return {"handle": handle, "index": _number(given.get("index", 0), where)}


def _any_object(value: object, where: str) -> object:
    return _object(value, where)


def _any(value: object, _where: str) -> object:
    return value


_shapes = {"admin": _admin, "vlist": _vlist, "site": _any_object, "key": _any_object, "json": _any}


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueInvalid(f"{where}: an object is expected")
    return cast(dict[str, Any], value)


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueInvalid(f"{where}: a list is expected")
    return value


def _number(value: object, where: str) -> int:
    """Clients write indexes as numbers and as text."""
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValueInvalid(f"{where}: an index is a whole number")
    return int(text)


def _key_reference(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    pair = _pair(_object(value, where), where)
    return f"{pair['index']}:{pair['handle']}"


def _reference(reference: str) -> dict[str, Any]:
    index, _, handle = reference.partition(":")
    return {"handle": handle, "index": int(index)}


def listed(values: Sequence[Value]) -> list[dict[str, Any]]:
    return [shown(value) for value in values]
