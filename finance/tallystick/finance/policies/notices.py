"""Notice of an assignment to the debtor (债权转让通知), and the debtor's acknowledgement.

Against the debtor an assignment counts from its notice (Civil Code art. 546). Units move without the debtor, which
sees no holder before the record date; who gave or took them tells it by an entry of which it is a party.

    notice           <certificate>    part <hop>: {organisation, by, issuer, from, to, amount, moved, moved_time, index, time,
                                                    acknowledged?}
    acknowledgement  <certificate>    part <hop>: {by, index, time}: the debtor has the notice, on paper or here
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.known import known
from tallystick.finance.parties import NotEntitled, speaker
from tallystick.finance.policies import bodies
from tallystick.finance.policies.demands import clerks, of_issuer
from tallystick.finance.policies.errors import HopUnknown, NoticeAcknowledged, NoticeGiven
from tallystick.finance.policies.standing import is_service
from tallystick.finance.receivables.certificates import certificate
from tallystick.ledger import Act, Effects, State


def give(state: State, act: Act[bodies.NoticeGive]) -> Effects:
    body, draft, name = act.body, Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found, moved = certificate(draft, name), _moved(draft, name, body.hop)
    who = speaker(state, act.author)
    if moved is None or who.organisation not in (moved["from"], moved["to"]):
        raise HopUnknown(str(body.hop))
    if not who.roles & clerks and not is_service(state, act.author):
        raise NotEntitled(f"{act.author} does not speak for {who.organisation} in this")
    if (body.to, body.amount) != (moved["to"], moved["amount"]):
        raise HopUnknown(f"entry {body.hop} moved {moved['amount']} to {moved['to']}")
    part = f"{body.hop:012d}"
    if draft.get("notice", name, part) is not None:
        raise NoticeGiven(str(body.hop))
    row: dict[str, Any] = {"organisation": who.organisation, "by": act.author}
    row |= {"issuer": found["issuer"], **moved, "index": act.index, "time": act.time}
    if (before := draft.row("acknowledgement", name, part)) is not None:
        row["acknowledged"] = before["index"]
    draft.put("notice", name, row, part)
    return draft.effects


def acknowledge(state: State, act: Act[bodies.NoticeAcknowledge]) -> Effects:
    draft, name, hop = Draft(state), act.body.certificate, act.body.hop
    known(state, act, "certificate", name)
    found = certificate(draft, name)
    of_issuer(state, act, found)
    if _moved(draft, name, hop) is None:
        raise HopUnknown(str(hop))
    part = f"{hop:012d}"
    if draft.get("acknowledgement", name, part) is not None:
        raise NoticeAcknowledged(str(hop))
    row = {"by": act.author, "index": act.index, "time": act.time}
    draft.put("acknowledgement", name, row, part)
    if draft.get("notice", name, part) is not None:
        draft.amend("notice", name, part, acknowledged=act.index)
    return draft.effects


def _moved(draft: Draft, name: str, hop: int) -> Row | None:
    """From whom to whom the entry moved how much; None if it moved nothing of the certificate."""
    for kind, giver, taker in (("transfer", "from", "to"), ("financing", "seller", "bank")):
        for row in draft.rows(kind, name).values():
            if row["index"] == hop:
                sides = {"from": row[giver], "to": row[taker], "amount": row["amount"]}
                return {**sides, "moved": kind, "moved_time": row["time"]}
    return None
