"""Bodies of contracts, supplements, changes of orders, and of the answers to them.

A contract is the root of every order. It is named after the organisation that puts it on record,
`<author>#<number>`, and binds once the other party agreed. The body holds the terms by which orders and
certificates are judged; everything else is in the papers, which are attachments named by digest.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.trade.documents import (
    Currency,
    DocumentName,
    LineNumber,
    Number,
    OrderLine,
    document_lines_max,
)
from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, Instant, MoneyDate

papers_max = 20
payment_days_max = 3650
#: More than half kept back is no retention, but another price.
retention_ppm_max = 500_000
changes_max = 999
contract_total_max = 10**15

#: From which day the payment term runs: of the last receipt, or of the invoice.
PaymentFrom = Literal["receipt", "invoice"]
#: Whether the seller may assign its claims (Civil Code of the PRC, art. 545).
Assignment = Literal["free", "banned"]
#: What was found of signatures in a paper when it was put on record.
Verdict = Literal["valid", "untrusted", "invalid", "none", "seen-not-verified"]
ChangeNumber = Annotated[int, Field(ge=1, le=changes_max)]
#: The day of each month up to which goods are stated; 31 is the last one, 0 ends the use of statements.
StatementDay = Annotated[int, Field(ge=0, le=31)]
PaymentDays = Annotated[int, Field(ge=0, le=payment_days_max)]
RetentionDays = Annotated[int, Field(ge=0, le=payment_days_max)]
RetentionPpm = Annotated[
    int, Field(ge=0, le=retention_ppm_max, description="parts per million of a claim")
]
#: Why a proposal is refused; words that people write are no matter of a body.
Reason = Literal["price", "quantity", "date", "terms", "goods", "not-ours", "other"]


class Seal(Body):
    """The verdict on a paper's electronic signatures, as evidence of the time when it was looked at.

    `certificates` are SHA-256 digests of the signers' certificates: names stand in the paper alone.
    `whole`: whether the signatures cover every byte of it.
    """

    verdict: Verdict
    checked_at: Instant
    checker: Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9 .+-]+$")]
    signatures: Annotated[int, Field(ge=0, le=100)] = 0
    whole: bool = False
    certificates: Annotated[tuple[Hex32, ...], Field(max_length=20)] = ()


class Paper(Body):
    """A file of the contract. `digest`: hex SHA-256 of its bytes, by which both sides know it."""

    document: AttachmentRef
    digest: Hex32
    seal: Seal | None = None


Papers = Annotated[tuple[Paper, ...], Field(max_length=papers_max)]


class Contract(Body):
    """Body of `finance.contract/1` (基础合同). Without `valid_until` it runs until a supplement ends it.

    `retention_ppm`: the share (质保金) that the buyer keeps for `retention_days` from the receipt of the goods.
    `total`: what it is worth in all, in minor units; only then transfers can rest on the contract itself.
    """

    number: Number
    buyer: Handle
    seller: Handle
    currency: Currency
    signed_on: MoneyDate
    valid_from: MoneyDate
    valid_until: MoneyDate | None = None
    payment_days: PaymentDays
    payment_from: PaymentFrom = "invoice"
    assignment: Assignment = "free"
    retention_ppm: RetentionPpm = 0
    retention_days: RetentionDays = 0
    statement_day: StatementDay | None = None
    total: Annotated[int, Field(gt=0, le=contract_total_max)] | None = None
    papers: Papers = ()


class Supplement(Body):
    """Body of `finance.contract.supplement/1` (补充协议): the terms that it states replace the contract's."""

    contract: DocumentName
    number: ChangeNumber
    signed_on: MoneyDate
    valid_until: MoneyDate | None = None
    payment_days: PaymentDays | None = None
    payment_from: PaymentFrom | None = None
    assignment: Assignment | None = None
    retention_ppm: RetentionPpm | None = None
    retention_days: RetentionDays | None = None
    statement_day: StatementDay | None = None
    papers: Papers = ()


class OrderChange(Body):
    """Body of `finance.order.change/1`, by the buyer: lines as they shall stand, known or new ones."""

    order: DocumentName
    number: ChangeNumber
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=document_lines_max)]


class OrderCancel(Body):
    """Body of `finance.order.cancel/1`, by the buyer: what is still open of these lines, or of all."""

    order: DocumentName
    number: ChangeNumber
    lines: Annotated[tuple[LineNumber, ...], Field(max_length=document_lines_max)] = ()


class Agree(Body):
    """Body of `finance.agree/1`, by the firm to which it was proposed.

    `proposal` is the hex SHA-256 of the signed payload of the entry that proposes.
    """

    proposal: Hex32


class Decline(Body):
    """Body of `finance.decline/1`, by the firm to which it was proposed."""

    proposal: Hex32
    reason: Reason = "other"
