"""Dunning (催收): the insured gives notice to a debtor in arrears, which has days of grace to pay.

Principal and late interest paid within them withdraw the notice (`withdrawing`). At their end, in one step, the way to
a claim is open and the debtor is in default, however few days it is late: whoever sold with recourse can be asked, and
the default counts on the debtor's card.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.calendars.payment import payment_date
from tallystick.finance.draft import Draft, Row
from tallystick.finance.insurance.bodies import DunningNotice
from tallystick.finance.insurance.counting import insured_of
from tallystick.finance.insurance.errors import NoticeStands, NotInsured
from tallystick.finance.insurance.terms import (
    claim_from,
    grace_step,
    insured_lots,
    over_at,
    size,
)
from tallystick.finance.known import known
from tallystick.finance.money.dates import money_date, plus_days
from tallystick.finance.parties import signatory
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.certificates import certificate, load_book
from tallystick.finance.receivables.expiry import schedule
from tallystick.finance.settlement import arrears
from tallystick.finance.settlement.errors import NotInArrears
from tallystick.ledger import Act, Effects, State

_running = ("open", "unpaid", "claimed")


def notice(state: State, act: Act[DunningNotice]) -> Effects:
    draft, name = Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    insured = signatory(state, act)
    found = certificate(draft, name)
    late = draft.row("arrears", name)
    if late is None or late["status"] == "cured":
        raise NotInArrears(name)
    for one in draft.rows("dunning", name).values():
        if one["insured"] == insured and one["status"] in _running:
            raise NoticeStands(name)
    cover_name, amount = _insured(draft, load_book(draft, name), insured)
    cover = draft.row("insurance-cover", cover_name) or {}
    noticed_on = money_date(act.time, found["zone"])
    grace_until = over_at(plus_days(noticed_on, cover["grace_days"]), found["zone"])
    document: dict[str, Any] = {
        "certificate": name,
        "insured": insured,
        "insurer": cover["insurer"],
        "cover": cover_name,
        "debtor": found["issuer"],
        "currency": found["currency"],
        "amount": amount,
        "noticed_on": noticed_on,
        "grace_until": grace_until,
        "claim_on": claim_from(cover, payment_date(draft, name, found).on, noticed_on),
        "status": "open",
        "index": act.index,
        "time": act.time,
    }
    draft.put("dunning", name, document, act.payload_hash)
    schedule(draft, grace_until, grace_step, f"{name} {act.payload_hash}")
    return draft.effects


def end_grace(draft: Draft, name: str, act: Act[Any]) -> None:
    """Nothing, or not everything, was paid: the claim and the defaulter's procedure begin together."""
    certificate_name, _, part = name.rpartition(" ")
    found = draft.row("dunning", certificate_name, part)
    if found is None or found["status"] != "open":
        return
    draft.amend("dunning", certificate_name, part, status="unpaid")
    arrears.default(draft, certificate_name, act)


def _insured(draft: Draft, book: Book, holder: str) -> tuple[str, int]:
    """The cover under which a holder's unpaid units are insured, and how many; raises `NotInsured`."""
    for lot in book.owed(holder):
        if lot.tag.cover and insured_of(draft, lot.tag.cover) == holder:
            cover: str = lot.tag.cover
            return cover, size(insured_lots(book, holder, cover))
    raise NotInsured(holder)


def of_notice(draft: Draft, name: str, part: str, organisation: str) -> Row | None:
    """A notice for its insured; to others the same as what is not there."""
    found = draft.row("dunning", name, part)
    return found if found is not None and found["insured"] == organisation else None
