"""Bodies of the acts that hold units where they are, or end what is owed on them.

An act that answers another names it by the hex SHA-256 of that entry's signed payload.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.finance.financing.acts import RegistrationNumber
from tallystick.finance.receivables.acts import Amount, CertificateName, OfferHours
from tallystick.ledger import Body, Handle, Hex32, MoneyDate

pledge_days_max = 730
lock_hours_max = 24 * 366
dispute_days_max = 60

#: The number of a court's case, as courts write it: no name, no free text.
CaseNumber = Annotated[
    str, Field(min_length=3, max_length=60, pattern=r"^[0-9A-Za-z\u4e00-\u9fff（）()〔〕\[\]./-]+$")
]
CancelReason = Literal["returned", "mistake", "replaced", "agreed"]
DisputeReason = Literal["quantity", "quality", "not-delivered", "price", "other"]


class PledgeOffer(Body):
    """Body of `finance.pledge.offer/1`, by the holder.

    `secures`: hex SHA-256 of the agreement whose debt is secured. The pledge ends `days` after it is accepted, if the
    pledgee has not released it before; units that are pledged when the certificate is due pay the pledgee.
    """

    certificate: CertificateName
    amount: Amount
    to: Handle
    secures: Hex32
    days: Annotated[int, Field(ge=1, le=pledge_days_max)]
    valid_hours: OfferHours = 24 * 7


class PledgeAccept(Body):
    """Body of `finance.pledge.accept/1`, by the pledgee; with its number in the public register (中登网)."""

    pledge: Hex32
    registration_number: RegistrationNumber


class PledgeAnswer(Body):
    """Body of `finance.pledge.refuse/1` and `release/1`, by the pledgee, and of `withdraw/1`, by the holder."""

    pledge: Hex32


class Lock(Body):
    """Body of `finance.lock/1`, by the holder: nobody moves these units for so many hours.

    `favour`: who may release them before that; without one nobody may.
    """

    certificate: CertificateName
    amount: Amount
    hours: Annotated[int, Field(ge=1, le=lock_hours_max)]
    favour: Handle | None = None


class LockRelease(Body):
    """Body of `finance.lock.release/1`, by the organisation in whose favour it is."""

    lock: Hex32


class FreezePropose(Body):
    """Body of `finance.freeze.propose/1`, by a person of the node that verified the holder.

    `order`: hex SHA-256 of the filed order; `amount`: up to which it freezes; `ends_on`: its last day.
    """

    certificate: CertificateName
    holder: Handle
    amount: Amount
    order: Hex32
    case: CaseNumber
    ends_on: MoneyDate


class FreezeChange(Body):
    """Body of `finance.freeze.change/1`: a later order extends a freeze to `ends_on`, or without one lifts it."""

    freeze: Hex32
    order: Hex32
    case: CaseNumber
    ends_on: MoneyDate | None = None


class FreezeApprove(Body):
    """Body of `finance.freeze.approve/1`, by a second person of the same node."""

    proposal: Hex32


class CancelPropose(Body):
    """Body of `finance.cancel.propose/1`, by the issuer or the original holder, to the other."""

    certificate: CertificateName
    amount: Amount
    reason: CancelReason
    valid_hours: OfferHours = 24 * 7


class CancelAnswer(Body):
    """Body of `finance.cancel.agree/1` and `decline/1`, by the other, and of `withdraw/1`, by whoever proposed."""

    cancellation: Hex32


class Dispute(Body):
    """Body of `finance.dispute/1`, by the issuer, once per certificate: what the original holder has not passed on.

    `evidence`: hex SHA-256 of the complaint. It ends after `days`, or before when it is withdrawn.
    """

    certificate: CertificateName
    amount: Amount
    reason: DisputeReason
    evidence: Hex32
    days: Annotated[int, Field(ge=1, le=dispute_days_max)] = 30


class DisputeWithdraw(Body):
    """Body of `finance.dispute.withdraw/1`, by the issuer."""

    dispute: Hex32
