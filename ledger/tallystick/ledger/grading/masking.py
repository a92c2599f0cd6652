"""How a value is shown to those who need only to recognise it: 138****5678.

A mask keeps what people compare by: at most two thirds of the characters,
and of a short value none. The length of what is hidden is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tallystick.ledger import digits
from tallystick.ledger.grading.words import Mark, MaskName

hidden = "****"
_shown_of, _shown_most = 3, 2


def masked(value: object, mask: MaskName | None) -> str:
    """The value as its mask leaves it; hidden as a whole without a mask, and if it is no text or number."""
    if mask is None or isinstance(value, bool) or not isinstance(value, str | int):
        return hidden
    return _masks[mask](str(value))


def masked_body(body: Mapping[str, Any], fields: Mapping[str, Mark]) -> dict[str, Any]:
    """A body in which the values at these pointers are masked."""
    told: dict[str, Any] = dict(body)
    for pointer, mark in fields.items():
        told = _put(told, pointer.split("/")[1:], mark.mask)
    return told


def at_step(step: str, length: int) -> range:
    """The positions of a list that a step of a pointer names: one, all (`*`), or none."""
    if step == "*":
        return range(length)
    at = digits.whole(step, length)
    return range(0) if at is None or at == length else range(at, at + 1)


def _put(told: Any, steps: list[str], mask: MaskName | None) -> Any:
    if not steps:
        return masked(told, mask)
    step, rest = steps[0].replace("~1", "/").replace("~0", "~"), steps[1:]
    if isinstance(told, Mapping):
        names = list(told) if step == "*" else [step]
        put = {name: _put(told[name], rest, mask) for name in names if name in told}
        return {**told, **put}
    if isinstance(told, list | tuple):
        at = at_step(step, len(told))
        return [_put(one, rest, mask) if n in at else one for n, one in enumerate(told)]
    return told


def _kept(text: str, first: int, last: int) -> str:
    """So many characters at both ends, if they are at most two thirds of the text."""
    if (first + last) * _shown_of > len(text) * _shown_most or first + last >= len(text):
        return hidden
    return f"{text[:first]}{hidden}{text[len(text) - last :]}"


def _phone(text: str) -> str:
    """138****5678: as bills and couriers print mobile numbers."""
    plain = "".join(one for one in text if one.isdigit() or one == "+")
    return _kept(plain, 3, 4) if len(plain) >= 11 else _kept(plain, 0, 2)


def _credit_code(text: str) -> str:
    """Of the 18 characters the first 2 (who registers, what kind) and the last 4."""
    return _kept(text, 2, 4)


def _account(text: str) -> str:
    """The last 4, as bank cards are told apart."""
    return _kept("".join(text.split()), 0, 4)


def _name(text: str) -> str:
    """The first character of a name."""
    return f"{text[:1]}{hidden}" if len(text) > 1 else hidden


def _tail(text: str) -> str:
    return _kept(text, 0, 3)


_masks: Mapping[MaskName, Callable[[str], str]] = {
    "phone": _phone,
    "credit-code": _credit_code,
    "account": _account,
    "name": _name,
    "tail": _tail,
}
