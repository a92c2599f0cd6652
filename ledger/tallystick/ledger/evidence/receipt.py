"""A receipt whose promise was broken, with what the log itself signed against it (formats §3).

Genesis, which the log key signed, names the receipt key. What broke the promise is one of three things: another
leaf stands at the index; a block in front of the index is past the promised time; or the first block behind it
is too late. Each is proven under a checkpoint that the log signed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.ledger import promise
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import (
    EvidenceMalformed,
    EvidenceNotSigned,
    EvidenceProvesNothing,
)
from tallystick.ledger.evidence.parts import (
    Dsse,
    Origin,
    Place,
    PublicEntry,
    require_included,
)
from tallystick.ledger.evidence.verdict import Trust, Verdict
from tallystick.ledger.fields import Body, Count, Hex32
from tallystick.ledger.note import Verifier
from tallystick.ledger.receipt import Received

_why = "It does not say why, nor whether the entry is in the log at another index by now."


class Elsewhere(Body):
    """Another leaf at the promised index."""

    how: Literal["elsewhere"] = "elsewhere"
    leaf_hash: Hex32
    place: Place


class Missing(Body):
    """A block in front of the promised index, past the promised time."""

    how: Literal["missing"] = "missing"
    block: PublicEntry
    place: Place


class Late(Body):
    """The blocks of neighbouring heights around the entry; the one behind it is late."""

    how: Literal["late"] = "late"
    before: PublicEntry
    before_place: Place
    after: PublicEntry
    after_place: Place


class BrokenReceipt(Body):
    """A receipt, the promise in it (by index), and what broke it."""

    v: Literal[1] = 1
    kind: Literal["receipt"] = "receipt"
    origin: Origin
    genesis: PublicEntry
    receipt: Dsse
    index: Count
    breach: Annotated[Elsewhere | Missing | Late, Field(discriminator="how")]

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        charter = _charter(self.genesis, log)
        given = promise.open_promise(self.receipt.document(), charter)
        promised = next((one for one in given.entries if one.index == self.index), None)
        if promised is None:
            raise EvidenceMalformed(f"the receipt promises nothing at index {self.index}")
        said = f"The log promised entry {promised.id} of {promised.author} at index {self.index}"
        return Verdict(
            self.kind, self.origin, f"{said}{self._broken(given, promised, charter)}", _why
        )

    def _broken(self, given: promise.Promise, promised: Received, charter: promise.Charter) -> str:
        breach = self.breach
        if isinstance(breach, Elsewhere):
            return _elsewhere(promised, breach, charter)
        try:
            if isinstance(breach, Missing):
                newest = promise.open_block(
                    breach.block.document(), breach.place.proof(), charter.log
                )
                promise.require_waiting(given, promised, newest)
            else:
                before = promise.open_block(
                    breach.before.document(), breach.before_place.proof(), charter.log
                )
                after = promise.open_block(
                    breach.after.document(), breach.after_place.proof(), charter.log
                )
                promise.require_sealed(given, promised, after, before)
        except promise.PromiseBroken as broken:
            return f", in a block of {given.sealed_by} at the latest, and did not keep it: {broken.detail}."
        except promise.EvidenceRefused as error:
            raise EvidenceProvesNothing(error.detail) from None
        raise EvidenceProvesNothing("the promise was kept, or may still be kept")


def _elsewhere(promised: Received, breach: Elsewhere, charter: promise.Charter) -> str:
    if breach.place.index != promised.index or breach.leaf_hash == promised.leaf_hash:
        raise EvidenceProvesNothing("it shows no other leaf at the promised index")
    checkpoint = require_included(breach.leaf_hash, breach.place, [charter.log])
    return (
        f", leaf {promised.leaf_hash}, and signed a checkpoint of {checkpoint.size} entries under which "
        f"leaf {breach.leaf_hash} stands there."
    )


def _charter(genesis: PublicEntry, log: list[Verifier]) -> promise.Charter:
    """Raises `EvidenceNotSigned` unless one of the log's keys signed this genesis."""
    said: TallystickError | None = None
    for key in log:
        try:
            return promise.open_charter(genesis.document(), key)
        except promise.EvidenceRefused as error:
            said = error
    raise EvidenceNotSigned(f"its genesis: {said.detail if said else 'no key'}")
