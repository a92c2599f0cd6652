"""Paths of certificates of SM2: which are good, what is wrong with each other one, and who signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.identity.keys import authority, sm_authority
from tests.identity.keys.authority import name
from tests.identity.keys.sm_authority import (
    SmIssued,
    element,
    issue,
    made,
    signature,
    with_id,
    with_signature,
)

from tallystick.identity.keys import sm
from tallystick.identity.keys.sm import der
from tallystick.ledger import TallystickError
from tallystick.ledger.sm.suite import Sm2Secret

time = "2026-03-01T00:00:00.000Z"
message = b"to bind"
root = issue(name("CA"), ca=True)
between = issue(name("CA, companies"), root, ca=True)
leaf = issue(name("The firm"), between)
other = issue(name("CA"), ca=True)
classical = authority.issue(name("CA"), ca=True)


def told(*chain: SmIssued | authority.Issued, under: SmIssued | authority.Issued = root) -> str:
    """What is wrong with it, or "good"."""
    certificates = [one.certificate for one in chain]
    try:
        path = sm.check(certificates, under.certificate, time)
        first = chain[0]
        bits = first.secret if isinstance(first, SmIssued) else Sm2Secret.generate()
        path.require_signed(signature(bits, message), message)
    except TallystickError as error:
        return error.detail
    return "good"


good: dict[str, tuple[SmIssued, ...]] = {
    "one between": (leaf, between),
    "none between": (issue(name("F"), root),),
    "with the CA's own": (leaf, between, root),
    "NULL as parameters": (made(leaf.twin, between, algorithm=sm_authority.named_with_null), between),
    "a purpose, critical": (
        issue(name("F"), root, more=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), True)]),
    ),
    "an unknown extension that is not critical": (
        issue(name("F"), root, more=[(x509.UnrecognizedExtension(authority.code_oid, b"\x05\x00"), False)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", good)
def test_good_paths(why: str) -> None:
    assert told(*good[why]) == "good"


def test_as_many_between_as_a_ca_allows_and_no_more() -> None:
    top = issue(name("A"), ca=True, length=1)
    second = issue(name("B"), top, ca=True, length=0)
    third = issue(name("C"), second, ca=True)
    again = issue(name("B"), second, ca=True)
    assert told(issue(name("F"), second), second, under=top) == "good"
    assert told(issue(name("F"), again), again, second, under=top) == "good"
    assert "certificate 3 (CN=B) allows 0 CAs below it" in told(
        issue(name("F"), third), third, second, under=top
    )
    chain = [issue(name("0"), ca=True)]
    for number in range(1, 5):
        chain.insert(0, issue(name(str(number)), chain[0], ca=True))
    assert told(issue(name("F"), chain[1]), *chain[1:4], under=chain[4]) == "good"
    assert told(issue(name("F"), chain[0]), *chain[:4], under=chain[4]).startswith(
        "more than 3 CAs"
    )


odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
names = x509.NameConstraints([x509.DNSName("ca.example")], None)
policies = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
early = issue(name("CA, early"), root, ca=True, days=30)
unable = issue(name("CA, unable"), root, ca=True, certifies=False)
no_ca = issue(name("No CA"), root)
named = issue(name("CA, names"), root, ca=True, more=[(names, False)])
policed = issue(name("CA, policies"), root, ca=True, more=[(policies, False)])
critical = issue(name("CA, critical"), root, ca=True, more=[(odd, True)])
purpose = issue(
    name("CA, purpose"), root, ca=True,
    more=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), True)],
)  # fmt: skip
spki_of_p256 = leaf.twin.private.public_key().public_bytes(
    Encoding.DER, PublicFormat.SubjectPublicKeyInfo
)
twice = made(leaf.twin, between, beside=sm_authority.named_with_null)
namesake = issue(between.certificate.subject, other, ca=True)
wrong: dict[str, tuple[str, tuple[SmIssued | authority.Issued, ...]]] = {
    "nothing between": ("does not name the next one", (leaf,)),
    "out of order": ("does not name the next one", (issue(name("F"), between), root, between)),
    "one besides": ("does not name the next one", (leaf, between, between)),
    "another CA of this name": ("does not name the next one", (issue(name("F"), other),)),
    "ended": ("certificate 1 (CN=F) is not valid then", (issue(name("F"), root, days=30),)),
    "ended between": ("certificate 2 (CN=CA\\, early) is not valid then", (issue(name("F"), early), early)),
    "of version 1": ("certificate 1 (CN=The firm) is not of version 3", (made(leaf.twin, between, version=1), between)),
    "no CA between": ("certificate 2 (CN=No CA) is no CA's", (issue(name("F"), no_ca), no_ca)),
    "no keyCertSign": ("does not say that its key signs", (issue(name("F"), unable), unable)),
    "name constraints": ("has nameConstraints", (issue(name("F"), named), named)),
    "policy constraints": ("has policyConstraints", (issue(name("F"), policed), policed)),
    "a critical extension between": ("critical extension 1.2.3.4", (issue(name("F"), critical), critical)),
    "a critical extension": ("critical extension 1.2.3.4", (issue(name("F"), root, more=[(odd, True)]),)),
    "a CA of one purpose": ("critical extension 2.5.29.37", (issue(name("F"), purpose), purpose)),
    "two algorithms": ("certificate 1 is not of SM2 alone", (twice, between)),
    "P-256 under SM2": ("certificate 1 is not of SM2 alone", (authority.issue(name("F"), root.twin),)),
    "a key of P-256, signed with SM2": (
        "certificate 1 is not of SM2 alone",
        (made(leaf.twin, between, key=spki_of_p256), between),
    ),
    "P-256 between": ("certificate 2 is not of SM2 alone", (leaf, between.twin)),
    "a key of SM2, signed with P-256": (
        "certificate 1 is not of SM2 alone",
        (made(leaf.twin, between, algorithm=bytes.fromhex("300a06082a8648ce3d040302")), between),
    ),
    "another key signed it": ("certificate 1 is not signed", (made(leaf.twin, between, signer=other.secret), between)),
    "another key signed between": (
        "certificate 2 is not signed",
        (leaf, with_signature(between, signature(other.secret, between.certificate.tbs_certificate_bytes))),
    ),
    "signed under another user ID": (
        "certificate 1 is not signed",
        (made(leaf.twin, between, signer=with_id(between.secret, "ALICE123@YAHOO.COM")), between),
    ),
    "another's signature": ("certificate 1 is not signed", (with_signature(leaf, between.certificate.signature), between)),
    "a signature of 64 bytes": ("certificate 1 is not signed", (with_signature(leaf, bytes(64)), between)),
    "more behind the signature": (
        "certificate 1 is not signed", (with_signature(leaf, leaf.certificate.signature + b"\x00"), between),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", wrong)
def test_wrong_paths(why: str) -> None:
    said, chain = wrong[why]
    assert said in told(*chain)


def test_the_ca_itself_is_of_sm2_and_valid() -> None:
    assert "certificate 3 is not of SM2 alone" in told(leaf, between, under=root.twin)
    old = issue(name("CA"), ca=True, days=30)
    assert "certificate 2 (CN=CA) is not valid then" in told(issue(name("F"), old), under=old)


def test_the_first_and_the_last_second() -> None:
    end = leaf.certificate.not_valid_after_utc
    chain = [leaf.certificate, between.certificate]
    for at, is_good in (
        (f"{end:%Y-%m-%dT%H:%M:%S}.999Z", True),
        (f"{end.replace(second=1):%Y-%m-%dT%H:%M:%S}.000Z", False),
        (f"{authority.begin:%Y-%m-%dT%H:%M:%S}.000Z", True),
        ("2024-12-31T23:59:59.999Z", False),
    ):
        try:
            sm.check(chain, root.certificate, at)
        except TallystickError:
            assert not is_good, at
        else:
            assert is_good, at


@pytest.mark.parametrize(
    "key",
    [
        "3059301306072a8648ce3d020106082a811ccf5501822d034200" + "06" + leaf.secret.raw.hex(),
        "3039301306072a8648ce3d020106082a811ccf5501822d032200" + "02" + "01" * 32,
        "3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04" + "01" * 64,
    ],
)
def test_a_key_that_is_no_point_or_not_written_out(key: str) -> None:
    bad = made(leaf.twin, between, key=bytes.fromhex(key))
    assert told(bad, between).startswith("its key")
    assert sm.is_sm2(bad.certificate)


def test_who_issued_is_named_and_signed_with_one_algorithm() -> None:
    """As it is asked of a responder, whose certificate stands in no path."""
    again = issue(between.certificate.subject, other, ca=True)
    same_key = SmIssued(again.certificate, between.secret, again.twin)
    renamed = made(authority.issue(name("Another"), ca=True), key=spki(between))
    assert sm.issued(leaf.certificate, between.certificate)
    assert not sm.issued(leaf.certificate, renamed.certificate)
    assert not sm.issued(leaf.certificate, same_key.certificate)
    assert not sm.issued(twice.certificate, between.certificate)


def spki(one: SmIssued) -> bytes:
    return der.parts(der.parts(one.der)[0])[6]


@pytest.mark.parametrize(
    "change",
    [
        lambda bits: element(0x30, bits[2:], b"\x02\x01\x01"),
        lambda bits: b"\x30\x81" + bits[1:],
        lambda bits: element(
            0x30, element(0x02, b"\x00" + bits[4 : 4 + bits[3]]), bits[4 + bits[3] :]
        ),
        lambda bits: element(0x31, bits[2:]),
        lambda _bits: element(0x30, b"\x02\x01\x00", b"\x02\x01\x01"),
        lambda _bits: element(0x30, b"\x02\x21\x01" + bytes(32), b"\x02\x01\x01"),
        lambda _bits: element(0x30, b"\x02\x01\xff", b"\x02\x01\x01"),
        lambda _bits: b"",
    ],
)
def test_a_signature_is_written_in_one_way(change: Callable[[bytes], bytes]) -> None:
    """Another spelling of the same numbers is none, nor are numbers beyond their range."""
    bits = next(
        bits for _ in range(64)
        if (bits := signature(between.secret, leaf.certificate.tbs_certificate_bytes))[4] != 0
    )  # fmt: skip
    assert sm.issued(with_signature(leaf, bits).certificate, between.certificate)
    changed = with_signature(leaf, change(bits))
    assert not sm.issued(changed.certificate, between.certificate)


def test_no_changed_bit_of_a_signature_is_one() -> None:
    bits = leaf.certificate.signature
    for at in range(0, 8 * len(bits), 5):
        changed = bytearray(bits)
        changed[at // 8] ^= 1 << at % 8
        assert not sm.issued(with_signature(leaf, bytes(changed)).certificate, between.certificate)


def test_an_identifier_of_another_issuer() -> None:
    """Where a certificate tells its issuer's key, number or issuer, they are that one's."""
    own = between.certificate

    def issued(*told: Any) -> SmIssued:
        twin = authority.issue(
            name("F"), between.twin, identifier=x509.AuthorityKeyIdentifier(*told)
        )
        return made(twin, between)

    above, number = [x509.DirectoryName(own.issuer)], own.serial_number
    assert told(issued(None, above, number), between) == "good"
    assert "does not name" in told(issued(None, above, number + 1), between)
    assert "does not name" in told(issued(None, [x509.DirectoryName(own.subject)], number), between)
    assert "does not name" in told(issued(b"another key", None, None), between)
