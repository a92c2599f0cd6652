"""The rule of `ledger.erase/1` (formats §2): who may have what erased; bodies never.

The owner of an attachment is whoever the author of the entry that holds it speaks for: the organisation of a
device or person. One signature must be by a key of the owner that the node does not hold, of somebody who disposes
of its things; who authors the erasure does not matter. Erasures are public, so that everybody who keeps a copy knows. Refused ones are never
in the log, not even in streams: a mirror that cannot execute the rule erases what the signed tree says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.ledger.canonical import Document
from tallystick.ledger.erasure.body import Erase, erase_type
from tallystick.ledger.erasure.errors import AttachmentUnknown, ErasedAlready, NotTheOwner
from tallystick.ledger.grading import graded
from tallystick.ledger.rules import Act, EntryType, OwnKeyRequired, RuleSet
from tallystick.ledger.state import Change, Effects, Kind, State
from tallystick.ledger.store import erasure_kind


def register_erasure(rules: RuleSet) -> None:
    """Add the type and its kind of document."""
    rules.add_kinds(Kind(erasure_kind))

    def erase(state: State, act: Act[Erase]) -> Effects:
        return _erase(rules, state, act)

    rules.add(
        EntryType(
            erase_type,
            Erase,
            erase,
            "Destroys an attachment with its salt and key; endorsed by its owner",
            earlier=lambda body: (body.entry,),
            reads=_reads,
            data=graded("identity", "public"),
        )
    )


def _reads(body: Erase) -> Iterable[tuple[str, str]]:
    return ((erasure_kind, str(body.entry)),)


def _erase(rules: RuleSet, state: State, act: Act[Erase]) -> Effects:
    body = act.body
    held = act.earlier.get(body.entry)
    if held is None or not held.accepted or body.hash not in held.attachments:
        raise AttachmentUnknown(f"{body.hash} of entry {body.entry}")
    before = cast(Mapping[str, Any] | None, state.get(erasure_kind, str(body.entry), body.hash))
    if before is not None:
        raise ErasedAlready(f"by entry {before['index']}, at {before['time']}")
    owner = rules.speaks_for(state, held.author)
    endorsed = [
        signer
        for signer in act.signers
        if rules.speaks_for(state, signer.owner) == owner and rules.disposes(state, signer.owner)
    ]
    if not endorsed:
        raise NotTheOwner(f"entry {body.entry} is {owner}'s")
    if all(signer.custody == "node" for signer in endorsed):
        raise OwnKeyRequired(f"{act.type} by {owner}")
    told: Document = {
        "author": act.author,
        "index": act.index,
        "owner": owner,
        "reason": body.reason,
        "text_class": body.text_class,
        "time": act.time,
    }
    return [Change(erasure_kind, str(body.entry), told, body.hash)]
