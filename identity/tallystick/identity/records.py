"""Handle records as documents: their present and every version before it.

handle       <folded>              {handle, owner, since, values, template?, deleted?}   since: the entry that wrote this version
handle-past  <folded> part <since> the versions before, each as it stood
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import names, secret_values, versioned
from tallystick.identity.bodies import HandleValue, permissions_default, ttl_default_s
from tallystick.identity.digital_link.values import check_value
from tallystick.ledger import Change, RuleError, State, View, canonical

admin_read, admin_write, public_read = range(3)
_seldom = ("format", "readers", "references")


class ValuesRefused(RuleError):
    code = "values-refused"
    title = "These values cannot stand in one record"
    advice = "Give each value an index of its own, and only values that are not public readers."


def find(state: State, handle: str) -> Mapping[str, Any] | None:
    """The newest version of the record, deleted or not, however the handle is spelled."""
    return cast(Mapping[str, Any] | None, state.get("handle", names.fold(handle)))


def allows(value: Mapping[str, Any], permission: int) -> bool:
    """Whether a value's permissions have this bit."""
    return str(value.get("permissions", permissions_default))[permission] == "1"


def is_public(value: Mapping[str, Any] | HandleValue) -> bool:
    """Whether anybody may read the value."""
    if isinstance(value, HandleValue):
        return value.permissions[public_read] == "1"
    return allows(value, public_read)


def stored(values: Sequence[HandleValue], time: str) -> list[dict[str, Any]]:
    """Values by index as a record keeps them: what is usual is left out. Raises `ValuesRefused`."""
    if len({value.index for value in values}) != len(values):
        raise ValuesRefused("two values have one index")
    return [_stored(value, time) for value in sorted(values, key=lambda value: value.index)]


def usual(value: HandleValue) -> dict[str, Any]:
    """The members of a value, but for those that say what is usual."""
    told: dict[str, Any] = {"index": value.index, "type": value.type, "data": value.data}
    if value.ttl != ttl_default_s:
        told["ttl"] = value.ttl
    if value.permissions != permissions_default:
        told["permissions"] = value.permissions
    told |= {
        name: list(said) if isinstance(said, tuple) else said
        for name in _seldom
        if (said := getattr(value, name)) is not None
    }
    return told


def changed(folded: str, before: Mapping[str, Any] | None, after: dict[str, Any]) -> list[Change]:
    """The new version, and the one before it among the past."""
    return versioned.changed("handle", folded, before, after)


def version_part(since: int) -> str:
    """The part under which a version that began with this entry is kept."""
    return versioned.part(since)


def at(view: View, handle: str, index: int) -> Mapping[str, Any] | None:
    """The version in force when the entry `index` was judged and taken in; None before the first."""
    return versioned.at(view, "handle", names.fold(handle), index)


def versions(state: State, handle: str) -> Iterable[Mapping[str, Any]]:
    """Every version, the newest first."""
    return versioned.versions(state, "handle", names.fold(handle))


def _stored(value: HandleValue, time: str) -> dict[str, Any]:
    if value.readers and is_public(value):
        raise ValuesRefused(f"the value {value.index} is public and names readers")
    if value.format is not None:
        _check_data(value.format, value.data)
    check_value(value.type, value.format, value.data)
    secret_values.refuse(value)
    return {**usual(value), "time": time}


def _check_data(form: str, data: str) -> None:
    """Bytes and JSON in their only spelling, so that one value has one form. Raises `ValuesRefused`."""
    try:
        if form == "base64":
            again = base64.b64encode(base64.b64decode(data, validate=True)).decode()
        elif form == "hex":
            again = bytes.fromhex(data).hex()
        else:
            again = canonical.encode(canonical.decode(data.encode())).decode()
    except (ValueError, canonical.NotCanonical) as error:
        raise ValuesRefused(f"the data is not {form}: {error}") from None
    if again != data:
        raise ValuesRefused(f"the data is {form}, but not in its canonical spelling")
