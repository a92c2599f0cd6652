"""Bodies of the acts of financing and settlement."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.accounts.bodies import AccountName
from tallystick.finance.calendars.bodies import CalendarName, NoCalendar
from tallystick.finance.calendars.days import Roll
from tallystick.finance.receivables.acts import Amount, CertificateName, OfferHours
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Count, Handle, Hex32, Instant, MoneyDate

#: Named day-count bases and rounding of a quote (formats §7).
Basis = Literal["ACT/360", "ACT/365"]
Rounding = Literal["half-up"]
QuotedRolledDays = Literal["funder", "holder"]
RatePpm = Annotated[int, Field(ge=0, le=1_000_000, description="4.20 % a year is 42000")]
RegistrationNumber = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S+$")]


class Quote(Body):
    """Body of `finance.quote/1`, by a maker of a bank; every figure is recomputed by the rule.

    `due_on` is the certificate's nominal due date. Where it rolls, `pays_on` is the payment date by this version of
    the calendar, and `rolled_days` says who bears the days between: the funder, who counts to the due date, or the
    holder, for whom they are counted too. No later version reprices the quote.
    `currency`: in which the funder's own limits are asked; they are asked again when the holder accepts.
    """

    certificate: CertificateName
    holder: Handle
    currency: Currency | None = None
    amount: Amount
    rate_ppm: RatePpm
    basis: Basis = "ACT/360"
    rounding: Rounding = "half-up"
    roll: Roll = "none"
    calendar: CalendarName | NoCalendar = "none"
    calendar_version: Count | None = None
    pays_on: MoneyDate | None = None
    rolled_days: QuotedRolledDays = "funder"
    value_on: MoneyDate
    due_on: MoneyDate
    days: Count
    discount: Count
    net: Amount
    valid_hours: OfferHours = 24


class QuoteAccept(Body):
    """Body of `finance.quote.accept/1`, by the holder: locks the amount for this bank."""

    quote: Hex32


class Disburse(Body):
    """Body of `finance.disburse/1`, by the bank.

    `registration_number` is the financing's number in the public register (中登网, 77号 art. 13);
    `evidence` the hex SHA-256 of the bank's record of the payment made at `paid_at`. `account`: to which it was
    made, which is the one that stood when the holder accepted.
    """

    quote: Hex32
    registration_number: RegistrationNumber
    evidence: Hex32
    paid_at: Instant
    account: AccountName | None = None


class Pay(Body):
    """Body of `finance.pay/1`, by the paying bank at or after maturity."""

    certificate: CertificateName
    amount_minor: Amount
    evidence: Hex32
    paid_at: Instant
