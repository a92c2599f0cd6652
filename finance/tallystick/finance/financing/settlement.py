"""Settlement (兑付): what the paying bank paid at maturity, divided over all holders (I22, I23).

The ledger holds no money (I27): it records, on the bank's evidence, what reached whom. From the first
payment on nothing moves; each payment is divided in proportion to what is still owed to each holder, by
largest remainder, ties by holder, so that later payments complete exactly the face and never more.

Nothing reaches a holder whose payments are held because of sanctions, or whose account is not confirmed: its claim
stays, a payment is divided over the others, and after the release the bank pays what is still owed.

When units stop moving, each claim is agreed with the account that is then in force (the clearing file); a change
that comes later does not alter it. Only where that account was closed the one that is in force now takes its place.

Pledged units pay the pledgee. Frozen units make a claim of their own, which takes nothing until the freeze ends; then
it is part of the holder's again. Cancelled units are owed no more.

    claim   <certificate>  part <holder>: {due, paid, account?, account_digest?, account_tail?, bank_code?}
                           part <holder> <freeze>: {holder, frozen, due, paid: 0}
    payout  <certificate>  part <index> <holder>: {holder, amount, due, paid, evidence, paid_at, index, and the account}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tallystick.finance.accounts.payees import claim_target
from tallystick.finance.calendars.payment import kept, settled
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import EvidenceWrong, NotDue, NotPayingBank, OverPayment
from tallystick.finance.financing.acts import Pay
from tallystick.finance.financing.quotes import expire_quote
from tallystick.finance.holdings import disputes, locks, pledges
from tallystick.finance.known import known
from tallystick.finance.money.allocation import largest_remainder
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import PaymentHeld, held_because, signatory
from tallystick.finance.receivables import transfers
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.certificates import certificate, load_book, save_book
from tallystick.ledger import Act, Effects, InvariantError, State


def pay(state: State, act: Act[Pay]) -> Effects:
    body, draft = act.body, Draft(state)
    known(state, act, "certificate", body.certificate)
    found = certificate(draft, body.certificate, "live", "partially_paid")
    if signatory(state, act) != found["paying_bank"]:
        raise NotPayingBank(f"{found['paying_bank']} pays {body.certificate}")
    _check_dates(act, found, kept(draft, body.certificate, found, act).on)
    owed = found["face"] - found["paid"] - found.get("cancelled", 0)
    if body.amount_minor > owed:
        raise OverPayment(f"{body.amount_minor} of {owed} minor units owed")
    _end_locks(draft, body.certificate)
    book = load_book(draft, body.certificate)
    if found["status"] == "live":
        _agree(draft, body.certificate, book)
    _pay_out(draft, act, found["currency"], draft.rows("claim", body.certificate))
    paid = found["paid"] + body.amount_minor
    status = "settled" if body.amount_minor == owed else "partially_paid"
    if status == "settled":
        book.settle()
        save_book(draft, body.certificate, book)
        settled(draft, body.certificate, found, act.time)
    draft.amend("certificate", body.certificate, status=status, paid=paid)
    return draft.effects


def _check_dates(act: Act[Pay], found: Row, pays_on: str) -> None:
    today = money_date(act.time, found["zone"])
    paid_on = money_date(act.body.paid_at, found["zone"])
    if today < pays_on:
        raise NotDue(f"due on {found['due_on']}, paid on {pays_on}")
    if not pays_on <= paid_on <= today:
        raise EvidenceWrong(f"paid on {paid_on}, due on {pays_on}, today is {today}")


def _end_locks(draft: Draft, name: str) -> None:
    """Payment goes to whoever holds: what was only offered, promised, locked or disputed stays with its holder."""
    for lock in load_book(draft, name).locks():
        for ends in (transfers.expire, expire_quote, locks.expire, disputes.expire):
            ends(draft, lock, "matured")
        pledges.mature(draft, lock)


def record(draft: Draft, name: str, act: Act[Any]) -> None:
    """Units stop moving: each claim is agreed with its holder's account."""
    found = draft.row("certificate", name)
    if found is None or found["status"] != "live":
        return
    _agree(draft, name, load_book(draft, name))
    for part, claim in draft.rows("claim", name).items():
        to = claim_target(draft, claim, _holder(part, claim), found["currency"], act.time)
        if to.account and not to.held:
            draft.put("claim", name, {**claim, **to.document()}, part)


def agree(draft: Draft, name: str, book: Book) -> None:
    """Holdings changed their state after claims were agreed: what is owed to whom follows."""
    if draft.rows("claim", name):
        _agree(draft, name, book)


def _agree(draft: Draft, name: str, book: Book) -> None:
    """What is owed to each holder; a claim that was agreed keeps its account, and what was paid on it."""
    agreed, owed = dict(draft.rows("claim", name)), _owed(draft, book)
    for part in agreed.keys() - owed.keys():
        draft.put("claim", name, None, part)
    for part, claim in sorted(owed.items()):
        before = agreed.get(part, {})
        draft.put("claim", name, {"paid": 0, **before, **claim}, part)


def _owed(draft: Draft, book: Book) -> dict[str, dict[str, Any]]:
    """Claims by part, from the lots: to the holder, to the pledgee, or to nobody while they are frozen."""
    owed: dict[str, dict[str, Any]] = {}
    for start, end, tag in book:
        if tag.state == "cancelled":
            continue
        words = tag.lock.split()
        pledge = draft.row("pledge", words[-1]) if tag.state in ("pledged", "frozen") else None
        holder = tag.holder if pledge is None else str(pledge["to"])
        claim: dict[str, Any] = {"due": 0}
        part = holder
        if tag.state == "frozen":
            part, claim = f"{holder} {words[0]}", {"due": 0, "holder": holder, "frozen": words[0]}
        found = owed.setdefault(part, claim)
        found["due"] += end - start
    return owed


def _holder(part: str, claim: Row) -> str:
    return str(claim.get("holder", part))


def _pay_out(draft: Draft, act: Act[Pay], currency: str, claims: Mapping[str, Row]) -> None:
    body = act.body
    open_claims = {part: claim["due"] - claim["paid"] for part, claim in claims.items()}
    targets = {
        part: claim_target(draft, claim, _holder(part, claim), currency, act.time)
        for part, claim in claims.items()
    }
    held = {
        part
        for part, to in targets.items()
        if "frozen" in claims[part]
        or to.held is not None
        or held_because(draft, _holder(part, claims[part])) is not None
    }
    payable = {part: owed for part, owed in open_claims.items() if owed and part not in held}
    _require_payable(body.amount_minor, payable, held)
    for holder, share in largest_remainder(body.amount_minor, payable).items():
        if not 0 <= share <= open_claims[holder]:
            raise InvariantError(f"{holder} would get {share} of {open_claims[holder]}")
        due, paid = claims[holder]["due"], claims[holder]["paid"] + share
        to = targets[holder].document()
        draft.put("claim", body.certificate, {"due": due, "paid": paid, **to}, holder)
        document = {
            "holder": holder,
            "amount": share,
            "due": due,
            "paid": paid,
            "evidence": body.evidence,
            "paid_at": body.paid_at,
            **to,
            "index": act.index,
            "time": act.time,
        }
        draft.put("payout", body.certificate, document, f"{act.index:012d} {holder}")


def _require_payable(amount: int, payable: Mapping[str, int], held: Collection[str]) -> None:
    """Raises `PaymentHeld`, if so much would reach somebody whom nothing may reach."""
    most = sum(payable.values())
    if amount > most:
        names = ", ".join(sorted({part.split()[0] for part in held}))
        raise PaymentHeld(f"{names}: at most {most} minor units can be paid now")
