"""What a source of handles asks for, whatever its form; and values as they are said in entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from tallystick.identity import names
from tallystick.identity.bodies import HandleValue
from tallystick.identity.exchange.errors import Fault, Notice
from tallystick.identity.templates import PublishTemplate
from tallystick.identity.views import Value
from tallystick.ledger import Handle, RuleError, canonical

Verb = Literal["create", "add", "modify", "remove", "delete", "template"]
values_max = 64
secret_type = "HS_SECKEY"
_handles: TypeAdapter[str] = TypeAdapter(Handle)
_texts = ("string", "base64", "hex")


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do. `indexes`: of values to remove; `publish`: what `template` publishes."""

    line: int
    verb: Verb
    handle: str
    values: tuple[HandleValue, ...] = ()
    indexes: tuple[int, ...] = ()
    template: str | None = None
    publish: PublishTemplate | None = None


Item = Operation | Fault
#: Reads a source from its beginning, as often as it is called.
Source = Callable[[], Iterator[Item]]


class Unfit(ValueError):
    """`str(error)` says why a value or handle cannot be taken in."""


def checked_handle(text: str) -> str:
    """The handle; raises `Unfit`."""
    try:
        _handles.validate_python(text)
        names.split(text)
    except (ValidationError, RuleError):
        raise Unfit(f"{text[:100]!r} is no handle that this log takes") from None
    return text


def checked_value(members: dict[str, Any]) -> HandleValue:
    """A value from its members; raises `Unfit`."""
    try:
        return HandleValue.model_validate(members, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Unfit(f"{'/'.join(str(s) for s in first['loc'])}: {first['msg']}") from None


def permissions_of(told: str) -> tuple[str, bool]:
    """The permissions as a record may have them, and whether PUBLIC_WRITE was taken away; raises `Unfit`."""
    if len(told) != 4 or set(told) - {"0", "1"}:
        raise Unfit(f"the permissions {told[:20]!r} are not four digits 0 and 1")
    return f"{told[:3]}0", told[3] == "1"


def said(value: Value) -> HandleValue:
    """A value of a record as an entry would say it."""
    text = value.value if value.format in _texts else canonical.encode(value.value).decode()
    return HandleValue(
        index=value.index,
        type=value.type,
        data=text,
        format=None if value.format == "string" else value.format,  # type: ignore[arg-type]
        ttl=value.ttl,
        permissions=value.permissions,
        readers=value.readers or None,
        references=value.references or None,
    )


def merged(items: Iterable[Item]) -> Iterator[Item]:
    """A CREATE and the ADD that follows it for the same handle, as batch writers write them, as one."""
    held: Operation | None = None
    for item in items:
        if isinstance(item, Notice):
            yield item
            continue
        if held is not None and isinstance(item, Operation) and _completes(item, held):
            values = tuple(sorted((*held.values, *item.values), key=lambda value: value.index))
            held = Operation(held.line, "create", held.handle, values, (), held.template)
            continue
        if held is not None:
            yield held
        held = item if isinstance(item, Operation) else None
        if held is None:
            yield item
    if held is not None:
        yield held


def _completes(item: Operation, held: Operation) -> bool:
    if held.verb != "create" or item.verb != "add" or item.handle != held.handle:
        return False
    indexes = [value.index for value in (*held.values, *item.values)]
    return len(set(indexes)) == len(indexes) <= values_max
