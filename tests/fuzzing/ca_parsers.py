"""Parsers of what CAs answer about certificates: OCSP responses and CRLs."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding
from tests.fuzzing.engine import Parser
from tests.identity.keys.answering import Says, crl, delegated
from tests.identity.keys.authority import Issued, chain, issue, name

from tallystick.identity import BindKey, CertificateStatus
from tallystick.identity.keys import answers
from tallystick.ledger import Attachment, AttachmentRef


@cache
def _issued() -> tuple[Issued, Issued]:
    """A firm's certificate and its issuer's."""
    authority = issue(name("CA"), ca=True)
    return issue(name("F"), authority), authority


@cache
def _responses() -> list[bytes]:
    leaf, authority = _issued()
    return [Says(leaf, authority).der(), Says(leaf, authority, delegated(authority)).der()]


@cache
def _lists() -> list[bytes]:
    _, authority = _issued()
    other = issue(name("G"), authority)
    return [crl(authority), crl(authority, other), crl(authority, form=Encoding.PEM)]


def _admitted(data: bytes) -> object:
    """Signed: whatever is admitted of a changed one is what was signed."""
    found = answers.read_ca_answer(data)
    answer = Attachment("application/octet-stream", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(data))
    status = CertificateStatus(kind=found.kind, time=found.time, answer=ref)
    body = BindKey(
        key="300:99.100/O-1", anchor="0" * 64, chain=tuple(chain(*_issued())), signature="AAAA",
        status=status,
    )  # fmt: skip
    answers.admit(body, {answer.hash(): data})
    if found.kind == "ocsp":
        return answers.read_ocsp(data).tbs_response_bytes
    return answers.read_crl(data).tbs_certlist_bytes


parsers = {
    "identity.keys.answers.read_ocsp": Parser(answers.read_ocsp, _responses),
    "identity.keys.answers.read_crl": Parser(answers.read_crl, _lists),
    "identity.keys.answers.read_ca_answer": Parser(
        answers.read_ca_answer, lambda: [*_responses(), *_lists()]
    ),
    "identity.keys.answers.read_ca_answer,admitted": Parser(
        _admitted, lambda: [*_responses(), *_lists()], "meaning"
    ),
}
