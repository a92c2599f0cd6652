"""What the log would say of an entry that nobody has signed yet.

Whoever is about to sign learns of a refusal before, in the words of the rule. It promises nothing: the state
may be another one when the entry comes in, and only there it is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tallystick.ledger.earlier import earlier_entry
from tallystick.ledger.entry import Entry, Submission
from tallystick.ledger.fields import Body
from tallystick.ledger.judge import Judge
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.reader import Snapshot
from tallystick.ledger.rules import Earlier, RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import Change, Overlay
from tallystick.ledger.verify import Verified


def rehearse(
    snapshot: Snapshot,
    rules: RuleSet,
    directory: KeyDirectory,
    entry: Entry,
    body: Body,
    salt: bytes,
    keys: Iterable[str],
    now: str = "",
) -> list[Change]:
    """The effects that the entry would have now, signed by these registered keys and by all that its body brings.

    `now` stands for ledger time where that is behind. Raises whatever would keep the entry out, or have it
    recorded as refused.
    """
    judge = Judge(
        rules,
        directory,
        Overlay(snapshot.view),
        snapshot.stream,
        index=snapshot.size(),
        block_time=max(snapshot.ledger_time(), now),
    )

    def find_earlier(index: int) -> Earlier | None:
        found = snapshot.stored(index)
        if found is None:
            return None
        row, data = found
        return earlier_entry(rules, row.leaf, data, accepted=row.outcome == "accepted")

    judge.find_earlier = find_earlier
    signers = [
        (record.reference, record.public)
        for record in (directory.key(snapshot.view, reference) for reference in keys)
        if record is not None
    ]
    verified = Verified(
        envelope=b"",
        entry=entry,
        payload_hash=hashlib.sha256(entry.payload()).digest(),
        leaf_hash=bytes(32),
        keys=(*signers, *_brought(rules, entry, body)),
        admission="admitted",
        body_checked=True,
    )
    submission = Submission(b"", body.encode(), salt)
    outcome = judge.outcome(submission, verified, intake=False, body=body)
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome.effects


def _brought(rules: RuleSet, entry: Entry, body: Body) -> tuple[tuple[str, PublicKey], ...]:
    introduces = rules.type(entry.type).introduces
    return () if introduces is None else tuple(introduces(body).items())
