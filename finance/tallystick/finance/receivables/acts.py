"""Bodies of the acts on certificates: confirmation, acceptance, transfer.

An act that answers another names it by the hex SHA-256 of that entry's signed payload, which both sides
know before the log has given it an index.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tallystick.finance.bank_records import Recorded
from tallystick.finance.calendars.bodies import CalendarName, NoCalendar
from tallystick.finance.calendars.days import Roll
from tallystick.finance.calendars.payment import RolledDays
from tallystick.finance.hops.bodies import Evidence, Sale
from tallystick.finance.receivables.budgets import splits_default
from tallystick.finance.trade.documents import Currency, DocumentName, LineNumber
from tallystick.ledger import Body, Handle, Hex32, Instant, MoneyDate, Text

#: One certificate holds at most 10^11 minor units (the Exchange's sub-bill interval has 12 digits).
face_max = 10**11
confirm_lines_max = 1000

Amount = Annotated[int, Field(gt=0, le=face_max, description="minor units of the currency")]
#: Zones that a certificate may name: the same on every machine, by the locked time zone data.
Zone = Literal[
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Etc/UTC",
]
CertificateName = Annotated[str, Field(max_length=300, pattern=r"^[^\s#/]+/[^\s#]+#C-[0-9]+$")]
#: Why a term longer than the rule's ordinary one is reasonable (银发〔2025〕77号 art. 11).
TermReason = Literal[
    "long-production", "project-milestones", "seasonal-trade", "agreed-in-contract"
]
OfferHours = Annotated[int, Field(ge=1, le=24 * 30)]


class ConfirmLine(Body):
    """How much of the confirmed amount rests on one invoice line."""

    line: LineNumber
    amount: Amount


class ConfirmPropose(Body):
    """Body of `finance.confirm.propose/1`, by a maker of the buyer named in the invoice.

    Lines add up to `amount`. `paying_bank` is the only one that may state payment at maturity. `due_on` is the
    nominal due date; `roll`, `calendar` and `rolled_days` say what becomes of it where it is no business day.
    `splits`: the certificate's budget of splits, by rule `tallystick/split-budget/1`.
    """

    invoice: DocumentName
    amount: Amount
    currency: Currency
    due_on: MoneyDate
    zone: Zone = "Asia/Shanghai"
    paying_bank: Handle
    term_reason: TermReason | None = None
    roll: Roll = "none"
    calendar: CalendarName | NoCalendar = "none"
    rolled_days: RolledDays = "holders"
    splits: Annotated[int, Field(ge=0, le=splits_default)] = splits_default
    lines: Annotated[tuple[ConfirmLine, ...], Field(min_length=1, max_length=confirm_lines_max)]


class ConfirmApprove(Body):
    """Body of `finance.confirm.approve/1`, by a checker of the same organisation."""

    proposal: Hex32


class CertificateAccept(Body):
    """Body of `finance.certificate.accept/1`, by the original holder (签收)."""

    certificate: CertificateName


class CertificateRefuse(Body):
    """Body of `finance.certificate.refuse/1`, by the original holder."""

    certificate: CertificateName
    reason: Text | None = None


class TransferOffer(Body):
    """Body of `finance.transfer.offer/1`, by the holder.

    `evidence`: the trade on which this hop rests, adding up to `amount`; or `sale`: a funder sells to another.
    """

    certificate: CertificateName
    amount: Amount
    to: Handle
    evidence: Evidence = ()
    sale: Sale | None = None
    valid_hours: OfferHours = 24 * 7


class TransferAccept(Recorded):
    """Body of `finance.transfer.accept/1`, by the organisation to which it was offered.

    `payment`: of a sale, hex SHA-256 of the buyer's bank record that the price was paid at `paid_at`.
    """

    evidence_field: ClassVar[str] = "payment"
    offer: Hex32
    payment: Hex32 | None = None
    paid_at: Instant | None = None


class TransferRefuse(Body):
    """Body of `finance.transfer.refuse/1`, by the organisation to which it was offered."""

    offer: Hex32
    reason: Text | None = None


class TransferWithdraw(Body):
    """Body of `finance.transfer.withdraw/1`, by the holder that offered."""

    offer: Hex32
