"""Bodies of the acts by which keys are replaced, and bound to certificates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.bodies import AddKey
from tallystick.ledger import AttachmentRef, Body, Count, Hex32, Instant, KeyRef, Text

certificate_chars_max = 8192
chain_max = 4
signature_chars_max = 1024
_base64 = r"^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$"

#: DER (RFC 5280) in standard base64.
Certificate = Annotated[str, Field(min_length=4, max_length=certificate_chars_max, pattern=_base64)]


class RotateKey(AddKey):
    """`key` replaces `old`, which is valid up to and including this entry.

    The old key signs, the new one, and for a person or device the organisation. The new key may sign no more
    than the old one.
    """

    old: KeyRef
    suspect_from: Count | None = None


class ListAnchor(Body):
    """The root authority lists a certification authority; its name is how people call it."""

    certificate: Certificate
    name: Text


class WithdrawAnchor(Body):
    """No further key is bound under it; bindings that were made stay, and show when."""

    anchor: Hex32
    reason: Literal["distrusted", "replaced", "ended"]


class CertificateStatus(Body):
    """What the CA answered about the certificate, and when: OCSP (RFC 6960) or CRL (RFC 5280); kept by its digest.

    `time`: its `thisUpdate`, at which the CA knew this; not after the entry, and at most 31 days before.
    """

    kind: Literal["ocsp", "crl"]
    time: Instant
    answer: AttachmentRef


class BindKey(Body):
    """A key that the log knows is bound, once, to a certificate of a listed CA.

    `chain`: the subject's certificate first, then intermediate ones; with a `status`, its issuer's is the second,
    the CA's own where that issued it. `signature`: by the certificate's key over
    `binding.binding_bytes`; so the UKey signs once, and never again for the log.
    """

    key: KeyRef
    anchor: Hex32
    chain: Annotated[tuple[Certificate, ...], Field(min_length=1, max_length=chain_max)]
    signature: Annotated[str, Field(max_length=signature_chars_max, pattern=_base64)]
    status: CertificateStatus | None = None
