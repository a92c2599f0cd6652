"""The insurer pays a claim, and holds exactly the units that it paid for (subrogation, 代位权).

The ledger holds no money: insurer or insured say by a bank's record what was paid. The lowest of the insured units
pass to the insurer, free of cover, and what the debtor pays on them later is the insurer's, with its late interest. By
the terms of the cover recourse on them passes with the units, or ends: each cent has one holder, so that nobody is asked
twice for it (I25). The rest is the insured's own loss, as before.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.payees import paid_to
from tallystick.finance.bank_records import said, use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import AccountRefused, EvidenceWrong
from tallystick.finance.insurance.bodies import ClaimPaid
from tallystick.finance.insurance.claiming import known_claim
from tallystick.finance.insurance.errors import ClaimClosed
from tallystick.finance.insurance.terms import (
    due_now,
    insured_lots,
    penalty,
    recourse_passes,
    size,
    today,
)
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import require_payable, require_persons, signatory
from tallystick.finance.receivables.certificates import add_parties, load_book, save_book
from tallystick.finance.settlement.claims import agree
from tallystick.ledger import Act, Effects, State


def paid(state: State, act: Act[ClaimPaid]) -> Effects:
    body, draft = act.body, Draft(state)
    found = known_claim(state, act, body.claim, "accepted")
    stated_by = signatory(state, act)
    name, insured, insurer = found["certificate"], found["insured"], found["insurer"]
    cover = draft.row("insurance-cover", found["cover"]) or {}
    book = load_book(draft, name)
    lots = insured_lots(book, insured, found["cover"])
    due = due_now(found, cover, size(lots))
    if not due:
        raise ClaimClosed("nothing of what is insured is unpaid")
    paid_on = _paid_on(act, found, cover)
    _check(body, found, due, penalty(found, cover, due, paid_on))
    to = paid_to(draft, insured, found["currency"], act.time)
    if body.account is not None and body.account != to.account:
        raise AccountRefused(f"in force is {to.account or 'no account'}, not {body.account}")
    if stated_by == insurer:
        require_payable(state, insured)
        require_persons(state, act, stated_by, found["currency"], due)
    use_once(draft, act, stated_by, body.evidence)
    taken = book.succeed(lots, insurer, due, recourse=recourse_passes(cover))
    book.uninsure(insured_lots(book, insured, found["cover"]))
    save_book(draft, name, book)
    add_parties(draft, name, act.index, (insurer,))
    agree(draft, name, book)
    told: dict[str, Any] = {"status": "paid", "paid": due, "penalty": body.penalty_minor}
    told |= {"taken": [{"start": lot.start, "end": lot.end} for lot in taken]}
    told |= {**said(body), "paid_at": body.paid_at, "stated_by": stated_by}
    draft.amend("insurance-claim", body.claim, **told, **to.document(), settled=act.index)
    draft.amend("dunning", name, found["notice"], status="closed")
    return draft.effects


def _paid_on(act: Act[ClaimPaid], found: Row, cover: Row) -> str:
    paid_on, now = money_date(act.body.paid_at, cover["zone"]), today(act, cover)
    if not found["decided_on"] <= paid_on <= now:
        decided_on = found["decided_on"]
        raise EvidenceWrong(f"paid on {paid_on}, decided on {decided_on}, today is {now}")
    return paid_on


def _check(body: ClaimPaid, found: Row, due: int, owed: int) -> None:
    right = (found["currency"], due, owed)
    if (body.currency, body.amount_minor, body.penalty_minor) != right:
        raise EvidenceWrong(f"due are {due} {right[0]}, and {owed} because it is late")
