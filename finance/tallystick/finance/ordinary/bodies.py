"""Bodies of what is said of ordinary payments."""

from __future__ import annotations

from typing import Literal

from tallystick.finance.bank_records import Evidenced, MayBeEvidenced
from tallystick.finance.financing.acts import PaymentReference
from tallystick.finance.receivables.acts import Amount, CertificateName
from tallystick.finance.trade.documents import Currency, DocumentName
from tallystick.ledger import Instant

Closing = Literal["paid-back", "set-off", "mistake"]


class OrdinaryPaid(Evidenced):
    """Body of `finance.ordinary.paid/1`: an invoice was paid in the ordinary way, beside what stands for it.

    By its buyer, its seller, or the paying bank of a certificate on it, which names the certificate. It settles nothing
    of any certificate. `reference`: the payment's end-to-end identifier; by the same one the other side says that it saw
    the same payment.
    """

    invoice: DocumentName
    certificate: CertificateName | None = None
    currency: Currency
    amount_minor: Amount
    reference: PaymentReference
    paid_at: Instant


class OrdinaryClose(MayBeEvidenced):
    """Body of `finance.ordinary.close/1`: what became of an ordinary payment.

    `paid-back`: by the buyer, which has its money again, with evidence. `set-off`: by the buyer, against another invoice
    of the same seller (`against`). `mistake`: by whoever stated it: there was no such payment.
    """

    invoice: DocumentName
    reference: PaymentReference
    how: Closing
    against: DocumentName | None = None
    at: Instant
