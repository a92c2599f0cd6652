"""An entry that the log accepted although the rules refuse it.

A stranger sees that the leaf is in the log, and who says that it breaks a rule. Whoever holds the log up to
that entry replays it: the holder's own leaves must lead to the checkpoint, and the holder's own program must
refuse the entry. What lies beside the leaf (body, attachments, columns) may be damaged in one copy alone, so a
body that does not fit its leaf accuses nobody.
"""

from __future__ import annotations

from typing import Literal

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import (
    EvidenceKeyNeeded,
    EvidenceMalformed,
    EvidenceProvesNothing,
)
from tallystick.ledger.evidence.finding import Finding, open_finding
from tallystick.ledger.evidence.parts import (
    Dsse,
    NoteText,
    Origin,
    Path,
    Place,
    require_included,
    unhex,
)
from tallystick.ledger.evidence.verdict import Trust, Verdict
from tallystick.ledger.fields import Body, Hex32
from tallystick.ledger.note import Verifier

_meaning = "It does not say who gains by it, nor whether another release has other rules."


class RuleBroken(Body):
    """The leaf, its place, the path from the tree that ends with it, and perhaps a signed finding."""

    v: Literal[1] = 1
    kind: Literal["rule"] = "rule"
    origin: Origin
    leaf_hash: Hex32
    place: Place
    prefix_path: Path
    auditor: NoteText | None = None
    finding: Dsse | None = None

    def verify(self, trust: Trust) -> Verdict:
        log = trust.of(self.origin)
        index = self.place.index
        checkpoint = require_included(self.leaf_hash, self.place, log)
        said = (
            f"The log signed a checkpoint of {checkpoint.size} entries that holds leaf {self.leaf_hash} at "
            f"index {index}"
        )
        if trust.store is not None:
            broken = trust.store.refusal(index, self.leaf_hash, checkpoint, unhex(self.prefix_path))
            return Verdict(
                self.kind,
                self.origin,
                f"{said}. Your own copy of the log leads to that checkpoint, and replayed from the start "
                f"this program refuses the entry: {str(broken).rstrip('.')}.",
                _meaning,
            )
        finding = self._said(trust)
        return Verdict(
            self.kind,
            self.origin,
            f"{said}. {finding.auditor} says, of {finding.time}: {finding.what}: expected "
            f"{finding.expected}, found {finding.found}.",
            "It does not prove that the entry breaks a rule; a copy of the log does: --store. "
            + _meaning,
            f"{finding.auditor}, for what it found",
        )

    def _said(self, trust: Trust) -> Finding:
        if self.auditor is None or self.finding is None:
            raise EvidenceKeyNeeded(
                "nobody signed the finding: verify it on a copy of the log, --store"
            )
        try:
            key = Verifier.parse(self.auditor)
        except TallystickError as error:
            raise EvidenceMalformed(f"auditor: {error.detail}") from None
        if key not in trust.auditors:
            raise EvidenceKeyNeeded(
                f"it rests on the auditor {key.encode()}: give --auditor-key, or a copy of the log, --store"
            )
        finding = open_finding(self.finding, key)
        place = (finding.origin, finding.index, finding.leaf_hash)
        if place != (self.origin, self.place.index, self.leaf_hash):
            raise EvidenceProvesNothing("the signed finding is about another entry")
        return finding
