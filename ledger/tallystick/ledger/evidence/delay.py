"""An entry that a mirror saw, and that the log took in late or not at all.

Signed by the log: a block whose time is past a limit, and perhaps the entry's place behind it. Said by the
mirror alone: when it had the entry. That the entry is *not* in the log nobody can show from outside; whoever
holds a copy of the log looks for itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import promise
from tallystick.ledger.clock import from_instant
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import (
    EvidenceKeyNeeded,
    EvidenceMalformed,
    EvidenceProofFails,
    EvidenceProvesNothing,
)
from tallystick.ledger.evidence.parts import (
    Dsse,
    NoteText,
    Origin,
    Place,
    PublicEntry,
    open_note,
    require_included,
)
from tallystick.ledger.evidence.verdict import Trust, Verdict
from tallystick.ledger.fields import Body
from tallystick.ledger.note import Verifier
from tallystick.ledger.sighting import Sighting, open_sighting

limit_s_default = 60
limit_s_max = 366 * 86_400
_not_sent = (
    "It does not prove that the log was sent the entry, nor that its rules would have admitted it, and it "
    "compares the clock of the mirror with that of the log."
)


class Delay(Body):
    """A sighting, a block of a time past the limit, and the entry's place if it came in behind it."""

    v: Literal[1] = 1
    kind: Literal["delay"] = "delay"
    origin: Origin
    mirror: NoteText
    sighting: Dsse
    limit_s: Annotated[int, Field(ge=1, le=limit_s_max)]
    block: PublicEntry
    block_place: Place
    place: Place | None = None

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        mirror = _pinned(self.mirror, trust)
        seen = open_sighting(self.sighting.document(), mirror)
        if seen.origin != self.origin:
            raise EvidenceProvesNothing(f"the sighting is of the log {seen.origin}")
        checkpoint, key = open_note(self.block_place.checkpoint, log)
        try:
            block = promise.open_block(self.block.document(), self.block_place.proof(), key)
        except promise.EvidenceRefused as error:
            raise EvidenceProofFails(error.detail) from None
        late_ms = from_instant(block.time) - from_instant(seen.time)
        if late_ms <= self.limit_s * 1000:
            within = (
                f"block {block.index} is of {block.time}, not {self.limit_s} s behind the sighting"
            )
            raise EvidenceProvesNothing(
                f"{within} of {seen.time}: a log that has not gone on is not late"
            )
        said = (
            f"The mirror {mirror.name} says that it had entry {seen.id} of {seen.author} at {seen.time}. "
            f"The log signed block {block.index} of {block.time}, {late_ms // 1000} s later"
        )
        rests_on = f"the mirror {mirror.name}, for when it had the entry"
        if self.place is not None:
            behind = self._behind(seen, block.index, log)
            return self._verdict(f"{said}, and the entry behind it, {behind}.", rests_on)
        if trust.store is None:
            more = (
                "; that the entry is not in the log, whoever made this file (or your copy: --store)"
            )
            absent = f"{said}; the entry is said not to be among its {checkpoint.size}."
            return self._verdict(absent, rests_on + more)
        at = trust.store.find(seen.author, seen.id, checkpoint)
        if at is not None and at < block.index:
            raise EvidenceProvesNothing(f"your copy of the log holds the entry at index {at}")
        held = "does not hold it" if at is None else f"holds it at index {at}, behind that block"
        return self._verdict(
            f"{said}; your own copy of the log, {checkpoint.size} entries under the log's signature, {held}.",
            rests_on,
        )

    def _verdict(self, proves: str, rests_on: str) -> Verdict:
        return Verdict(self.kind, self.origin, proves, _not_sent, rests_on)

    def _behind(self, seen: Sighting, block: int, log: list[Verifier]) -> str:
        place = self.place
        if place is None or place.index <= block:
            raise EvidenceProvesNothing("the entry stands in front of the late block")
        require_included(seen.leaf_hash, place, log)
        return f"at index {place.index}"


def _pinned(vkey: str, trust: Trust) -> Verifier:
    try:
        key = Verifier.parse(vkey)
    except TallystickError as error:
        raise EvidenceMalformed(f"mirror: {error.detail}") from None
    if key not in trust.mirrors:
        raise EvidenceKeyNeeded(f"it rests on the mirror {key.encode()}: give --mirror-key")
    return key
