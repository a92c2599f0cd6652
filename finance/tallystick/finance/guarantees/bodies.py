"""Bodies of the entries of a guarantee, from the applicant's request to its end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tallystick.finance.bank_records import Evidenced
from tallystick.finance.receivables.acts import Amount, OfferHours, Zone
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Handle, Hex32, Instant, MoneyDate, Text

documents_max, reasons_max, reductions_max = 20, 20, 20
examine_days_max = 30

Underlying = Literal["order", "contract", "certificate"]
UnderlyingName = Annotated[str, Field(max_length=400, pattern=r"^[^\s#/]+/[^\s#]+(#[^\s#]+){1,2}$")]
DocumentTitle = Annotated[str, Field(min_length=1, max_length=120)]
DocumentTitles = Annotated[tuple[DocumentTitle, ...], Field(max_length=documents_max)]
ExamineDays = Annotated[int, Field(ge=1, le=examine_days_max)]


class Form(Body):
    """The form that governs a guarantee: its name, as `URDG 758`, and the digest of the text that was agreed."""

    name: DocumentTitle
    sha256: Hex32


class Reduction(Body):
    """From the beginning of a day on, so much less can be demanded."""

    on: MoneyDate
    amount: Amount


class Presented(Body):
    """A document that goes with a demand: its title as the guarantee lists it, and its digest."""

    title: DocumentTitle
    sha256: Hex32


class GuaranteeRequest(Body):
    """Body of `finance.guarantee.request/1`, by the applicant: asks a bank to issue exactly this.

    `name` is the order, contract or certificate that it secures, of which applicant and beneficiary are parties.
    `documents`: titles of what a demand presents. The bank answers a demand within `examine_days` calendar days
    behind the day of its presentation. Days are those of `zone`. The bank has `valid_hours` to issue.
    """

    underlying: Underlying
    name: UnderlyingName
    bank: Handle
    beneficiary: Handle
    currency: Currency
    amount: Amount
    valid_from: MoneyDate
    expires_on: MoneyDate
    zone: Zone = "Asia/Shanghai"
    examine_days: ExamineDays = 5
    documents: DocumentTitles
    form: Form
    reductions: Annotated[tuple[Reduction, ...], Field(max_length=reductions_max)] = ()
    valid_hours: OfferHours = 24 * 7


class GuaranteeDecline(Body):
    """Body of `finance.guarantee.decline/1`, by the bank."""

    guarantee: Hex32
    reason: Text | None = None


class GuaranteePropose(Body):
    """Body of `finance.guarantee.propose/1`, by a maker of the bank: issue it as it was requested."""

    guarantee: Hex32


class GuaranteeAmend(Body):
    """Body of `finance.guarantee.amend/1`, by a maker of the bank; what is not stated stays."""

    guarantee: Hex32
    amount: Amount | None = None
    expires_on: MoneyDate | None = None
    examine_days: ExamineDays | None = None
    documents: DocumentTitles | None = None

    @model_validator(mode="after")
    def _changes(self) -> GuaranteeAmend:
        if not self.model_dump(exclude={"guarantee"}, exclude_none=True):
            raise ValueError("an amendment changes something")
        return self


class GuaranteeApprove(Body):
    """Body of `finance.guarantee.approve/1`, by a checker of the bank: another person than who proposed."""

    proposal: Hex32


class AmendmentAnswer(Body):
    """Body of `finance.guarantee.answer/1`, by the beneficiary."""

    guarantee: Hex32
    amendment: Hex32
    accepted: bool


class GuaranteeDemand(Body):
    """Body of `finance.guarantee.demand/1`, by the beneficiary: all documents that the guarantee lists, and no other."""

    guarantee: Hex32
    amount: Amount
    documents: Annotated[tuple[Presented, ...], Field(max_length=documents_max)]


class DemandRefuse(Body):
    """Body of `finance.guarantee.refuse/1`, by the bank: every reason at once, since no second refusal follows."""

    guarantee: Hex32
    demand: Hex32
    reasons: Annotated[tuple[Text, ...], Field(min_length=1, max_length=reasons_max)]


class DemandPaid(Evidenced):
    """Body of `finance.guarantee.paid/1`, by the bank or the beneficiary, never by the applicant.

    `evidence`: hex SHA-256 of their bank record that the whole demand was paid at `paid_at`.
    """

    guarantee: Hex32
    demand: Hex32
    currency: Currency
    amount: Amount
    paid_at: Instant


class GuaranteeRelease(Body):
    """Body of `finance.guarantee.release/1`, by the beneficiary: so much less, or all that can still be demanded."""

    guarantee: Hex32
    amount: Amount | None = None
