"""A moment as one of the types that a question asks for, where a protocol has no other place for it.

    TALLYSTICK.ASOF.240    TALLYSTICK.ASOF.2026-03-05T08:00:00Z

No value has such a type: it asks for none, and says of when the others shall be. Whoever understood it says so, by a
value TALLYSTICK.ASOF behind the others, or in words where there was no such record. Who knows nothing of it finds no
value of that type, and tells nothing of then by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import quote

from tallystick.identity.asof.errors import (
    AsOfBeforeLog,
    AsOfBeyondLog,
    AsOfMalformed,
    AsOfNotTold,
)
from tallystick.ledger import TallystickError

as_of_type, as_of_index = "TALLYSTICK.ASOF", 2**31 - 2
indexes_max = 10**15
_asks = f"{as_of_type}."
_missing = re.compile(r"as-of ([0-9]{1,15})(?: since ([0-9]{1,15}))?")
_refusals: Mapping[str, type[TallystickError]] = {
    error.code: error for error in (AsOfMalformed, AsOfBeyondLog, AsOfBeforeLog)
}


@dataclass(frozen=True, slots=True)
class AsOf:
    """What an answer says beside the record: as of which entry, which one wrote the version, where that is proven.

    `since` None: there was no such record.
    """

    index: int
    since: int | None = None
    proof: str | None = None

    def members(self) -> dict[str, Any]:
        """As JSON says it; the address of the proof stands elsewhere there."""
        return {"index": self.index} | ({} if self.since is None else {"since": self.since})

    def missing(self) -> str:
        """In a refusal: there was none, or it was deleted."""
        return f"as-of {self.index}" + ("" if self.since is None else f" since {self.since}")

    @staticmethod
    def read(told: object) -> AsOf:
        """From JSON, `proof` among its members or not. Raises `AsOfNotTold`."""
        members: Mapping[str, Any] = told if isinstance(told, dict) else {}
        index, since, proof = (members.get(name) for name in ("index", "since", "proof"))
        if not _is_index(index) or not (since is None or _is_index(since)):
            raise AsOfNotTold("what it says of when is in no form that is known")
        return AsOf(index, since, proof if isinstance(proof, str) else None)

    @staticmethod
    def read_missing(said: str) -> AsOf:
        """From the words of a refusal. Raises `AsOfNotTold`."""
        found = _missing.fullmatch(said)
        if found is None:
            raise AsOfNotTold(said[:100])
        return AsOf(int(found[1]), None if found[2] is None else int(found[2]))


def _is_index(told: object) -> TypeGuard[int]:
    return isinstance(told, int) and not isinstance(told, bool) and 0 <= told < indexes_max


def type_of(moment: str) -> str:
    """The type that asks as of a moment: an index, or a time."""
    return _asks + moment


def wished(types: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The types that values shall have, and the moment that is among them. Raises `AsOfMalformed`."""
    if not any(one.startswith(as_of_type) for one in types):
        return tuple(types), None
    moments = [one.removeprefix(_asks) for one in types if one.startswith(_asks)]
    if len(moments) > 1:
        raise AsOfMalformed(f"{len(moments)} moments in one question")
    rest = tuple(one for one in types if not one.startswith(_asks))
    return rest, moments[0] if moments else None


def refused(code: str, detail: str = "") -> TallystickError | None:
    """The error that another server named, if it was about the moment."""
    error = _refusals.get(code)
    return None if error is None else error(detail)


def proof_address(base_url: str, handle: str, at: int | None) -> str:
    """Where the proof of an answer is: of what the record says now, or said as of an entry."""
    asked = "" if at is None else f"?asOf={at}"
    return f"{base_url.rstrip('/')}/v1/records/{quote(handle, safe='/')}/proof{asked}"
