"""What a CA of SM2 said about a certificate: signed with SM2 by the issuer, or by a responder that it named."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.identity.keys import answering, authority
from tests.identity.keys.answering import Says, Status, answered, scope, unknown, week
from tests.identity.keys.authority import Issued, name
from tests.identity.keys.openssl_ca import OpensslCa, ca_extensions, leaf_extensions, openssl_ca
from tests.identity.keys.sm_authority import (
    SmIssued,
    crl,
    delegated,
    issue,
    made,
    named_with_null,
    response,
    with_id,
)

from tallystick.identity import BindKey, CertificateStatus, read_ca_answer
from tallystick.identity.keys import answers, certificates
from tallystick.ledger import Attachment, AttachmentRef, SuiteLacking, TallystickError
from tallystick.ledger.sm import libcrypto

time = "2026-02-27T08:00:00.000Z"
root = issue(name("CA"), ca=True)
between = issue(name("CA, companies"), root, ca=True)
other = issue(name("CA, companies"), root, ca=True)
leaf = issue(name("The firm"), between)
another = issue(name("Another firm"), between)


def told(kind: str, data: bytes, *issued: SmIssued | Issued, at: str = time) -> str:
    """The code with which it is refused, or "admitted"."""
    chain = tuple(one.text for one in issued or (leaf, between))
    return of_chain(kind, data, chain, at)


def of_chain(kind: str, data: bytes, chain: tuple[str, ...], at: str) -> str:
    answer = Attachment("application/octet-stream", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(data))
    status = CertificateStatus(kind=kind, time=at, answer=ref)  # type: ignore[arg-type]
    body = BindKey(
        key="300:99.100/O-1", anchor="0" * 64, chain=chain, signature="AAAA", status=status
    )
    try:
        answers.admit(body, {answer.hash(): data})
    except TallystickError as error:
        return error.code
    return "admitted"


@pytest.mark.parametrize(
    "data",
    [
        response(leaf, between),
        response(leaf, between, digest=hashes.SHA256),
        response(leaf, between, next_update=None),
        response(leaf, between, delegated(between)),
    ],
)
def test_good_responses(data: bytes) -> None:
    assert told("ocsp", data) == "admitted"
    assert read_ca_answer(data) == answers.CaAnswer("ocsp", time)


def for_nothing() -> SmIssued:
    return made(answering.responder(between.twin, ExtendedKeyUsageOID.CLIENT_AUTH), between)


def another_id() -> SmIssued:
    return SmIssued(
        between.certificate, with_id(between.secret, "ALICE123@YAHOO.COM"), between.twin
    )


wrong_responses: dict[str, tuple[bytes, str]] = {
    "revoked": (response(leaf, between, status=Status.REVOKED), "certificate-revoked"),
    "revoked, by a responder": (
        response(leaf, between, delegated(between), status=Status.REVOKED), "certificate-revoked",
    ),
    "another serial": (response(another, between), "ca-answer-of-another"),
    "another issuer of that name": (response(leaf, other, between), "ca-answer-of-another"),
    "another signer": (response(leaf, between, other), "ca-answer-not-signed"),
    "the certificate itself": (response(leaf, between, leaf), "ca-answer-not-signed"),
    "the CA above": (response(leaf, between, root), "ca-answer-not-signed"),
    "another user ID": (response(leaf, between, another_id()), "ca-answer-not-signed"),
    "a responder of another": (response(leaf, between, delegated(other)), "ca-answer-not-signed"),
    "a responder for other things": (response(leaf, between, for_nothing()), "ca-answer-not-signed"),
    "a responder that ended": (response(leaf, between, delegated(between, 30)), "ca-answer-not-signed"),
    "signed with P-256": (Says(leaf.twin, between.twin).der(), "ca-answer-not-signed"),
    "of another time": (response(leaf, between, this_update=answered - week), "ca-answer-time-wrong"),
    "with what nobody knows": (response(leaf, between, extension=unknown), "ca-answer-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("why", wrong_responses)
def test_responses_that_say_nothing_good(why: str) -> None:
    data, code = wrong_responses[why]
    assert told("ocsp", data) == code


@pytest.mark.parametrize("data", [crl(between), crl(between, another)])
def test_good_lists(data: bytes) -> None:
    assert told("crl", data) == "admitted"
    assert read_ca_answer(data) == answers.CaAnswer("crl", time)


odd = bytes.fromhex("300c06082a811ccf550183750400")
wrong_lists: dict[str, tuple[bytes, str]] = {
    "revoked": (crl(between, another, leaf), "certificate-revoked"),
    "another key": (crl(other), "ca-answer-not-signed"),
    "another user ID": (crl(another_id()), "ca-answer-not-signed"),
    "two algorithms": (crl(between, algorithm=named_with_null), "ca-answer-unreadable"),
    "other parameters": (crl(between, algorithm=odd, beside=odd), "ca-answer-not-signed"),
    "signed with P-256": (answering.crl(between.twin), "ca-answer-not-signed"),
    "of the CA above": (crl(root), "ca-answer-of-another"),
    "of another time": (crl(between, at=answered - week), "ca-answer-time-wrong"),
    "delta": (crl(between, extension=x509.DeltaCRLIndicator(1)), "ca-answer-of-another"),
    "of CAs": (crl(between, extension=scope(only_contains_ca_certs=True)), "ca-answer-of-another"),
}  # fmt: skip


@pytest.mark.parametrize("why", wrong_lists)
def test_lists_that_say_nothing_good(why: str) -> None:
    data, code = wrong_lists[why]
    assert told("crl", data) == code


def test_an_answer_is_of_sm2_exactly_if_the_issuer_is() -> None:
    ca = authority.issue(name("CA"), ca=True)
    twin = authority.issue(name("F"), ca)
    one = SmIssued(twin.certificate, leaf.secret, twin)
    by = SmIssued(ca.certificate, between.secret, ca)
    assert told("ocsp", response(one, by), twin, ca) == "ca-answer-not-signed"
    assert told("crl", crl(by), twin, ca) == "ca-answer-not-signed"
    assert told("ocsp", response(leaf, between), leaf.twin, between) == "ca-answer-not-signed"
    assert told("ocsp", response(leaf, between), leaf, between.twin) == "ca-answer-not-signed"
    assert told("crl", crl(between), leaf) == "ca-answer-not-signed"


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
def test_no_changed_byte_is_admitted_as_something_else(kind: str) -> None:
    whole = response(leaf, between, delegated(between)) if kind == "ocsp" else crl(between)

    def signed(data: bytes) -> bytes:
        if kind == "ocsp":
            return answers.read_ocsp(data).tbs_response_bytes
        return answers.read_crl(data).tbs_certlist_bytes

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        if told(kind, bytes(changed)) == "admitted":
            assert signed(bytes(changed)) == signed(whole), at


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
def test_without_the_suite_nothing_is_said(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    data = {"ocsp": response(leaf, between), "crl": crl(between)}
    monkeypatch.setenv(libcrypto.library_setting, "none")
    assert told(kind, data[kind]) == SuiteLacking.code


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    ca = openssl_ca(tmp_path_factory.mktemp("openssl"))
    ca.root("CA")
    ca.issue("Companies", "CA", extensions=ca_extensions)
    ca.issue("Firm", "Companies")
    ca.issue(
        "Responder", "Companies", extensions=(*leaf_extensions, "extendedKeyUsage=OCSPSigning")
    )
    ca.issue("Other", "Companies", extensions=ca_extensions)
    return ca


def openssl_said(ca: OpensslCa, kind: str, data: bytes) -> str:
    chain = tuple(_text(ca.folder / f"{one}.pem") for one in ("Firm", "Companies"))
    return of_chain(kind, data, chain, read_ca_answer(data).time)


def _text(file: Path) -> str:
    pem = file.read_text()
    return "".join(pem.split("-----")[2].split())


def test_what_openssl_answers(openssl: OpensslCa) -> None:
    """A certificate named over SHA-1, and over SM3, for which `cryptography` has no name."""
    assert certificates.read(_text(openssl.folder / "Firm.pem")) == openssl.certificate("Firm")
    for digest in ("sha1", "sha256", "sm3"):
        for signer in ("", "Responder"):
            good = openssl.response("Firm", "Companies", signer=signer, digest=digest)
            assert openssl_said(openssl, "ocsp", good) == "admitted", (digest, signer)
        other = openssl.response("Other", "Companies", digest=digest)
        assert openssl_said(openssl, "ocsp", other) == "ca-answer-of-another", digest
        gone = openssl.response("Firm", "Companies", digest=digest, revoked=True)
        assert openssl_said(openssl, "ocsp", gone) == "certificate-revoked", digest
    wrong = openssl.response("Firm", "Companies", signer="Other")
    assert openssl_said(openssl, "ocsp", wrong) == "ca-answer-not-signed"


def test_what_openssl_lists(openssl: OpensslCa) -> None:
    assert openssl_said(openssl, "crl", openssl.crl("Companies", "Other")) == "admitted"
    assert openssl_said(openssl, "crl", openssl.crl("Companies", "Firm")) == "certificate-revoked"
    assert openssl_said(openssl, "crl", openssl.crl("CA")) == "ca-answer-of-another"
    other_id = openssl.crl("Companies", user_id="ALICE123@YAHOO.COM")
    assert openssl_said(openssl, "crl", other_id) == "ca-answer-not-signed"
