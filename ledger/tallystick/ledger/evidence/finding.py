"""An auditor's or mirror's signed statement that an entry of a log breaks a rule (ADR 0020).

A DSSE object over RFC 8785 bytes. Whoever holds the log up to this entry need not believe it; for everybody
else it says who says so.
"""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import Field, ValidationError

from tallystick.ledger import canonical
from tallystick.ledger.entry import pae
from tallystick.ledger.evidence.errors import EvidenceMalformed, EvidenceNotSigned
from tallystick.ledger.evidence.parts import Dsse, Origin
from tallystick.ledger.fields import Body, Count, Hex32, Instant
from tallystick.ledger.forms import EntryMalformed, strict_base64
from tallystick.ledger.keys import PrivateKey
from tallystick.ledger.note import Verifier, name_bytes_max

payload_type = "application/vnd.tallystick.finding+json"
words_chars_max = 1000
Words = Annotated[str, Field(max_length=words_chars_max)]


class Finding(Body):
    """What an auditor found at an index. `what`, `expected`, `found`: the words of the audit."""

    origin: Origin
    index: Count
    leaf_hash: Hex32
    what: Annotated[str, Field(min_length=1, max_length=200)]
    expected: Words
    found: Words
    time: Instant
    auditor: Annotated[str, Field(min_length=1, max_length=name_bytes_max)]


def sign_finding(finding: Finding, key: PrivateKey) -> Dsse:
    payload = finding.encode()
    signature = key.sign(pae(payload, payload_type))
    return Dsse.model_validate_json(
        canonical.encode(
            {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": payload_type,
                "signatures": [
                    {
                        "keyid": Verifier(finding.auditor, key.public).encode(),
                        "sig": base64.b64encode(signature).decode(),
                    }
                ],
            }
        )
    )


def open_finding(statement: Dsse, auditor: Verifier) -> Finding:
    """Raises `EvidenceMalformed` or `EvidenceNotSigned`."""
    try:
        payload = strict_base64(statement.payload, "payload")
        signature = strict_base64(statement.signatures[0].sig, "sig")
        canonical.decode_object(payload)
        finding = Finding.model_validate_json(payload)
    except (EntryMalformed, canonical.NotCanonical, ValidationError):
        raise EvidenceMalformed("the auditor's statement is not in its form") from None
    signed = auditor.key.verifies(signature, pae(payload, payload_type))
    if statement.payloadType != payload_type or finding.auditor != auditor.name or not signed:
        raise EvidenceNotSigned(f"{auditor.name} did not sign this statement")
    return finding
