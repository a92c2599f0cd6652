"""Bodies of standing policies, of what a core enterprise asks before its certificates live, and of waivers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tallystick.finance.calendars.bodies import CalendarName, NoCalendar
from tallystick.finance.calendars.days import Roll
from tallystick.finance.calendars.payment import RolledDays
from tallystick.finance.receivables.acts import (
    Amount,
    CertificateName,
    ConfirmLine,
    TermReason,
    Zone,
    confirm_lines_max,
)
from tallystick.finance.trade.documents import Currency, DocumentName
from tallystick.ledger import AttachmentRef, Body, Handle, Hex32, MoneyDate

#: What one policy may confirm in all: more than a certificate, less than what loses precision anywhere.
policy_total_max = 10**15
suppliers_max = 500

Cap = Annotated[int, Field(gt=0, le=policy_total_max, description="minor units of the currency")]
#: How well the goods behind a certificate are proven, the weakest first: see `policies.grades`.
EvidenceGrade = Literal["document", "statement", "device", "traced", "inspected"]
PolicyName = Annotated[str, Field(max_length=300, pattern=r"^[^\s#/]+/[^\s#]+#SP-[0-9]+$")]
WaiverName = Annotated[str, Field(max_length=300, pattern=r"^[^\s#/]+/[^\s#]+#W-[0-9]+$")]


class PolicyPropose(Body):
    """Body of `finance.policy.propose/1`, by a maker of the core enterprise.

    `service`: the core's own device of purpose `service` that may execute it. Caps count what was issued under the
    policy, in `currency`; a day is one of `zone`. `until`: the last day, within twelve months. No `suppliers`: any.
    Holders of what it issues are shown its terms, and nobody else its caps.
    """

    in_parts: ClassVar[bool] = True
    organisation: Handle
    service: Handle
    currency: Currency
    certificate_max: Amount
    supplier_max: Cap
    day_max: Cap
    total_max: Cap
    until: MoneyDate
    evidence: EvidenceGrade
    term_days_max: Annotated[int, Field(ge=1, le=365)]
    term_reason: TermReason | None = None
    zone: Zone = "Asia/Shanghai"
    paying_bank: Handle
    roll: Roll = "none"
    calendar: CalendarName | NoCalendar = "none"
    rolled_days: RolledDays = "holders"
    suppliers: Annotated[tuple[Handle, ...], Field(max_length=suppliers_max)] = ()


class PolicyApprove(Body):
    """Body of `finance.policy.approve/1`, by a checker of the same organisation, another person."""

    in_parts: ClassVar[bool] = True
    proposal: Hex32


class PolicyStop(Body):
    """Body of `finance.policy.stop/1`, by one officer, maker or checker of the organisation; at once."""

    policy: PolicyName
    reason: Literal["mistake", "suspected", "replaced", "not-needed"]


class PolicyConfirm(Body):
    """Body of `finance.policy.confirm/1`, by the core's service: confirm an invoice under a standing policy.

    Lines add up to `amount`; zone, paying bank, calendar and reason are the policy's.
    """

    in_parts: ClassVar[bool] = True
    policy: PolicyName
    invoice: DocumentName
    amount: Amount
    due_on: MoneyDate
    lines: Annotated[tuple[ConfirmLine, ...], Field(min_length=1, max_length=confirm_lines_max)]


class WaiverRegister(Body):
    """Body of `finance.waiver.register/1`, by a maker, checker or officer of the core enterprise.

    A versioned text in which it waives defences, as its own lawyers wrote it. `sha256`: of the text's bytes.
    `review`: hex SHA-256 of the deployment's legal review, which stays outside the log.
    """

    organisation: Handle
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    sha256: Hex32
    text: AttachmentRef
    review: Hex32


class ConditionsPropose(Body):
    """Body of `finance.conditions.propose/1`, by a maker: what holds for every certificate issued from then on.

    `erp_block`: none lives before the ERP said that its invoice is blocked for ordinary payment and not assigned
    elsewhere. `waiver`: the text that the two persons sign by this.
    """

    organisation: Handle
    erp_block: bool
    waiver: WaiverName | None = None


class ConditionsApprove(Body):
    """Body of `finance.conditions.approve/1`, by a checker of the same organisation, another person."""

    proposal: Hex32


class ErpConfirm(Body):
    """Body of `finance.erp.confirm/1`, by a service of the issuer, or one of its makers, checkers or finance clerks.

    What the ERP says of the invoice behind an offered certificate. `reference`: hex SHA-256 of its answer.
    """

    certificate: CertificateName
    blocked: bool
    unassigned: bool
    reference: Hex32


class NoticeGive(Body):
    """Body of `finance.notice.give/1`, by a maker, checker or finance clerk of who gave or took units, or its service.

    The debtor is told of one assignment. `hop`: index of the entry by which `amount` moved to `to`.
    """

    certificate: CertificateName
    hop: Annotated[int, Field(ge=0, le=2**53 - 1)]
    to: Handle
    amount: Amount


class NoticeAcknowledge(Body):
    """Body of `finance.notice.acknowledge/1`, by a maker, checker or finance clerk of the issuer, or its service.

    The debtor has the notice of one assignment (债权转让通知书). `hop`: index of the entry by which units moved.
    """

    certificate: CertificateName
    hop: Annotated[int, Field(ge=0, le=2**53 - 1)]
