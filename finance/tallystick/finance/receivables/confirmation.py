"""Confirmation (确权): a maker proposes, another person approves, a certificate comes to be.

Nothing is owed before the approval (I9). A standing policy takes the place of both (`policies.standing`). Both acts run the three-way match on what the ledger holds at
that index; the approval consumes invoice and receipt lines in the same effects that issue the
certificate, so that no line supports more than it is worth (I13). A confirmation costs the supplier
nothing (银发〔2025〕77号): there is no fee to set.

    proposal  <payload hash>  {organisation, proposer, invoice, amount, …, status: open | approved}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.finance.agreements.judging import judge_confirmation
from tallystick.finance.calendars import payment
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    DocumentWrong,
    NotAMatch,
    ProposalUnknown,
    SamePerson,
)
from tallystick.finance.hops.evidence import require_not_passed_on
from tallystick.finance.known import known
from tallystick.finance.limits.room import require_core_room
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    act_for,
    own_hand,
    require_capacity,
    require_keys,
    require_persons,
)
from tallystick.finance.receivables.acts import ConfirmApprove, ConfirmPropose
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.budgets import budget_rule
from tallystick.finance.receivables.certificates import (
    add_parties,
    promise,
    save_book,
    unit_part,
)
from tallystick.finance.receivables.expiry import end_after, schedule
from tallystick.finance.receivables.standing import require_no_arrears
from tallystick.finance.receivables.terms import check_term
from tallystick.finance.trade.match import Match
from tallystick.finance.trade.matching import consume, match_invoice
from tallystick.ledger import Act, Effects, State, canonical

#: An offered certificate that its original holder does not accept in this time lapses.
accept_hours = 24 * 10


def propose(state: State, act: Act[ConfirmPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    invoice = known(state, act, "invoice", body.invoice)
    buyer = invoice["buyer"]
    require_capacity(state, buyer, "core")
    act_for(state, act, buyer, "maker")
    own_hand(act)
    require_keys(state, act, buyer, body.currency, body.amount)
    require_capacity(state, body.paying_bank, "bank")
    if invoice["currency"] != body.currency:
        raise DocumentWrong(f"the invoice is in {invoice['currency']}")
    judge_confirmation(draft, body)
    require_core_room(draft, buyer, body.currency, body.amount)
    require_not_passed_on(draft, body.invoice, body.amount)
    _check_amounts(body, match_invoice(state, body.invoice))
    today = money_date(act.time, body.zone)
    check_term(today, body.due_on, body.term_reason)
    payment.check_terms(state, buyer, body.roll, body.calendar)
    payment.check_begins(state, body.due_on, body.roll, body.calendar, today)
    document = body.model_dump(mode="json", exclude_none=True)
    document |= {"organisation": buyer, "proposer": act.author, "index": act.index}
    document["signers"] = sorted({signer.public for signer in act.signers if signer.speaks})
    draft.put("proposal", act.payload_hash, {**document, "status": "open"})
    return draft.effects


def approve(state: State, act: Act[ConfirmApprove]) -> Effects:
    draft = Draft(state)
    found = known(state, act, "proposal", act.body.proposal)
    if found["status"] != "open":
        raise ProposalUnknown(act.body.proposal)
    core = found["organisation"]
    require_capacity(state, core, "core")
    act_for(state, act, core, "checker")
    own_hand(act)
    signers = {signer.public for signer in act.signers if signer.speaks}
    if act.author == found["proposer"] or signers & set(found["signers"]):
        raise SamePerson(act.author)
    body = ConfirmPropose.model_validate_json(_body_json(found))
    require_persons(state, act, core, body.currency, body.amount, before=(found["proposer"],))
    name = issue(draft, act, body, core, {"proposal": act.body.proposal})
    done: dict[str, Any] = {"status": "approved", "approver": act.author, "certificate": name}
    draft.amend("proposal", act.body.proposal, **done)
    return draft.effects


def issue(
    draft: Draft, act: Act[Any], body: ConfirmPropose, core: str, by: Mapping[str, str]
) -> str:
    """Judge everything again, issue the certificate, consume what it rests on; its name.

    `by`: the proposal or the standing policy under which it is issued.
    """
    contracts = judge_confirmation(draft, body)
    require_core_room(draft, core, body.currency, body.amount)
    require_not_passed_on(draft, body.invoice, body.amount)
    result = match_invoice(draft, body.invoice)
    _check_amounts(body, result)
    require_no_arrears(draft, core)
    issued_on = money_date(act.time, body.zone)
    check_term(issued_on, body.due_on, body.term_reason)
    payment.check_terms(draft, core, body.roll, body.calendar)
    payment.check_begins(draft, body.due_on, body.roll, body.calendar, issued_on)
    name = f"{core}#C-{act.index}"
    _issue(draft, act, name, body, core, issued_on)
    draft.amend("certificate", name, **contracts, **by, **_conditions(draft, core))
    _back(draft, name, body, result)
    return name


def _conditions(draft: Draft, core: str) -> dict[str, Any]:
    """What the issuer asks before its certificates live, as it is now (`policies.demands`)."""
    found = draft.row("conditions", core) or {}
    told = {} if "waiver" not in found else {"waiver": found["waiver"]}
    return {**told, "erp": {"status": "awaited"}} if found.get("erp_block") else told


def _check_amounts(body: ConfirmPropose, result: Match) -> None:
    """The lines add up, each is named once, and none is above what the match allows."""
    if len({line.line for line in body.lines}) != len(body.lines):
        raise DocumentWrong("an invoice line is named twice")
    if sum(line.amount for line in body.lines) != body.amount:
        raise DocumentWrong("the lines do not add up to the amount")
    for line in body.lines:
        found = result.line(line.line)
        allowed = 0 if found is None else found.confirmable
        if line.amount > allowed:
            why = ", ".join(result.reasons if found is None else found.reasons) or result.status
            raise NotAMatch(f"line {line.line}: {line.amount} of {allowed} confirmable ({why})")


def _issue(
    draft: Draft, act: Act[Any], name: str, body: ConfirmPropose, core: str, issued_on: str
) -> None:
    seller = (draft.row("invoice", body.invoice) or {})["seller"]
    until, rolls = end_after(act.time, accept_hours), body.roll != "none"
    document = {
        "issuer": core,
        "holder": seller,
        "face": body.amount,
        "paid": 0,
        "currency": body.currency,
        "issued_on": issued_on,
        "due_on": body.due_on,
        "zone": body.zone,
        "roll": body.roll,
        **({"calendar": body.calendar, "rolled_days": body.rolled_days} if rolls else {}),
        "term_reason": body.term_reason,
        "terms": promise,
        "status": "offered",
        "invoice": body.invoice,
        "paying_bank": body.paying_bank,
        "splits": body.splits,
        "split_rule": budget_rule,
        "accept_until": until,
        "index": act.index,
        "time": act.time,
    }
    draft.put("certificate", name, document)
    save_book(draft, name, Book.issue(body.amount, seller, body.splits))
    add_parties(draft, name, act.index, (core, seller, body.paying_bank))
    schedule(draft, until, "certificate", name)
    payment.issued(draft, name)


def _back(draft: Draft, name: str, body: ConfirmPropose, result: Match) -> None:
    """Freeze which units rest on which invoice line and receipts."""
    start = 0
    for line in body.lines:
        found = result.line(line.line)
        if found is None:
            raise NotAMatch(f"line {line.line}")
        used = consume(draft, body.invoice, found, line.amount)
        end = start + line.amount
        document = {"start": start, "end": end, "invoice": body.invoice, **used.document()}
        document["policy"] = result.policy
        draft.put("backing", name, document, unit_part(start))
        start = end


def _body_json(proposal: Row) -> bytes:
    fields = ConfirmPropose.model_fields
    return canonical.encode({key: value for key, value in proposal.items() if key in fields})
