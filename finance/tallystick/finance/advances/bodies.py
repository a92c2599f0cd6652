"""Bodies of the entries of a facility on one order, and of the advances drawn under it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from tallystick.finance.accounts.bodies import AccountName
from tallystick.finance.bank_records import Evidenced
from tallystick.finance.financing.acts import Basis, DeclineReason, RatePpm, Rounding
from tallystick.finance.receivables.acts import Amount, OfferHours, Zone
from tallystick.finance.trade.documents import Currency, DocumentName, Ppm
from tallystick.ledger import Body, Handle, Hex32, Instant, MoneyDate

purchases_max, despatches_max = 50, 100
#: What the borrower signs with every advance: cents of the order's certificates go to the funder when they are accepted.
mandate: Final = "tallystick/advance-mandate/1"


class Milestones(Body):
    """The share of the order's value that may be outstanding once something is proven; never less at a later one."""

    accepted: Ppm = 200_000
    material: Ppm = 400_000
    work: Ppm = 600_000
    shipped: Ppm = 750_000
    confirmed: Ppm = 950_000

    @model_validator(mode="after")
    def _rises(self) -> Milestones:
        shares = list(self.model_dump().values())
        if shares != sorted(shares):
            raise ValueError("a later milestone has a smaller share")
        return self


class FacilityRequest(Body):
    """Body of `finance.facility.request/1`, by the order's seller, who would borrow.

    `purchases`: its own orders for the materials of this order (BOM); what is drawn pays their suppliers alone.
    """

    order: DocumentName
    funder: Handle
    limit: Amount
    purchases: Annotated[tuple[DocumentName, ...], Field(min_length=1, max_length=purchases_max)]
    valid_hours: OfferHours = 24 * 7


class FacilityDecline(Body):
    """Body of `finance.facility.decline/1`, by the funder that was asked: it offers no terms."""

    facility: Hex32
    reason: DeclineReason | None = None


class FacilityPropose(Body):
    """Body of `finance.facility.propose/1`, by a maker of the funder: its terms.

    Interest is simple: principal x days x `rate_ppm` a year by `basis`, rounded half-up once on the sum of all days.
    Advances are drawn until the end of `available_until`; what is owed on `repay_on` is overdue behind it. `account`:
    the borrower's own, to which the order's buyer pays, and from which the advances are repaid.
    """

    facility: Hex32
    limit: Amount
    rate_ppm: RatePpm
    basis: Basis = "ACT/360"
    rounding: Rounding = "half-up"
    milestones: Milestones = Milestones()
    zone: Zone = "Asia/Shanghai"
    available_until: MoneyDate
    repay_on: MoneyDate
    account: AccountName


class FacilityApprove(Body):
    """Body of `finance.facility.approve/1`, by a checker of the funder: another person."""

    proposal: Hex32


class FacilityAccept(Body):
    """Body of `finance.facility.accept/1`, by the borrower."""

    facility: Hex32


class AdvanceDraw(Body):
    """Body of `finance.advance.draw/1`, by the borrower: pay so much of this purchase to its supplier.

    `mandate`: from the certificates of the order, cents worth what is owed go to the funder in the entry by which the
    borrower accepts them. `despatches`: those of the order that a carrier's device scanned, where shipping is relied on.
    """

    facility: Hex32
    purchase: DocumentName
    amount: Amount
    despatches: Annotated[tuple[DocumentName, ...], Field(max_length=despatches_max)] = ()
    mandate: Literal["tallystick/advance-mandate/1"]
    valid_hours: OfferHours = 24 * 3


class AdvanceInstruct(Body):
    """Body of `finance.advance.instruct/1`, by the funder: the payment is on its way, and has no end by itself."""

    facility: Hex32
    advance: Hex32


class AdvancePaid(Evidenced):
    """Body of `finance.advance.paid/1`, by the funder or the supplier, never by the borrower."""

    facility: Hex32
    advance: Hex32
    currency: Currency
    amount: Amount
    paid_at: Instant


class AdvanceUnpaid(Body):
    """Body of `finance.advance.unpaid/1`, by the funder: it was not paid and will not be."""

    facility: Hex32
    advance: Hex32


class AdvanceRepaid(Evidenced):
    """Body of `finance.advance.repaid/1`, by the funder: so much came in through the named account."""

    facility: Hex32
    account: AccountName
    currency: Currency
    amount: Amount
    paid_at: Instant
