"""Bodies of the acts of financing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.accounts.bodies import AccountName
from tallystick.finance.bank_records import Evidenced, MayBeEvidenced
from tallystick.finance.calendars.bodies import CalendarName, NoCalendar
from tallystick.finance.calendars.days import Roll
from tallystick.finance.receivables.acts import Amount, CertificateName, OfferHours
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Count, Handle, Hex32, Instant, MoneyDate

#: Named day-count bases and rounding of a quote (formats §7).
Basis = Literal["ACT/360", "ACT/365"]
Rounding = Literal["half-up"]
Bearer = Literal["seller", "buyer"]
QuotedRecourse = Literal["none", "seller"]
QuotedRolledDays = Literal["funder", "holder"]
RatePpm = Annotated[int, Field(ge=0, le=1_000_000, description="4.20 % a year is 42000")]
PaymentReference = Annotated[str, Field(min_length=1, max_length=35, pattern=r"^\S+$")]
#: Why a bank sends a payment back, or does not carry it out.
ReturnReason = Literal["account-closed", "account-wrong", "payee-refused", "no-funds", "other"]
#: Why a funder offers nothing: no limit free, too little proven, terms it does not offer, outside its business.
DeclineReason = Literal["limit", "evidence", "terms", "business", "other"]
RegistrationNumber = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S+$")]


class Quote(Body):
    """Body of `finance.quote/1`, by a maker of a bank, or of the debtor; every figure is recomputed by the rule.

    `due_on` is the certificate's nominal due date. Where it rolls, `pays_on` is the payment date by this version of
    the calendar, and `rolled_days` says who bears the days between: the funder, who counts to the due date, or the
    holder, for whom they are counted too. No later version reprices the quote. `recourse`: whether the holder pays
    in the debtor's place after its default. The debtor itself may quote: then it pays early, and the units are paid.
    `currency`: in which the funder's own limits are asked; they are asked again when the holder accepts.
    `borne_by`: who bears the discount, by default the seller, which gets `net` = amount - discount. Where the buyer
    (the debtor) bears it, `net` is the whole amount and the debtor owes the bank the discount on the value date; its
    two persons agree before the holder can accept (`finance.interest.approve/1`).
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
    recourse: QuotedRecourse = "none"
    borne_by: Bearer | None = None
    value_on: MoneyDate
    due_on: MoneyDate
    days: Count
    discount: Count
    net: Amount
    valid_hours: OfferHours = 24


class QuoteAccept(Body):
    """Body of `finance.quote.accept/1`, by the holder: locks the amount for this bank."""

    quote: Hex32


class Search(Evidenced):
    """Body of `finance.search/1`, by the bank: it searched the public register for a holder (查询证明).

    It says what the bank states; nobody has checked it with the register. `evidence`: hex SHA-256 of the proof.
    """

    certificate: CertificateName
    holder: Handle
    number: RegistrationNumber
    searched_at: Instant


class Registration(Body):
    """A financing in the public register (中登网, 77号 art. 13), as the bank states it."""

    number: RegistrationNumber
    ends_on: MoneyDate


class Instruct(Body):
    """Body of `finance.instruct/1`, by whoever pays: its payment instruction has left.

    From here on the units are in payment, without end: only evidence says what became of it. `account`: where it
    went, which is the one that stood when the holder accepted. `reference`: the instruction's end-to-end identifier.
    A bank names its registration; a debtor that pays early has none.
    """

    quote: Hex32
    registration: Registration | None = None
    account: AccountName | None = None
    reference: PaymentReference
    sent_at: Instant


class Disburse(Evidenced):
    """Body of `finance.disburse/1`: evidence that the instruction was paid, with the net amount, in minor units.

    By the paying bank, the bank that keeps the payee's account, or the payee; of the last two it says as well that
    the money arrived. A debtor's own word is no evidence: of an early payment the certificate's paying bank speaks.
    """

    quote: Hex32
    amount_minor: Amount
    paid_at: Instant


class DisburseAnswer(MayBeEvidenced):
    """Body of `finance.disburse.receive/1`, by the payee or the bank that keeps its account: it arrived."""

    quote: Hex32


class DisburseEnd(Evidenced):
    """Body of `finance.disburse.fail/1` (not paid, and will not be) and of `finance.disburse.return/1` (退汇).

    By the paying bank or the bank that keeps the payee's account.
    """

    quote: Hex32
    reason: ReturnReason
    at: Instant


class RegistrationRenew(Body):
    """Body of `finance.registration.renew/1`, by the bank before the registration's term ends."""

    quote: Hex32
    registration: Registration


class RegistrationCancel(Body):
    """Body of `finance.registration.cancel/1`, by the bank once nothing of the financing is owed any more."""

    quote: Hex32
    number: RegistrationNumber


class InterestPropose(Body):
    """Body of `finance.interest.propose/1`, by a maker of the debtor: bear the discount of this quote."""

    quote: Hex32


class InterestApprove(Body):
    """Body of `finance.interest.approve/1`, by a checker of the debtor, another person: the debtor is bound."""

    proposal: Hex32


class InterestPay(Evidenced):
    """Body of `finance.interest.pay/1`: the debtor paid the discount that it bears, in minor units.

    By the funder, to whom it is owed, or by the certificate's paying bank; the debtor's own word is no evidence.
    """

    quote: Hex32
    amount_minor: Amount
    paid_at: Instant


class InterestReturn(Evidenced):
    """Body of `finance.interest.return/1`: the whole of what the debtor paid as interest came back to it.

    Within three days of a payment that the paying bank stated, by that bank or the funder: it is owed again. After the
    financing itself came back, by the debtor that received it or its paying bank: nothing is owed any more.
    """

    quote: Hex32
    reason: ReturnReason
    at: Instant
