"""What the finance endpoints answer. Amounts are integers of the minor unit, beside them the text."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from tallystick.finance.calendars.payment import Status
from tallystick.finance.money.amounts import format_amount
from tallystick.finance.money.words import capitals
from tallystick.finance.reading.agreement_views import Agreement
from tallystick.finance.reading.certificate_views import Backing, CertificateView
from tallystick.finance.reading.confirmation_views import Stuck, ToConfirm, ToConfirmShow
from tallystick.finance.reading.hold_views import Hold
from tallystick.finance.reading.pages import Page
from tallystick.finance.reading.trade_views import DocumentView, MatchView


class PaymentModel(BaseModel):
    """When a certificate is paid: `fixed` once, `expected` by the newest version, or `provisional` beyond its tables.

    `fixes_on`: the day on which the date is or was fixed. `covered`: whether a table said so. `overdue`: since when.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    on: str
    status: Status
    calendar: str
    version: int
    covered: bool
    fixes_on: str
    overdue: str


class HoldModel(BaseModel):
    """A pledge, lock, freeze, dispute or cancellation; `name` is what an answer to it names."""

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    row: dict[str, Any]

    @classmethod
    def of(cls, hold: Hold) -> HoldModel:
        return cls(kind=hold.kind, name=hold.name, row=dict(hold.row))


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class NamesModel(Model):
    """Names, and the mark of the next page."""

    names: list[str]
    after: str | None

    @classmethod
    def of(cls, page: Page[str]) -> NamesModel:
        return cls(names=list(page.rows), after=page.after)


class DocumentModel(Model):
    """A trade document: its head and its lines by number."""

    kind: str
    name: str
    head: dict[str, Any]
    lines: dict[int, dict[str, Any]]

    @classmethod
    def of(cls, view: DocumentView) -> DocumentModel:
        lines = {number: dict(line) for number, line in view.lines.items()}
        return cls(kind=view.kind, name=view.name, head=dict(view.head), lines=lines)


class DocumentsModel(Model):
    documents: list[DocumentModel]
    after: str | None

    @classmethod
    def of(cls, page: Page[DocumentView]) -> DocumentsModel:
        return cls(documents=[DocumentModel.of(row) for row in page.rows], after=page.after)


class AgreementModel(Model):
    """A proposal between two firms; `proposal` is what an answer names."""

    proposal: str
    row: dict[str, Any]


class AgreementsModel(Model):
    agreements: list[AgreementModel]
    after: str | None

    @classmethod
    def of(cls, page: Page[Agreement]) -> AgreementsModel:
        rows = [AgreementModel(proposal=one.name, row=dict(one.row)) for one in page.rows]
        return cls(agreements=rows, after=page.after)


class MatchLineModel(Model):
    """`carried`, `set_off`: quantity and money that certificates on credited invoices of the order line hold already."""

    line: int
    status: str
    reasons: list[str]
    billable: int
    carried: int
    scale: int
    gross: int
    confirmed: int
    confirmable: int
    net: int
    tax: int
    set_off: int
    waiting: int
    retained: int


class MatchModel(Model):
    """`release` says for each reason what would end it; `policy`: the version of the tolerances that were used."""

    invoice: str
    currency: str
    policy: int
    status: str
    gross: int
    confirmable: int
    reasons: list[str]
    release: dict[str, str]
    lines: list[MatchLineModel]

    @classmethod
    def of(cls, view: MatchView) -> MatchModel:
        match = view.match
        return cls(
            invoice=view.invoice,
            currency=view.currency,
            policy=match.policy,
            status=match.status,
            gross=match.gross,
            confirmable=match.confirmable,
            reasons=list(match.reasons),
            release=dict(view.release),
            lines=[MatchLineModel.model_validate(line) for line in match.lines],
        )


class ToConfirmModel(Model):
    """An invoice to the reader's organisation. `confirmable`: now; `proposed`: how much open proposals name already;
    `release` says for each reason what would end it."""

    invoice: str
    number: str
    seller: str
    invoiced_on: str
    currency: str
    standing: ToConfirmShow
    status: str
    reasons: list[str]
    release: dict[str, str]
    gross: int
    confirmable: int
    proposed: int

    @classmethod
    def of(cls, view: ToConfirm) -> ToConfirmModel:
        head, match = view.head, view.match.match
        return cls(
            invoice=view.invoice,
            number=head["number"],
            seller=head["seller"],
            invoiced_on=head["invoiced_on"],
            currency=view.match.currency,
            standing=view.standing,
            status=match.status,
            reasons=list(match.reasons),
            release=dict(view.match.release),
            gross=match.gross,
            confirmable=match.confirmable,
            proposed=view.proposed,
        )


class ToConfirmsModel(Model):
    """A page; with `after` there is more, even where no invoice stands on this one."""

    invoices: list[ToConfirmModel]
    after: str | None


class ProposedModel(Model):
    """A confirmation that waits for a second person; `proposal` is what an approval names, `stuck` why none can be
    given as things stand."""

    proposal: str
    stuck: list[Stuck]
    row: dict[str, Any]


class ProposedsModel(Model):
    proposals: list[ProposedModel]
    after: str | None


class HoldingModel(Model):
    start: int
    end: int
    amount: int
    holder: str
    state: str
    lock: str
    batch: str


class InterestModel(Model):
    """Interest of one quote that the debtor bears or is asked to bear; `owed` from the disbursement on."""

    quote: str
    bank: str
    holder: str
    amount: int
    discount: int
    rate_ppm: int
    value_on: str
    until: str
    status: str
    agreed: bool
    index: int
    proposals: dict[str, dict[str, Any]]
    owed: dict[str, Any] | None
    overdue: bool


class CertificateModel(Model):
    """A certificate with everything that happened to it, as far as the reader may see it."""

    name: str
    head: dict[str, Any]
    face_text: str
    face_capitals: str | None
    payment: PaymentModel
    holders: dict[str, int]
    holdings: list[HoldingModel]
    transfers: list[dict[str, Any]]
    offers: list[dict[str, Any]]
    financings: list[dict[str, Any]]
    claims: dict[str, dict[str, Any]]
    payouts: list[dict[str, Any]]
    held: list[dict[str, Any]]
    holds: list[HoldModel]
    splits: dict[str, int]
    interests: list[InterestModel]

    @classmethod
    def of(cls, view: CertificateView) -> CertificateModel:
        face, currency = view.head["face"], view.head["currency"]
        return cls(
            name=view.name,
            head=dict(view.head),
            face_text=format_amount(face, currency),
            face_capitals=capitals(face) if currency == "CNY" else None,
            payment=PaymentModel.model_validate(view.payment),
            holders=dict(view.holders),
            holdings=[HoldingModel.model_validate(holding) for holding in view.holdings],
            transfers=[dict(row) for row in view.transfers],
            offers=[dict(row) for row in view.offers],
            financings=[dict(row) for row in view.financings],
            claims={holder: dict(row) for holder, row in view.claims.items()},
            payouts=[dict(row) for row in view.payouts],
            held=[dict(row) for row in view.held],
            holds=[HoldModel.of(hold) for hold in view.holds],
            splits=dict(view.splits),
            interests=[InterestModel.model_validate(one) for one in view.interests],
        )


class ReceiptLineModel(Model):
    part: str
    quantity: int
    evidence: str
    event: str
    device: str
    items: list[str]
    lots: list[str]


class BackingModel(Model):
    start: int
    end: int
    invoice: str
    line: int
    order: str
    order_line: int
    quantity: int
    receipts: list[ReceiptLineModel]


class LineageModel(Model):
    """What the units of a certificate rest on, from the lowest unit up."""

    certificate: str
    backing: list[BackingModel]

    @classmethod
    def of(cls, name: str, backing: tuple[Backing, ...]) -> LineageModel:
        return cls(certificate=name, backing=[BackingModel.model_validate(row) for row in backing])
