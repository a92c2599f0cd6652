"""What is owed to whom once a certificate is due, and to which account (the clearing file).

When units stop moving, each claim is agreed with the account that is then in force; a change that comes later does
not alter it. Only where that account was closed the one that is in force now takes its place.

What becomes of units by their state when the certificate is due:

    free       owed to the holder
    locked     the offer, quote, lock or dispute ends at the cut-off; owed to the holder
    pledged    owed to the pledgee
    frozen     a claim of its own, which takes nothing until the freeze ends, and then is the holder's again
    paying     a claim of its own, which takes nothing until evidence says whose the units are
    paid       owed no more
    cancelled  owed no more

    claim     <certificate>  part <holder>: {due, paid, late_due?, late_paid?, late_credit?, and the account}
                             part <holder> <freeze>: {holder, frozen, due, paid: 0}
                             part <holder> <quote>: {holder, paying, due, paid: 0}
    maturity  <issuer> <currency> <paying bank>  part <payment date> <certificate>: {certificate, pays_on}:
                             certificates that are due and not settled
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tallystick.finance.accounts.payees import Target, claim_target
from tallystick.finance.calendars.payment import kept, payment_date
from tallystick.finance.draft import Draft, Row
from tallystick.finance.financing.quotes import expire_quote
from tallystick.finance.holdings import disputes, locks, pledges
from tallystick.finance.parties import held_because
from tallystick.finance.receivables import transfers
from tallystick.finance.receivables.book import Book, Lot
from tallystick.finance.receivables.certificates import load_book
from tallystick.ledger import Act

#: Why a claim waits whose holder stands on a list.
sanctions = "sanctions"


@dataclass(slots=True)
class Owed:
    """What one claim rests on: `why` is empty, `frozen` or `paying`, and `by` the freeze or quote."""

    holder: str
    why: str = ""
    by: str = ""
    lots: list[Lot] = field(default_factory=list)

    @property
    def part(self) -> str:
        return f"{self.holder} {self.by}" if self.by else self.holder

    @property
    def amount(self) -> int:
        return sum(lot.end - lot.start for lot in self.lots)

    def document(self) -> dict[str, str]:
        return {"holder": self.holder, self.why: self.by} if self.by else {}


def owed(draft: Draft, book: Book) -> dict[str, Owed]:
    """What is still owed, by the parts of claims."""
    found: dict[str, Owed] = {}
    for lot in book:
        if lot.tag.state in ("paid", "cancelled"):
            continue
        one = _owed(draft, lot)
        found.setdefault(one.part, one).lots.append(lot)
    return found


def record(draft: Draft, name: str, act: Act[Any]) -> None:
    """Units stop moving: what was only offered ends, and each claim is agreed with its holder's account."""
    found = draft.row("certificate", name)
    if found is None or found["status"] != "live" or draft.rows("claim", name):
        return
    end_locks(draft, name)
    agree(draft, name, load_book(draft, name), first=True)
    for part, claim in draft.rows("claim", name).items():
        to = claim_target(draft, claim, payee(part, claim), found["currency"], act.time)
        if to.account and not to.held:
            draft.put("claim", name, {**claim, **to.document()}, part)
    await_payment(draft, name, found, kept(draft, name, found, act).on)


def maturity_of(certificate: Row) -> str:
    """Under which name the certificates of one debtor, currency and paying bank that are due stand together."""
    return f"{certificate['issuer']} {certificate['currency']} {certificate['paying_bank']}"


def await_payment(draft: Draft, name: str, found: Row, pays_on: str) -> None:
    """It is due, and not settled."""
    row = {"certificate": name, "pays_on": pays_on}
    draft.put("maturity", maturity_of(found), row, f"{pays_on} {name}")


def drop_due(draft: Draft, name: str, found: Row) -> None:
    """Nothing of it is due any more."""
    where, part = maturity_of(found), f"{payment_date(draft, name, found).on} {name}"
    if draft.get("maturity", where, part) is not None:
        draft.put("maturity", where, None, part)


def end_locks(draft: Draft, name: str) -> None:
    """Payment goes to whoever holds: what was only offered, promised, locked or disputed stays with its holder."""
    for lock in load_book(draft, name).locks():
        for ends in (transfers.expire, expire_quote, locks.expire, disputes.expire):
            ends(draft, lock, "matured")
        pledges.mature(draft, lock)


def agree(draft: Draft, name: str, book: Book, *, first: bool = False) -> None:
    """Holdings changed after claims were agreed: what is owed to whom follows, and what was paid on it stays."""
    agreed = dict(draft.rows("claim", name))
    if not agreed and not first:
        return
    now = owed(draft, book)
    for part in sorted(agreed.keys() | now.keys()):
        before = agreed.get(part, {"paid": 0})
        if part in now:
            due = before["paid"] + now[part].amount
            draft.put("claim", name, {**before, **now[part].document(), "due": due}, part)
        elif before["paid"] or before.get("late_due"):
            draft.put("claim", name, {**before, "due": before["paid"]}, part)
        else:
            draft.put("claim", name, None, part)


def payee(part: str, claim: Row) -> str:
    return str(claim.get("holder", part))


def waits_because(draft: Draft, part: str, claim: Row, to: Target) -> str:
    """Why a payment goes past a claim: frozen, in payment, sanctions, no confirmed account; empty if it does not."""
    for why in ("frozen", "paying"):
        if why in claim:
            return why
    if held_because(draft, payee(part, claim)) is not None:
        return sanctions
    return to.held or ""


def _owed(draft: Draft, lot: Lot) -> Owed:
    tag, words = lot.tag, lot.tag.lock.split()
    if tag.state == "paying":
        return Owed(tag.holder, "paying", words[0])
    pledge = draft.row("pledge", words[-1]) if tag.state in ("pledged", "frozen") else None
    holder = tag.holder if pledge is None else str(pledge["to"])
    return Owed(holder, "frozen", words[0]) if tag.state == "frozen" else Owed(holder)
