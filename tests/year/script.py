"""A year of ledger time, played over HTTP by a core, three suppliers, two banks, an insurer and a court.

Each party signs with keys that it alone holds and reads as its own people; the script itself moves nothing but the clock.
Every day is held against bank and register when it is over. `python -m tests.year [DATABASE_URL]` prints it.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.year.chapters import Year
from tests.year.stage import Stage
from tests.year.trade import Trade

Say = Callable[[str], None]
last_day = "2027-01-06"


def play(place: Stage, say: Say) -> Year:
    """The whole year; what it came to."""
    year = Year(Trade(place))

    def on(day: str, what: str, *acts: Callable[[], None]) -> None:
        place.until(day)
        for act in acts:
            act()
        say(f"{day} {what}")

    on("2026-01-05", "contracts, limits, a cover", year.begin)
    on("2026-01-12", "a certificate is split, financed, paid early in part", year.normal)
    on("2026-01-20", "a guarantee is issued and amended", year.guaranteed)
    on("2026-02-02", "two banks bid under seal", year.tendered)
    on("2026-02-20", "a disbursement comes back, and is paid again", year.sent_back)
    on("2026-03-10", "goods go back after they were financed", year.recalled, year.demanded)
    on(
        "2026-03-20",
        "9,000,000.00 are promised, the bank's part insured",
        lambda: year.insured("GRACE", "2026-06-10"),
    )
    on("2026-04-10", "the first certificate is paid", year.normal_paid)
    on("2026-04-13", "an order is financed", year.borrowed)
    on("2026-05-04", "an invoice is paid once more, beside its certificate", year.paid_twice)
    on("2026-05-06", "and paid back", year.paid_back)
    on("2026-05-11", "its certificate repays the advance", lambda: year.converted("2026-08-20"))
    on("2026-05-20", "what was recalled in part is paid", year.recall_paid)
    on("2026-06-03", "a payment at maturity comes back, and is paid again", year.payout_came_back)
    on("2026-06-10", "a short payment", lambda: year.short_paid("GRACE"))
    on("2026-06-12", "notice", lambda: year.notice("GRACE"))
    on("2026-06-20", "paid within grace", lambda: year.cured("GRACE", 10, 100_000_000))
    on("2026-06-22", "the notice is withdrawn", lambda: year.withdrawn("GRACE"))
    on(
        "2026-06-24",
        "9,000,000.00 again, a part sold with recourse",
        lambda: year.insured("CLAIM", "2026-09-10"),
        lambda: year.recourse_sold("CLAIM", "2026-09-10"),
    )
    on("2026-07-15", "a court freezes", year.frozen)
    on("2026-08-20", "what is frozen is not paid", year.paid_but_frozen)
    on("2026-09-02", "the freeze is lifted, and paid", year.lifted)
    on("2026-09-10", "a short payment again", lambda: year.short_paid("CLAIM"))
    on("2026-09-12", "notice again", lambda: year.notice("CLAIM"))
    on("2026-10-12", "default; the seller pays under recourse", lambda: year.defaulted("CLAIM"))
    on(
        "2026-11-02",
        "the claim is paid; the guarantee has lapsed",
        year.lapsed,
        lambda: year.claimed("CLAIM"),
    )
    on(
        "2026-12-01",
        "the debtor pays, with late interest",
        lambda: year.cured("CLAIM", 82, 100_000_000),
    )
    on("2026-12-02", "and promises again", year.free_again)
    on("2027-01-04", "the last one is paid", year.last_paid)
    place.until(last_day)
    place.world.ledger.seal()
    return year
