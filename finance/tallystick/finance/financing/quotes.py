"""A quote, of a bank or of the debtor that pays early, and its acceptance by the holder.

Every figure of a quote follows from its terms and is recomputed (I18): amount = net + discount where the seller bears
the interest; where the buyer does, net = amount, and the discount is the interest that the debtor owes (`interest`),
whose two persons have agreed before the holder can accept. Any bank may quote, so that a
quote is judged by what it states alone: whether there is such a certificate, with this due date and so much
to sell, is looked at when the holder accepts, who may know. Acceptance locks units that no bank has
financed (I12) until the value date and a few days for the instruction; then the lock ends (`disbursement`). A bank
must have searched the public register for the holder before its quote binds (`searches`).

    quote  <payload hash>  {certificate, holder, bank, amount, rate_ppm, …, until, status, index,
                           tender?, account?, account_digest?, account_tail?, bank_code?, reference?, sent_at?,
                           instructed?, registration?, silent_at?, silent?, final_on?, final?, returned?, ended?,
                           borne_by?, agreed?}
                           status: open | accepted | paying | financed | returned | unpaid | expired | lapsed | matured
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts.payees import paid_to
from tallystick.finance.agreements.judging import require_assignable
from tallystick.finance.bidding.best import award, require_best
from tallystick.finance.calendars.payment import stops_on
from tallystick.finance.calendars.versions import in_force
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    AlreadyFinanced,
    Ended,
    NotEnoughFree,
    QuoteWrong,
    SameParty,
)
from tallystick.finance.financing.acts import Quote, QuoteAccept
from tallystick.finance.financing.interest import require_agreed
from tallystick.finance.financing.searches import require_search
from tallystick.finance.known import known
from tallystick.finance.limits.room import require_available, require_funder_room
from tallystick.finance.money.dates import check_date, days_between, money_date
from tallystick.finance.money.discount import DiscountTerms, discounted
from tallystick.finance.parties import (
    act_for,
    organisation,
    require_capacity,
    require_persons,
    speaker,
)
from tallystick.finance.receivables.book import Book
from tallystick.finance.receivables.certificates import (
    book_locked,
    book_of,
    issuer_in,
    movable,
    save_book,
)
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State

#: How long after the value date a bank may still state its disbursement.
disburse_days = 3
#: Of the zones that a certificate may name, the one in which each date ends last.
last_zone = "America/New_York"


def put_quote(state: State, act: Act[Quote]) -> Effects:
    body, draft = act.body, Draft(state)
    bank = speaker(state, act.author).organisation
    early = issuer_in(body.certificate) == bank
    require_capacity(state, bank, "core" if early else "bank")
    act_for(state, act, bank, "maker")
    organisation(state, body.holder)
    if body.holder == bank:
        raise SameParty(f"{bank} would finance itself")
    if early and body.recourse != "none":
        raise QuoteWrong("a debtor that pays early has no recourse to anybody")
    if early and body.borne_by == "buyer":
        raise QuoteWrong("a debtor that pays early owes nobody interest")
    lay_quote(draft, act, body, bank, end_after(act.time, body.valid_hours))
    return draft.effects


def lay_quote(
    draft: Draft, act: Act[Any], body: Quote, bank: str, until: str, tender: str | None = None
) -> None:
    """Put a quote on the table whose figures follow from its terms, under the act's payload hash.

    The bank's amount tiers are asked where the quote names its currency, and of every quote when it is instructed.
    """
    _check_calendar(draft, body)
    _check_figures(body, money_date(act.time, last_zone))
    if body.currency is not None:
        asked = (bank, issuer_in(body.certificate), body.currency, body.amount)
        require_funder_room(draft, *asked, {body.holder: body.amount})
        require_persons(draft, act, bank, body.currency, body.amount)
    document: dict[str, Any] = body.model_dump(mode="json", exclude={"valid_hours"})
    document |= {"bank": bank, "until": until, "status": "open", "index": act.index}
    draft.put("quote", act.payload_hash, {**document, "tender": tender})
    schedule(draft, until, "quote", act.payload_hash)


def _check_figures(body: Quote, today: str) -> None:
    ends = min(body.due_on, body.pays_on or body.due_on)
    if not today <= check_date(body.value_on) < ends:
        raise QuoteWrong(f"the value date must be from {today} on and before the due date")
    if days_between(body.value_on, ends) <= disburse_days:
        # Else the maturity payment could end the lock while the bank's payment is on its way.
        raise QuoteWrong(
            f"the value date must be more than {disburse_days} days before the due date"
        )
    terms = DiscountTerms(
        body.amount,
        body.rate_ppm,
        body.value_on,
        _counted_to(body),
        body.basis,
        body.rounding,
        body.borne_by or "seller",
    )
    right = discounted(terms)
    if body.borne_by == "buyer" and right.discount == 0:
        raise QuoteWrong("there is no interest that the debtor could bear")
    stated = (body.days, body.discount, body.net)
    if stated != (right.days, right.discount, right.net):
        raise QuoteWrong(
            f"days, discount, net are {stated}, should be {right.days, right.discount, right.net}"
        )


def _check_calendar(state: State, body: Quote) -> None:
    """The payment date follows from the version in force, which anybody can look up again."""
    stated = (body.calendar_version, body.pays_on)
    if body.roll == "none":
        if body.calendar != "none" or stated != (None, None):
            raise QuoteWrong("a due date that does not roll needs no calendar")
        return
    if body.calendar == "none":
        raise QuoteWrong("a due date that rolls names its calendar")
    calendar = in_force(state, body.calendar)
    right = (calendar.version, calendar.rolled(check_date(body.due_on), body.roll).on)
    if stated != right:
        raise QuoteWrong(f"calendar version and payment date are {stated}, should be {right}")


def _counted_to(body: Quote) -> str:
    """The day to which interest is counted: whoever bears rolled days, bears them here."""
    if body.rolled_days == "holder" and body.pays_on is not None:
        return body.pays_on
    return body.due_on


def _check_terms(quote: Row, certificate: Row) -> None:
    """The quote is for this certificate's dates, in its currency."""
    if quote.get("currency", certificate["currency"]) != certificate["currency"]:
        raise QuoteWrong(f"the certificate is in {certificate['currency']}")
    stated = (quote["due_on"], quote["roll"], quote["calendar"])
    right = (
        certificate["due_on"],
        certificate.get("roll", "none"),
        certificate.get("calendar", "none"),
    )
    if stated != right:
        raise QuoteWrong(f"the certificate is due on {right[0]}, roll and calendar {right[1:]}")


def accept_quote(state: State, act: Act[QuoteAccept]) -> Effects:
    draft, name = Draft(state), act.body.quote
    found = open_quote(state, act, "open")
    act_for(state, act, found["holder"], "maker", "checker")
    known(state, act, "certificate", found["certificate"])
    certificate = movable(draft, found["certificate"], act.time)
    require_assignable(draft, certificate, found["certificate"])
    today = money_date(act.time, certificate["zone"])
    if act.time >= found["until"] or today > found["value_on"]:
        raise Ended(f"the quote stood until {found['until']}, value date {found['value_on']}")
    _check_terms(found, certificate)
    stops = stops_on(draft, found["certificate"], certificate, act.time)
    if days_between(found["value_on"], stops) <= disburse_days:
        raise Ended(f"the certificate is now paid on {stops}, too soon behind {found['value_on']}")
    require_agreed(found)
    if "tender" in found:
        require_best(draft, found, name, act.time)
        award(draft, found)
    require_available(draft, found, certificate["currency"], name)
    require_persons(state, act, found["holder"], certificate["currency"], found["amount"])
    to = paid_to(draft, found["holder"], certificate["currency"], act.time)
    book = book_of(draft, found["certificate"], found["holder"])
    _check_unfinanced(draft, book, found)
    if not pays_early(found):
        require_search(draft, found, act.time, certificate["zone"])
    book.lock(found["holder"], found["amount"], name, unfinanced=True)
    save_book(draft, found["certificate"], book)
    unschedule(draft, found["until"], "quote", name)
    until = end_after(f"{found['value_on']}T00:00:00.000Z", 24 * (1 + disburse_days))
    draft.amend("quote", name, status="accepted", until=until, accepted=act.index, **to.document())
    schedule(draft, until, "quote", name)
    return draft.effects


def _check_unfinanced(draft: Draft, book: Book, quote: Row) -> None:
    """Say which it is when the units are not there: financed (or promised to a bank), or not held."""
    holder, amount = quote["holder"], quote["amount"]
    free = book.free(holder, unfinanced=True)
    if amount <= free:
        return
    name = quote["certificate"]
    sold = sum(
        row["amount"] for row in draft.rows("financing", name).values() if row["seller"] == holder
    )
    sold += sum(row["amount"] for row in draft.rows("conversion", name).values())
    promised = sum(
        lot.end - lot.start
        for lock in book.locks()
        if draft.get("quote", lock) is not None
        for lot in book.locked(lock)
        if lot.tag.holder == holder
    )
    if amount <= free + sold + promised or amount <= book.free(holder):
        raise AlreadyFinanced(f"{free} of {amount} minor units were not financed yet")
    raise NotEnoughFree(f"{free} of {amount} minor units are free")


def open_quote(state: State, act: Act[Any], status: str) -> Row:
    """The quote that the act names, for its bank or holder; it must be in this status."""
    found = known(state, act, "quote", act.body.quote)
    if found["status"] != status:
        raise Ended(f"the quote is {found['status']}, not {status}")
    return found


def pays_early(quote: Row) -> bool:
    """Whether the debtor itself quotes: it does not finance its debt, it pays early (dynamic discount)."""
    return bool(issuer_in(quote["certificate"]) == quote["bank"])


def expire_quote(draft: Draft, name: str, status: str = "") -> None:
    """Nobody accepted it, or the bank did not pay: units are free again, exactly as they were."""
    found = draft.row("quote", name)
    if found is None or found["status"] not in ("open", "accepted"):
        return
    if found["status"] == "accepted":
        book = book_locked(draft, found["certificate"], name)
        book.unlock(name)
        save_book(draft, found["certificate"], book)
    ended = "expired" if found["status"] == "open" else "lapsed"
    draft.amend("quote", name, status=status or ended)
    unschedule(draft, found["until"], "quote", name)
