"""Keys bound to certificates: whose, under whom, when, and signed by the certificate's key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID
from tests.identity.keys.answering import Says, Status, week
from tests.identity.keys.authority import Issued, begin, chain, issue, name
from tests.identity.keys.says import code, row_of, say
from tests.ledger.world import World, core, key, node, root

from tallystick.identity import (
    BindKey,
    CertificateStatus,
    ListAnchor,
    RegisterOrganisation,
    RevokeKey,
    WithdrawAnchor,
    binding_bytes,
    key_at,
    uscc_with_check,
)
from tallystick.ledger import Attachment, AttachmentRef

number = uscc_with_check("91350211M000100Y4")
firm = "99.100/O-FIRM000000000"
organisation = (NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{number}")
authority = issue(name("Test CA"), ca=True)
between = issue(name("Test CA, companies"), authority, ca=True)
leaf = issue(name("The firm", organisation), between)


@pytest.fixture
def world(world: World) -> World:
    """The CA is listed; a firm with a checked number has a key."""
    told = RegisterOrganisation(
        organisation=firm, name={"zh": "厂"}, scheme="uscc", number=number, capacities=("supplier",)
    )
    world.add(node, "identity.organisation.register/1", told)
    world.add_key(node, firm)
    world.add(root, "identity.anchor.list/1", listed(authority))
    world.clock.set("2026-03-01T00:00:00.000Z")
    world.ledger.seal(force=True)
    return world


def listed(one: Issued) -> ListAnchor:
    return ListAnchor(certificate=one.text, name="Test CA")


def bound(world: World, *issued: Issued, **change: Any) -> BindKey:
    """The binding of the firm's key by the first of these certificates."""
    reference = change.pop("key", f"300:{firm}")
    told = (world.origin, reference, key(reference).private.public.fingerprint(), firm)
    signature = issued[0].sign(change.pop("message", binding_bytes(*told)))
    anchor = change.pop("anchor", authority.sha256)
    return BindKey(
        key=reference, anchor=anchor, chain=chain(*issued), signature=signature, **change
    )  # fmt: skip


def bind(world: World, body: BindKey, by: str = firm) -> str:
    return code(world, say(world, by, "key.bind", body))


def test_a_key_is_bound_once_and_answers_say_so_from_then_on(world: World) -> None:
    reference = f"300:{firm}"
    assert bind(world, bound(world, leaf, between)) == "accepted"
    row = row_of(world, reference)["bound"]
    assert (row["number"], row["authority"], row["anchor"]) == (number, "Test CA", authority.sha256)
    assert row["certificate"] == leaf.sha256
    with world.reader.open() as snapshot:
        before, now = (key_at(snapshot.view, reference, row["index"] + n) for n in (-1, 0))
    assert (before.document()["binding"], before.document()["certificate"]) == ("self-held", None)
    assert now.document()["binding"] == "CA-bound"
    assert bind(world, bound(world, leaf, between)) == "already-registered"
    world.ledger.seal()
    world.audit()


@pytest.mark.parametrize(
    "made",
    [
        issue(name("F", (NameOID.SERIAL_NUMBER, number)), between),
        issue(name("F"), between, code=number),
        issue(name("F", organisation), between, private=rsa.generate_private_key(65537, 2048)),
    ],
)
def test_where_the_number_stands_and_which_keys(world: World, made: Issued) -> None:
    assert bind(world, bound(world, made, between)) == "accepted"


other = issue(name("Other CA"), ca=True)
person = (NameOID.GIVEN_NAME, "San")
refused: dict[str, tuple[Issued, ...]] = {
    "another number": (issue(name("F", (NameOID.SERIAL_NUMBER, number[:-1] + "0")), between), between),
    "no number": (issue(name(number), between), between),
    "another CA": (issue(name("F", organisation), other),),
    "signed by itself": (issue(name("F", organisation)),),
    "without the one between": (leaf,),
    "ended": (issue(name("F", organisation), between, days=30), between),
    "a person": (issue(name("F", organisation, person), between), between),
    "a CA": (issue(name("F", organisation), between, ca=True), between),
    "not for signing": (issue(name("F", organisation), between, signing=False), between),
    "issued by no CA": (issue(name("F", organisation), leaf), leaf, between),
    "a weak key": (
        issue(name("F", organisation), between, private=rsa.generate_private_key(65537, 1024)),
        between,
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", refused)
def test_certificates_that_bind_nothing(world: World, why: str) -> None:
    assert bind(world, bound(world, *refused[why])) == "certificate-refused"
    assert "bound" not in row_of(world, f"300:{firm}")


def test_the_certificates_key_signs_for_this_log_key_and_organisation(world: World) -> None:
    fingerprint = key(f"300:{firm}").private.public.fingerprint()
    for told in (
        ("log.example/elsewhere", f"300:{firm}", fingerprint, firm),
        (world.origin, f"301:{firm}", fingerprint, firm),
        (world.origin, f"300:{firm}", "0" * 64, firm),
        (world.origin, f"300:{firm}", fingerprint, core),
    ):
        body = bound(world, leaf, between, message=binding_bytes(*told))
        assert bind(world, body) == "certificate-refused"


def test_time_at_the_edges(world: World) -> None:
    """Ledger time decides: in its first and last second, and not one later."""
    end = begin.replace(year=2026, month=5, day=1)
    short = issue(name("F", organisation), between, days=(end - begin).days)
    world.clock.set("2026-05-01T00:00:01.000Z")
    world.ledger.seal(force=True)
    assert bind(world, bound(world, short, between)) == "certificate-refused"
    later = issue(name("F", organisation), between, days=(end - begin).days + 1)
    assert bind(world, bound(world, later, between)) == "accepted"


def answered(data: bytes, at: str, *issued: Issued, world: World) -> str:
    """What becomes of a binding with this OCSP response."""
    answer = Attachment("application/ocsp-response", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(answer.data))
    status = CertificateStatus(kind="ocsp", time=at, answer=ref)
    body = bound(world, *issued, status=status)
    return code(world, world.author(firm).write("identity.key.bind/1", body, attachments=[answer]))


def says(at: str, status: Status = Status.GOOD, by: Issued = between) -> bytes:
    moment = datetime.fromisoformat(at)
    return Says(leaf, by, status=status, this_update=moment, next_update=moment + week).der()


def test_the_answer_of_the_ca_is_kept_by_digest_with_its_time(world: World) -> None:
    early, late = "2026-02-28T23:59:59.000Z", "2026-03-02T00:00:00.000Z"
    old, edge = "2026-01-28T23:59:59.000Z", "2026-01-29T00:00:00.000Z"
    for at in (late, old):
        assert answered(says(at), at, leaf, between, world=world) == "certificate-refused"
    for data, at, told in (
        (says(early, Status.REVOKED), early, "certificate-revoked"),
        (b"good", early, "ca-answer-unreadable"),
        (says(edge), early, "ca-answer-time-wrong"),
    ):
        assert answered(data, at, leaf, between, world=world) == told
    assert "bound" not in row_of(world, f"300:{firm}")
    assert answered(says(early), early, leaf, between, world=world) == "accepted"
    kept = row_of(world, f"300:{firm}")["bound"]["status"]
    assert (kept["kind"], kept["time"]) == ("ocsp", early)
    world.ledger.seal()
    world.audit()


def test_an_answer_is_of_the_issuer_that_the_listed_ca_vouches_for(world: World) -> None:
    """What it rests on is on the way to that CA: not only in the chain, with the issuer's name and key."""
    at = "2026-02-28T23:59:59.000Z"
    false = issue(between.certificate.subject, ca=True, private=between.private, days=30)
    data = says(at, by=false)
    assert answered(data, at, leaf, false, between, world=world) == "certificate-refused"
    assert answered(data, at, leaf, between, false, world=world) == "accepted"


def test_a_certificate_of_the_listed_ca_itself(world: World) -> None:
    at = "2026-02-28T23:59:59.000Z"
    direct, moment = issue(name("F", organisation), authority), datetime.fromisoformat(at)
    data = Says(direct, authority, this_update=moment, next_update=None).der()
    assert answered(data, at, direct, world=world) == "certificate-refused"
    assert answered(data, at, direct, authority, world=world) == "accepted"


def test_only_the_organisation_binds_and_no_revoked_key(world: World) -> None:
    body = bound(world, leaf, between)
    assert bind(world, body, core) == "not-entitled"
    assert bind(world, body, node) == "not-entitled"
    world.add_key(firm, firm, index=301)
    world.add(firm, "identity.key.revoke/1", RevokeKey(key=f"301:{firm}", reason="retired"))
    assert bind(world, bound(world, leaf, between, key=f"301:{firm}")) == "rotation-refused"
    assert bind(world, bound(world, leaf, between, key=f"309:{firm}")) == "unknown-party"


def test_the_root_authority_lists_and_withdraws(world: World) -> None:
    def said(by: str, kind: str, body: Any) -> str:
        return code(world, say(world, by, f"anchor.{kind}", body))

    assert said(node, "list", listed(other)) == "not-entitled"
    assert said(root, "list", listed(authority)) == "trust-anchor-refused"
    assert said(root, "list", listed(leaf)) == "certificate-refused"
    assert said(root, "list", ListAnchor(certificate="AAAA", name="x")) == "certificate-refused"
    gone = WithdrawAnchor(anchor=authority.sha256, reason="distrusted")
    assert said(node, "withdraw", gone) == "not-entitled"
    assert bind(world, bound(world, leaf, between, anchor="0" * 64)) == "trust-anchor-refused"
    assert said(root, "withdraw", gone) == "accepted"
    assert bind(world, bound(world, leaf, between)) == "trust-anchor-refused"
    assert said(root, "withdraw", gone) == "trust-anchor-refused"


def test_a_key_of_another_kind_is_named(world: World, tmp_path: Path) -> None:
    own = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(name("F")).issuer_name(name("F"))
    made = (
        builder.public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin.replace(year=2027))
        .sign(own, None)
    )
    odd = Issued(made, leaf.private)
    assert bind(world, bound(world, odd)) == "certificate-refused"
