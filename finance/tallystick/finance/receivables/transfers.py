"""Transfer and split: offered by the holder, accepted by whom it was offered to (I10, I11).

An offer locks the units it picked; it is answered, withdrawn or expired, once, and until then nobody
can offer those units again.

The giver owes the taker what it passes on: `evidence` names the trade, each amount of it taken once. Between two
funders what was financed is sold instead; the buyer accepts with its bank's record of the price paid.

    offer  <payload hash>  {certificate, from, to, amount, evidence, charges, sale?, until, status, index}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.agreements.judging import require_assignable
from tallystick.finance.bank_records import use_once
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import Ended, EvidenceWrong, SameParty
from tallystick.finance.hops.errors import SaleUnfit
from tallystick.finance.hops.evidence import give_back, take
from tallystick.finance.known import known
from tallystick.finance.limits.counting import sellers_of
from tallystick.finance.limits.room import require_funder_room
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import (
    act_for,
    organisation,
    require_capacity,
    require_payable,
    require_persons,
    signatory,
)
from tallystick.finance.receivables.acts import (
    TransferAccept,
    TransferOffer,
    TransferRefuse,
    TransferWithdraw,
)
from tallystick.finance.receivables.book import Lot
from tallystick.finance.receivables.certificates import (
    add_parties,
    book_locked,
    book_of,
    lots_document,
    movable,
    save_book,
)
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State


def offer(state: State, act: Act[TransferOffer]) -> Effects:
    body, draft = act.body, Draft(state)
    holder = signatory(state, act)
    organisation(state, body.to)
    known(state, act, "certificate", body.certificate)
    found = movable(draft, body.certificate, act.time)
    require_assignable(draft, found, body.certificate)
    if body.to == holder:
        raise SameParty(f"{holder} would transfer to itself")
    if body.to == found["issuer"]:
        raise SameParty(f"{body.to} would be debtor and creditor")
    require_persons(state, act, holder, found["currency"], body.amount)
    charges = _ground(draft, state, body, holder, found["currency"])
    book = book_of(draft, body.certificate, holder)
    book.lock(holder, body.amount, act.payload_hash, financed=body.sale is not None)
    save_book(draft, body.certificate, book)
    until = end_after(act.time, body.valid_hours)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    document |= {"charges": charges}
    document |= {"from": holder, "until": until, "status": "open", "index": act.index}
    document |= {"time": act.time}
    draft.put("offer", act.payload_hash, document)
    schedule(draft, until, "offer", act.payload_hash)
    return draft.effects


def _ground(
    draft: Draft, state: State, body: TransferOffer, holder: str, currency: str
) -> list[dict[str, Any]]:
    """What was consumed of the trade on which the hop rests; nothing for a sale between funders."""
    if body.sale is None:
        return take(draft, holder, body.to, currency, body.amount, body.evidence)
    if body.evidence:
        raise SaleUnfit("a sale rests on its agreement, not on trade")
    require_capacity(state, holder, "bank")
    require_capacity(state, body.to, "bank")
    return []


def _check_price(state: State, act: Act[TransferAccept], found: Row, zone: str) -> None:
    """Of a sale: the price was paid, not before the offer and not later than now."""
    body = act.body
    if "sale" not in found:
        if body.payment is not None or body.paid_at is not None or body.record is not None:
            raise SaleUnfit("a transfer for trade has no price")
        return
    if body.payment is None or body.paid_at is None:
        raise EvidenceWrong("a sale is accepted with the record of the price that was paid")
    require_payable(state, found["from"])
    paid_on = money_date(body.paid_at, zone)
    if not money_date(found["time"], zone) <= paid_on <= money_date(act.time, zone):
        raise EvidenceWrong(f"paid on {paid_on}, offered on {money_date(found['time'], zone)}")


def accept(state: State, act: Act[TransferAccept]) -> Effects:
    draft, found = _open(state, act)
    act_for(state, act, found["to"], "maker", "checker")
    _require_standing(act, found)
    name = found["certificate"]
    certificate = movable(draft, name, act.time)
    require_persons(state, act, found["to"], certificate["currency"], found["amount"])
    _check_price(state, act, found, certificate["zone"])
    if act.body.payment is not None:
        use_once(draft, act, found["to"], act.body.payment)
    book = book_locked(draft, name, act.body.offer)
    lots = book.locked(act.body.offer)
    _check_limits(draft, found, certificate, lots)
    book.move(act.body.offer, found["to"])
    save_book(draft, name, book)
    add_parties(draft, name, act.index, (found["to"],))
    document = {
        "from": found["from"],
        "to": found["to"],
        "amount": found["amount"],
        "lots": lots_document(lots),
        "sold": True if "sale" in found else None,
        "payment": act.body.payment,
        "record": act.body.record.type if act.body.record else None,
        "paid_at": act.body.paid_at,
        "offer": act.body.offer,
        "index": act.index,
        "time": act.time,
    }
    draft.put("transfer", name, document, f"{act.index:012d}")
    _end(draft, act.body.offer, found, "accepted")
    return draft.effects


def _check_limits(draft: Draft, found: Row, certificate: Row, lots: list[Lot]) -> None:
    """A bank takes units within its own limits, whether for trade or bought."""
    told = (found["to"], certificate["issuer"], certificate["currency"], found["amount"])
    require_funder_room(draft, *told, sellers_of(draft, lots))


def refuse(state: State, act: Act[TransferRefuse]) -> Effects:
    draft, found = _open(state, act)
    act_for(state, act, found["to"], "maker", "checker")
    _require_standing(act, found)
    return _give_back(draft, act.body.offer, found, "refused").effects


def withdraw(state: State, act: Act[TransferWithdraw]) -> Effects:
    draft, found = _open(state, act)
    act_for(state, act, found["from"], "maker", "checker")
    _require_standing(act, found)
    return _give_back(draft, act.body.offer, found, "withdrawn").effects


def expire(draft: Draft, name: str, status: str = "expired") -> None:
    """Not answered in time: the units are free again, exactly as they were."""
    found = draft.row("offer", name)
    if found is not None and found["status"] == "open":
        _give_back(draft, name, found, status)


def _open(state: State, act: Act[Any]) -> tuple[Draft, Row]:
    """The offer that the act answers, for one of its two sides and while it is open."""
    draft = Draft(state)
    found = known(state, act, "offer", act.body.offer)
    if found["status"] != "open":
        raise Ended(f"the offer was {found['status']}")
    return draft, found


def _require_standing(act: Act[Any], found: Row) -> None:
    """No answer behind the end, even before a block has ended it. Raises `Ended`."""
    if act.time >= found["until"]:
        raise Ended(f"the offer stood until {found['until']}")


def _give_back(draft: Draft, name: str, found: Row, status: str) -> Draft:
    book = book_locked(draft, found["certificate"], name)
    book.unlock(name)
    save_book(draft, found["certificate"], book)
    give_back(draft, found["charges"])
    _end(draft, name, found, status)
    return draft


def _end(draft: Draft, name: str, found: Row, status: str) -> None:
    draft.amend("offer", name, status=status)
    unschedule(draft, found["until"], "offer", name)
