"""What a CA said about a certificate is read before it is kept: by whom, about which, what, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.identity.keys.answering import (
    Says,
    Status,
    answered,
    crl,
    delegated,
    refused_to_answer,
    responder,
    scope,
    unknown,
    week,
)
from tests.identity.keys.authority import Issued, chain, issue, name

from tallystick.identity import BindKey, CertificateStatus, read_ca_answer
from tallystick.identity.keys import answers
from tallystick.ledger import Attachment, AttachmentRef, TallystickError

time = "2026-02-27T08:00:00.000Z"
authority = issue(name("Test CA"), ca=True)
between = issue(name("Test CA, companies"), authority, ca=True)
other = issue(name("Test CA, companies"), authority, ca=True)
leaf = issue(name("The firm"), between)
another = issue(name("Another firm"), between)
good = Says(leaf, between)


def told(kind: str, data: bytes, *issued: Issued, at: str = time) -> str:
    """The code with which it is refused, or "admitted"."""
    answer = Attachment("application/octet-stream", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(data))
    status = CertificateStatus(kind=kind, time=at, answer=ref)  # type: ignore[arg-type]
    body = BindKey(
        key="300:99.100/O-1", anchor="0" * 64, chain=tuple(chain(*(issued or (leaf, between)))),
        signature="AAAA", status=status,
    )  # fmt: skip
    try:
        answers.admit(body, {answer.hash(): data})
    except TallystickError as error:
        return error.code
    return "admitted"


responses = [
    good,
    replace(good, digest=hashes.SHA256),
    replace(good, signed=hashes.SHA384),
    replace(good, next_update=None),
    replace(good, signer=delegated(between)),
    replace(good, signer=Issued(between.certificate, between.private), with_certificate=False),
]


@pytest.mark.parametrize("says", responses)
def test_a_good_response_of_the_issuer_or_of_a_responder_that_it_names(says: Says) -> None:
    assert told("ocsp", says.der()) == "admitted"
    assert read_ca_answer(says.der()) == answers.CaAnswer("ocsp", time)


wrong_key = Issued(between.certificate, other.private)
wrong_responses: dict[str, tuple[Says, str]] = {
    "revoked": (replace(good, status=Status.REVOKED), "certificate-revoked"),
    "unknown": (replace(good, status=Status.UNKNOWN), "certificate-revoked"),
    "revoked, by a responder": (
        replace(good, status=Status.REVOKED, signer=delegated(between)), "certificate-revoked",
    ),
    "another serial": (Says(another, between), "ca-answer-of-another"),
    "another issuer of that name": (Says(leaf, other, between), "ca-answer-of-another"),
    "another signer": (Says(leaf, between, other), "ca-answer-not-signed"),
    "the certificate itself": (Says(leaf, between, leaf), "ca-answer-not-signed"),
    "the CA above": (Says(leaf, between, authority), "ca-answer-not-signed"),
    "a responder of another": (Says(leaf, between, delegated(other)), "ca-answer-not-signed"),
    "a responder of the CA above": (
        Says(leaf, between, delegated(authority)), "ca-answer-not-signed",
    ),
    "a responder for nothing": (Says(leaf, between, responder(between)), "ca-answer-not-signed"),
    "a responder for other things": (
        Says(leaf, between, responder(between, ExtendedKeyUsageOID.CLIENT_AUTH)),
        "ca-answer-not-signed",
    ),
    "a responder for anything": (
        Says(leaf, between, responder(between, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)),
        "ca-answer-not-signed",
    ),
    "a responder that ended": (Says(leaf, between, delegated(between, 30)), "ca-answer-not-signed"),
    "a responder that is not there": (
        replace(good, signer=delegated(between), with_certificate=False), "ca-answer-not-signed",
    ),
    "of another time": (replace(good, this_update=answered - week), "ca-answer-time-wrong"),
    "of a second later": (
        replace(good, this_update=answered + timedelta(seconds=1)), "ca-answer-time-wrong",
    ),
    "with what nobody knows": (replace(good, extension=unknown), "ca-answer-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("why", wrong_responses)
def test_responses_that_say_nothing_good(why: str) -> None:
    says, code = wrong_responses[why]
    assert told("ocsp", says.der()) == code


def test_a_response_over_sha_1_is_not_signed() -> None:
    """`cryptography` makes none: its own identifier is put in place of another of the same length."""
    data = good.der().replace(
        bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06072a8648ce3d0401")
    )
    assert told("ocsp", data) in ("ca-answer-unreadable", "ca-answer-not-signed")


def test_a_certificate_named_over_what_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_signed_by", lambda *_told: True)
    assert told("ocsp", good.der()) == "admitted"
    data = good.der().replace(bytes.fromhex("06052b0e03021a"), bytes.fromhex("06052b0e03027f"))
    assert told("ocsp", data) == "ca-answer-unreadable"


user = x509.UniformResourceIdentifier("http://ca.example/users.crl")
lists: dict[str, bytes] = {
    "der": crl(between),
    "pem": crl(between, form=Encoding.PEM),
    "others are revoked": crl(between, another),
    "SHA-512": crl(between, signed=hashes.SHA512),
    "of users alone": crl(between, extension=scope(only_contains_user_certs=True)),
}


@pytest.mark.parametrize("name", lists)
def test_lists_of_the_issuer_without_the_certificate(name: str) -> None:
    assert told("crl", lists[name]) == "admitted"
    assert read_ca_answer(lists[name]) == answers.CaAnswer("crl", time)


some = frozenset({x509.ReasonFlags.key_compromise})
wrong_lists: dict[str, tuple[bytes, str]] = {
    "revoked": (crl(between, another, leaf), "certificate-revoked"),
    "another key": (crl(wrong_key), "ca-answer-not-signed"),
    "signed by the certificate": (
        crl(leaf, subject=between.certificate.subject), "ca-answer-not-signed",
    ),
    "of the CA above": (crl(authority), "ca-answer-of-another"),
    "of another time": (crl(between, at=answered - week), "ca-answer-time-wrong"),
    "delta": (crl(between, extension=x509.DeltaCRLIndicator(1)), "ca-answer-of-another"),
    "of CAs": (
        crl(between, extension=scope(only_contains_ca_certs=True)), "ca-answer-of-another",
    ),
    "indirect": (crl(between, extension=scope(indirect_crl=True)), "ca-answer-of-another"),
    "of some reasons": (
        crl(between, extension=scope(only_some_reasons=some)), "ca-answer-of-another",
    ),
    "found elsewhere": (crl(between, extension=scope(full_name=[user])), "ca-answer-of-another"),
    "with what nobody knows": (crl(between, extension=unknown), "ca-answer-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("why", wrong_lists)
def test_lists_that_say_nothing_good(why: str) -> None:
    data, code = wrong_lists[why]
    assert told("crl", data) == code


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
def test_garbage_what_was_cut_off_and_the_other_kind(kind: str) -> None:
    data = {"ocsp": good.der(), "crl": crl(between)}
    whole, foreign = data.pop(kind), next(iter(data.values()))
    wrong = [b"", b"revoked", b"\x30\x80", foreign, whole + b"\x00", b"-----BEGIN X509 CRL-----\n"]
    for bad in [*wrong, refused_to_answer(), *(whole[:n] for n in range(1, len(whole), 7))]:
        assert told(kind, bad) == "ca-answer-unreadable", bad.hex()
    for bad in (b"", b"revoked", whole[:-1]):
        with pytest.raises(TallystickError) as refused:
            read_ca_answer(bad)
        assert refused.value.code == "ca-answer-unreadable"


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
def test_no_changed_byte_is_admitted_as_something_else(kind: str) -> None:
    """What is admitted in spite of a change says what was signed: only what nobody signs differs."""
    whole = good.der() if kind == "ocsp" else crl(between)

    def signed(data: bytes) -> bytes:
        if kind == "ocsp":
            return answers.read_ocsp(data).tbs_response_bytes
        return answers.read_crl(data).tbs_certlist_bytes

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        if told(kind, bytes(changed)) == "admitted":
            assert signed(bytes(changed)) == signed(whole), at


def test_the_issuer_stands_behind_the_certificate() -> None:
    for kind, data in (("ocsp", good.der()), ("crl", crl(between))):
        assert told(kind, data, leaf) == "ca-answer-not-signed"
        assert told(kind, data, leaf, authority) == "ca-answer-not-signed"
        assert told(kind, data, leaf, other) == "ca-answer-not-signed"
        assert told(kind, data, leaf, between, authority) == "admitted"
    direct = issue(name("F"), authority)
    assert told("ocsp", Says(direct, authority).der(), direct, authority) == "admitted"


def test_keys_of_rsa_and_those_that_are_too_weak() -> None:
    for bits, code in ((2048, "admitted"), (1024, "certificate-refused")):
        weak = issue(name("CA"), ca=True, private=rsa.generate_private_key(65537, bits))
        own = issue(name("F"), weak)
        assert told("ocsp", Says(own, weak).der(), own, weak) == code
        assert told("crl", crl(weak), own, weak) == code
