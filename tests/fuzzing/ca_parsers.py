"""Parsers of certificates, and of what CAs answer about them: OCSP responses and CRLs, of SM2 too."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import cache, partial

from cryptography.hazmat.primitives.serialization import Encoding
from tests.fuzzing.engine import Parser
from tests.identity.keys import sm_authority
from tests.identity.keys.answering import Says, crl, delegated
from tests.identity.keys.authority import Issued, chain, issue, name
from tests.identity.keys.sm_authority import SmIssued, signature

from tallystick.identity import BindKey, CertificateStatus
from tallystick.identity.keys import answers, certificates, sm
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


@cache
def _of_sm2() -> tuple[SmIssued, SmIssued]:
    authority = sm_authority.issue(name("CA"), ca=True)
    return sm_authority.issue(name("F"), authority), authority


@cache
def _sm2_answers() -> list[bytes]:
    leaf, authority = _of_sm2()
    by_responder = sm_authority.response(leaf, authority, sm_authority.delegated(authority))
    other = sm_authority.issue(name("G"), authority)
    return [
        sm_authority.response(leaf, authority),
        by_responder,
        sm_authority.crl(authority),
        sm_authority.crl(authority, other),
    ]


def _certificates() -> list[bytes]:
    classical = [one.certificate.public_bytes(Encoding.DER) for one in _issued()]
    return [*classical, *(one.der for one in _of_sm2())]


def _read(data: bytes) -> object:
    return certificates.read(base64.b64encode(data).decode())


def _bound(data: bytes) -> object:
    """Signed: whatever binds is what its CA signed."""
    leaf, authority = _of_sm2()
    found = certificates.read(base64.b64encode(data).decode())
    path = sm.check([found], authority.certificate, "2026-03-01T00:00:00.000Z")
    path.require_signed(signature(leaf.secret, b"to bind"), b"to bind")
    certificates.subject(found)
    return found.tbs_certificate_bytes


def _admitted(issued: Callable[[], Sequence[str]], data: bytes) -> object:
    """Signed: whatever is admitted of a changed one is what was signed."""
    found = answers.read_ca_answer(data)
    answer = Attachment("application/octet-stream", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(data))
    status = CertificateStatus(kind=found.kind, time=found.time, answer=ref)
    body = BindKey(
        key="300:99.100/O-1", anchor="0" * 64, chain=tuple(issued()), signature="AAAA",
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
        partial(_admitted, lambda: chain(*_issued())),
        lambda: [*_responses(), *_lists()],
        "meaning",
    ),
    "identity.keys.answers.read_ca_answer,of SM2": Parser(
        partial(_admitted, lambda: sm_authority.chain(*_of_sm2())), _sm2_answers, "meaning"
    ),
    "identity.keys.certificates.read,bytes": Parser(_read, _certificates),
    "identity.keys.certificates.read,bound": Parser(_bound, lambda: [_of_sm2()[0].der], "meaning"),
}
