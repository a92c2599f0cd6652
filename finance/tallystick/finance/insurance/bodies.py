"""Bodies of the entries of insurance, from the terms of a cover to the payment of a claim."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.accounts.bodies import AccountName
from tallystick.finance.bank_records import Evidenced
from tallystick.finance.receivables.acts import Amount, CertificateName, OfferHours, Zone
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Handle, Hex32, Instant, MoneyDate, Text

debtors_max = 200
#: A limit covers many certificates of one debtor.
limit_max = 10**15
ppm = 1_000_000
#: What becomes of the recourse on units that the insurer pays for: whoever stands in for them owes it to the insurer, or
#: to nobody any more.
CoveredRecourse = Literal["passes", "ends"]


class InsuredDebtor(Body):
    """So much of what a debtor owes in a currency can be insured at once."""

    debtor: Handle
    currency: Currency
    limit: Annotated[int, Field(gt=0, le=limit_max)]


class CoverPropose(Body):
    """Body of `finance.insurance.propose/1`, by a maker of the insurer: the terms of a cover.

    `share_ppm`: the insured share of a loss. The debtor has `grace_days` behind the day of a notice to pay what is
    overdue; a claim waits until `waiting_days` behind the payment date are over, too. The insurer pays within
    `payment_days` behind its decision, and `penalty_day_ppm` a day on what it pays later; with
    `recourse: passes` whoever stands in for the units by recourse owes it to the insurer. The insured has
    `valid_hours` behind the approval to accept.
    """

    insured: Handle
    debtors: Annotated[tuple[InsuredDebtor, ...], Field(min_length=1, max_length=debtors_max)]
    share_ppm: Annotated[int, Field(gt=0, le=ppm)]
    valid_from: MoneyDate
    expires_on: MoneyDate
    zone: Zone = "Asia/Shanghai"
    grace_days: Annotated[int, Field(ge=0, le=180)]
    waiting_days: Annotated[int, Field(ge=0, le=360)]
    payment_days: Annotated[int, Field(ge=1, le=180)]
    recourse: CoveredRecourse = "ends"
    penalty_day_ppm: Annotated[int, Field(ge=0, le=10_000)] = 0
    valid_hours: OfferHours = 24 * 7


class CoverApprove(Body):
    """Body of `finance.insurance.approve/1`, by a checker of the insurer: another person than who proposed."""

    proposal: Hex32


class CoverAnswer(Body):
    """Body of `finance.insurance.answer/1`, by the insured."""

    cover: Hex32
    accepted: bool


class CoverDeclare(Body):
    """Body of `finance.insurance.declare/1` (申报), by the insured: so much of what it holds is insured from now on."""

    cover: Hex32
    certificate: CertificateName
    amount: Amount


class DunningNotice(Body):
    """Body of `finance.insurance.notice/1` (催收), by the insured, to the debtor: pay what is overdue.

    It does not say that anything is insured; the insurer reads it, too.
    """

    certificate: CertificateName


class InsuranceClaim(Body):
    """Body of `finance.insurance.claim/1`, by the insured: what is unpaid of the insured units, and its insured share."""

    notice: Hex32
    insurer: Handle
    certificate: CertificateName
    currency: Currency
    loss_minor: Amount
    amount_minor: Amount


class ClaimDecide(Body):
    """Body of `finance.insurance.decide/1`, by a maker of the insurer. Whatever it does not accept needs a reason."""

    claim: Hex32
    accepted_minor: Annotated[int, Field(ge=0, le=limit_max)]
    reason: Text | None = None


class ClaimApprove(Body):
    """Body of `finance.insurance.decide.approve/1`, by a checker of the insurer: another person than who decided."""

    proposal: Hex32


class ClaimPaid(Evidenced):
    """Body of `finance.insurance.paid/1`, by the insurer or the insured, never by the debtor.

    `amount_minor`: what is due on the claim. `penalty_minor`: what the insurer owes because it paid late, beside it.
    `account`: where it went, if the insured has an account on record. `evidence`: hex SHA-256 of their bank record.
    """

    claim: Hex32
    currency: Currency
    amount_minor: Amount
    penalty_minor: Annotated[int, Field(ge=0, le=limit_max)] = 0
    account: AccountName | None = None
    paid_at: Instant
