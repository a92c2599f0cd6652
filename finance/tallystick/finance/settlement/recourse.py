"""Recourse (追索): after default, whoever sold with recourse pays in the debtor's place and takes the claim over.

The party that stands in is a term of the units (`Tag.recourse`), fixed when they were financed. What it paid is said
by the payee, who received it. The party then holds exactly that interval, without recourse to anybody, so that nobody
is asked twice for the same cents (I25). An insurer that paid a holder asks in its place, where its cover says so.

    recourse  <payload hash>  {certificate, holder, party, amount, paid, index, time}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.bank_records import use_once
from tallystick.finance.draft import Draft
from tallystick.finance.errors import EvidenceWrong
from tallystick.finance.known import known
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import act_for, require_persons, signatory, speaker
from tallystick.finance.receivables.book import Book, Lot
from tallystick.finance.receivables.certificates import (
    add_parties,
    certificate,
    load_book,
    save_book,
)
from tallystick.finance.settlement.bodies import RecourseDemand, RecourseReceived
from tallystick.finance.settlement.claims import agree
from tallystick.finance.settlement.errors import (
    NotInArrears,
    RecourseRefused,
    RecourseUnknown,
)
from tallystick.ledger import Act, Effects, State


def demand(state: State, act: Act[RecourseDemand]) -> Effects:
    body, draft = act.body, Draft(state)
    known(state, act, "certificate", body.certificate)
    holder = signatory(state, act)
    late = draft.row("arrears", body.certificate)
    if late is None or late["status"] != "default":
        raise NotInArrears(body.certificate)
    lots = _standing_in(load_book(draft, body.certificate), holder, body.party)
    if not lots:
        raise RecourseRefused(f"{body.certificate}: {body.party}")
    told: dict[str, Any] = {"certificate": body.certificate, "holder": holder, "party": body.party}
    told |= {"amount": sum(lot.end - lot.start for lot in lots), "paid": 0}
    told |= {"index": act.index, "time": act.time}
    draft.put("recourse", act.payload_hash, told)
    return draft.effects


def receive(state: State, act: Act[RecourseReceived]) -> Effects:
    body, draft = act.body, Draft(state)
    found = draft.row("recourse", body.demand)
    if found is None or found["holder"] != speaker(state, act.author).organisation:
        raise RecourseUnknown(body.demand)
    act_for(state, act, found["holder"], "maker", "checker")
    name, holder, party = found["certificate"], found["holder"], found["party"]
    head = certificate(draft, name)
    zone = head["zone"]
    asked_on, paid_on = money_date(found["time"], zone), money_date(body.paid_at, zone)
    if not asked_on <= paid_on <= money_date(act.time, zone):
        raise EvidenceWrong(f"paid on {paid_on}, demanded on {asked_on}")
    book = load_book(draft, name)
    lots = _standing_in(book, holder, party)
    most = min(sum(lot.end - lot.start for lot in lots), found["amount"] - found["paid"])
    if body.amount_minor > most:
        raise RecourseRefused(f"{body.amount_minor} of {most} minor units")
    require_persons(state, act, holder, head["currency"], body.amount_minor)
    use_once(draft, act, holder, body.evidence)
    book.succeed(lots, party, body.amount_minor)
    save_book(draft, name, book)
    add_parties(draft, name, act.index, (party,))
    agree(draft, name, book)
    draft.amend("recourse", body.demand, paid=found["paid"] + body.amount_minor)
    return draft.effects


def _standing_in(book: Book, holder: str, party: str) -> list[Lot]:
    """Units still owed to a holder for which the party stands in, lowest first."""
    return [lot for lot in book.owed(holder) if lot.tag.recourse == party]
