"""Earlier entries as a rule may know them: by whom, and which attachments they name (`Act.earlier`).

A rule sees state alone; what an attachment is about stands in the entry that holds it, which is in the log
for ever. Whoever judges finds it there: the live log and mirrors in their store, a replay in its source.
"""

from __future__ import annotations

from tallystick.ledger.entry import Entry, Envelope
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.rules import Earlier, RuleSet


def named_hashes(rules: RuleSet, entry_type: str, body: bytes) -> frozenset[str]:
    """The attachments that a body names; none if its type knows none or it is no such body."""
    known = rules.types.get(entry_type)
    if known is None or known.attachments is None:
        return frozenset()
    try:
        parsed = rules.parse_body(entry_type, body)
    except TallystickError:
        return frozenset()
    return frozenset(ref.hash for ref in known.attachments(parsed))


def earlier_entry(rules: RuleSet, leaf: bytes, body: bytes, *, accepted: bool) -> Earlier | None:
    """Of a stored leaf; None if it is none."""
    try:
        entry = Entry.parse(Envelope.parse(leaf).payload)
    except TallystickError:
        return None
    return Earlier(entry.author, accepted, named_hashes(rules, entry.type, body))
