"""What follows from a cover's terms.

insurance-cover  <payload hash of the proposal>  {insurer, insured, debtors, share_ppm, valid_from, expires_on, zone,
                         grace_days, waiting_days, payment_days, penalty_day_ppm, recourse?: passes, valid_hours, status, index,
                         until?, offered?, answered?}
                         status: proposed -> offered -> in-force -> ended; offered -> declined | lapsed
cover-proposal   <payload hash>  {organisation, proposer, signers, status: open | approved}
dunning          <certificate>   part <payload hash>: {certificate, insured, insurer, cover, debtor, currency,
                         noticed_on, grace_until, claim_on, amount, status, index, time, claim?}
                         status: open -> unpaid -> claimed -> closed; until it is closed -> withdrawn
insurance-claim  <payload hash>  {notice, certificate, cover, insured, insurer, debtor, currency, loss, amount, lots,
                         status, index, time, accepted?, reason?, decided?,
                         decided_on?, pay_by?, paid?, taken?, settled?, penalty?, evidence?, stated_by?}
                         status: filed -> accepted -> paid; filed -> rejected; filed, accepted -> withdrawn
decision-proposal  <payload hash>  {organisation, proposer, signers, claim, accepted, status: open | approved}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.insurance.bodies import CoverPropose
from tallystick.finance.insurance.errors import CoverNotInForce, CoverUnknown, CoverWrong
from tallystick.finance.money.allocation import insured_claim, late_interest
from tallystick.finance.money.dates import (
    check_date,
    day_start,
    days_between,
    money_date,
    next_day,
    plus_days,
)
from tallystick.finance.parties import speaker
from tallystick.finance.receivables.book import Book, Lot
from tallystick.finance.receivables.expiry import full_hour
from tallystick.ledger import Act, State

#: What a block ends: covers that nobody accepted, or whose last day is over; and what it carries out: grace that ends.
cover_ender, grace_step = "insurance-cover", "dunning"
validity_days_max = 3660
cover_parties = ("insurer", "insured")
dunning_parties = ("insured", "insurer", "debtor")


def check_terms(body: CoverPropose, insurer: str, today: str) -> None:
    """Raises `CoverWrong`."""
    begins, ends = check_date(body.valid_from), check_date(body.expires_on)
    if ends < max(begins, today) or days_between(begins, ends) > validity_days_max:
        raise CoverWrong(f"valid from {begins} to {ends}, at most {validity_days_max} days")
    named = [(one.debtor, one.currency) for one in body.debtors]
    if len(set(named)) != len(named):
        raise CoverWrong("a debtor is named twice in a currency")
    own = {debtor for debtor, _ in named} & {insurer, body.insured}
    if own or insurer == body.insured:
        raise CoverWrong(f"{', '.join(sorted(own)) or insurer} would be insured against itself")


def over_at(day: str, zone: str) -> str:
    """The full hour at which a day is over in a zone."""
    return full_hour(day_start(next_day(day), zone))


def known_cover(state: State, act: Act[Any], *statuses: str) -> Row:
    """For one of its two parties; to others the same as what is not there. Raises `CoverUnknown` or `CoverNotInForce`."""
    name = act.body.cover
    found = Draft(state).row("insurance-cover", name)
    mine = speaker(state, act.author).organisation
    if found is None or mine not in [found[side] for side in cover_parties]:
        raise CoverUnknown(name)
    if found["status"] == "proposed" and mine != found["insurer"]:
        raise CoverUnknown(name)
    if found["status"] not in statuses:
        raise CoverNotInForce(f"{name} is {found['status']}")
    if act.time >= found["until"]:
        raise CoverNotInForce(f"{name} ended at {found['until']}")
    return found


def insured_lots(book: Book, holder: str, cover: str) -> list[Lot]:
    """What a holder can claim of its units under a cover, lowest first: free, and neither frozen nor in payment."""
    return [lot for lot in book.owed(holder) if lot.tag.cover == cover]


def size(lots: list[Lot]) -> int:
    return sum(lot.end - lot.start for lot in lots)


def due_now(claim: Row, cover: Row, loss: int) -> int:
    """What the insurer pays: as accepted, and never more than the insured share of what is unpaid now."""
    return min(int(claim["accepted"]), insured_claim(loss, cover["share_ppm"]))


def recourse_passes(cover: Row) -> bool:
    """Whether the insurer takes the holder's recourse over; if not, it ends with the payment."""
    return cover.get("recourse") == "passes"


def penalty(claim: Row, cover: Row, amount: int, paid_on: str) -> int:
    """What the insurer owes because it pays behind its day."""
    late = max(0, days_between(claim["pay_by"], paid_on))
    return late_interest(amount, late, cover["penalty_day_ppm"])


def claim_from(cover: Row, payment_date: str, noticed_on: str) -> str:
    """The first day on which a claim can be made: behind grace and waiting period."""
    waited = plus_days(payment_date, cover["waiting_days"] + 1)
    return max(waited, plus_days(noticed_on, cover["grace_days"] + 1))


def today(act: Act[Any], found: Row) -> str:
    return money_date(act.time, found["zone"])
