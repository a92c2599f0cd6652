"""Bodies of the acts of settlement."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.finance.bank_records import Evidenced, MayBeEvidenced
from tallystick.finance.financing.acts import ReturnReason
from tallystick.finance.receivables.acts import Amount, CertificateName
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Count, Handle, Hex32, Instant, MoneyDate

#: One payment run of a debtor's day may exceed a single certificate many times over.
run_amount_max = 10**15
receipts_max = 1000


class Pay(Evidenced):
    """Body of `finance.pay/1`, by the paying bank at or after maturity."""

    certificate: CertificateName
    amount_minor: Amount
    paid_at: Instant


class PayDue(Evidenced):
    """Body of `finance.pay.due/1`, by the paying bank: one amount for all that a debtor had to pay on `pays_on`.

    It is divided over the holders of all these certificates by largest remainder, within a holder over its holdings
    by the same rule, and within a holding to the lowest cents.
    """

    issuer: Handle
    currency: Currency
    pays_on: MoneyDate
    amount_minor: Annotated[int, Field(gt=0, le=run_amount_max)]
    paid_at: Instant


class PayLate(Evidenced):
    """Body of `finance.pay.late/1`, by the paying bank: late interest on what was paid behind the payment date."""

    certificate: CertificateName
    amount_minor: Amount
    paid_at: Instant


class Payment(Body):
    """A payment to one party: the entry's index, and the part of it that went on this certificate."""

    certificate: CertificateName
    index: Count


class Received(MayBeEvidenced):
    """Body of `finance.pay.receive/1`, by the payee or the bank that keeps its account: these payments arrived."""

    payee: Handle
    payments: Annotated[tuple[Payment, ...], Field(min_length=1, max_length=receipts_max)]


class Returned(Evidenced):
    """Body of `finance.pay.return/1` (退汇), by the paying bank or the bank that keeps the payee's account.

    Exactly the cents of that payment are owed again; `amount_minor` says how many.
    """

    payment: Payment
    payee: Handle
    amount_minor: Amount
    reason: ReturnReason
    returned_at: Instant


class RecourseDemand(Body):
    """Body of `finance.recourse.demand/1`, by the holder after default: asks whoever sold it with recourse."""

    certificate: CertificateName
    party: Handle


class RecourseReceived(Evidenced):
    """Body of `finance.recourse.receive/1`, by the holder that was paid: evidence of the payee itself.

    So many units, the lowest of those for which the party stands in, are that party's from this index on.
    """

    demand: Hex32
    amount_minor: Amount
    paid_at: Instant
