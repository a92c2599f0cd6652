"""Bodies of the entries of a tender and of its sealed bids."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from tallystick.finance.calendars.bodies import CalendarName, NoCalendar
from tallystick.finance.calendars.days import Roll
from tallystick.finance.financing.acts import (
    Basis,
    Bearer,
    DeclineReason,
    QuotedRolledDays,
    RatePpm,
    Rounding,
)
from tallystick.finance.receivables.acts import Amount, CertificateName
from tallystick.ledger import Body, Count, Handle, Hex32, MoneyDate

#: Whom one tender may ask.
funders_max = 50
seal_hours_max, open_hours_max, accept_hours_max = 24 * 30, 24 * 7, 24 * 7


class TenderOpen(Body):
    """Body of `finance.tender.open/1`, by a maker of the holder: asks chosen funders for sealed bids.

    `amount` in minor units. Bids are sealed for `seal_hours`, opened in the `open_hours` behind them, and the best
    of them can be accepted in the `accept_hours` behind those; each ends on a full hour. Terms but the rate are the
    same for all bids, so that nothing but the rate decides; `borne_by` too, as in `finance.quote/1`.
    """

    certificate: CertificateName
    amount: Amount
    funders: Annotated[tuple[Handle, ...], Field(min_length=1, max_length=funders_max)]
    seal_hours: Annotated[int, Field(ge=1, le=seal_hours_max)] = 48
    open_hours: Annotated[int, Field(ge=1, le=open_hours_max)] = 24
    accept_hours: Annotated[int, Field(ge=1, le=accept_hours_max)] = 24
    value_on: MoneyDate
    basis: Basis = "ACT/360"
    rounding: Rounding = "half-up"
    rolled_days: QuotedRolledDays = "funder"
    borne_by: Bearer | None = None

    @field_validator("funders")
    @classmethod
    def _each_once(cls, funders: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(funders)) != len(funders):
            raise ValueError("a funder is named twice")
        return funders


class TenderWithdraw(Body):
    """Body of `finance.tender.withdraw/1`, by the holder, while bids are sealed."""

    tender: Hex32


class TenderConfide(Body):
    """Body of `finance.tender.confide/1`, by a funder that was asked: it will keep to itself what it reads.

    From this index on it reads the certificate and what it rests on, while the tender goes on.
    """

    tender: Hex32


class TenderDecline(Body):
    """Body of `finance.tender.decline/1`, by a funder that was asked and sealed nothing: it will not bid.

    From this index on it reads the certificate no more because of this tender.
    """

    tender: Hex32
    reason: DeclineReason | None = None


class BidSeal(Body):
    """Body of `finance.bid.seal/1`, by a maker of a funder: the digest of a bid that stays with the funder."""

    tender: Hex32
    commitment: Hex32


class BidOpen(Body):
    """Body of `finance.bid.open/1`, by the same funder after the deadline: what was sealed, and its salt.

    Figures follow from the tender's terms and the rate, and are recomputed; `calendar_version` and `pays_on` as in
    `finance.quote/1`.
    """

    tender: Hex32
    rate_ppm: RatePpm
    salt: Hex32
    due_on: MoneyDate
    roll: Roll = "none"
    calendar: CalendarName | NoCalendar = "none"
    calendar_version: Count | None = None
    pays_on: MoneyDate | None = None
    days: Count
    discount: Count
    net: Amount
