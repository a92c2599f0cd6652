"""Was this key valid at this index, in whose custody, and may what it signed then be doubted?

A key's document is only ever added to, so the newest one answers for every index before it: one lookup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.ledger import State, TallystickError

KeyState = Literal["valid", "not-yet", "revoked", "rotated"]
keys_shown_max = 1000


class KeyUnknown(TallystickError):
    code = "key-unknown"
    status = 404
    title = "No key was ever registered under this reference"
    advice = "A key reference is `index:handle`, spelled exactly as registered."


@dataclass(frozen=True, slots=True)
class KeyAt:
    """A key as of an index. `until`: the first index at which it was not valid any more, ever."""

    key: str
    index: int
    state: KeyState
    row: Mapping[str, Any]

    @property
    def is_suspect(self) -> bool:
        """Whether whoever ended the key said that what it signed at this index may not be the owner's."""
        told = self.row.get("suspect_from")
        return told is not None and told <= self.index

    @property
    def binding(self) -> Mapping[str, Any] | None:
        """The certificate to which the key was bound at this index; None: self-held."""
        told = cast(Mapping[str, Any] | None, self.row.get("bound"))
        return None if told is None or told["index"] > self.index else told

    def document(self) -> dict[str, Any]:
        row, binding = self.row, self.binding
        told = ("since", "until", "reason", "replaces", "replaced_by", "suspect_from", "played")
        return {
            "key": self.key,
            "owner": self.key.partition(":")[2],
            "at": self.index,
            "state": self.state,
            "suspect": self.is_suspect,
            "custody": row["custody"],
            "binding": "self-held" if binding is None else "CA-bound",
            "certificate": None if binding is None else dict(binding),
            "types": list(row["types"]),
            "jwk": dict(row["jwk"]),
            **{name: row[name] for name in told if name in row},
        }


def key_at(state: State, reference: str, index: int) -> KeyAt:
    """Raises `KeyUnknown`."""
    number, _, owner = reference.partition(":")
    row = cast(Mapping[str, Any] | None, state.get("key", owner, number))
    if row is None:
        raise KeyUnknown(reference)
    return KeyAt(reference, index, _state(row, index), row)


def keys_at(state: State, owner: str, index: int) -> Sequence[KeyAt]:
    """All keys ever registered for a handle, in the order of their numbers."""
    rows = cast(Mapping[str, Mapping[str, Any]], state.group("key", owner))
    numbers = sorted(rows, key=int)[:keys_shown_max]
    return [KeyAt(f"{n}:{owner}", index, _state(rows[n], index), rows[n]) for n in numbers]


def _state(row: Mapping[str, Any], index: int) -> KeyState:
    if index < row["since"]:
        return "not-yet"
    if "until" not in row or index < row["until"]:
        return "valid"
    return "rotated" if row["reason"] == "replaced" and "replaced_by" in row else "revoked"
