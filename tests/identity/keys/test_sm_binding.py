"""Keys bound to certificates of SM2, where the log admits them, and what binds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.keys import authority
from tests.identity.keys.answering import Status
from tests.identity.keys.authority import name
from tests.identity.keys.says import code, row_of, say
from tests.identity.keys.sm_authority import SmIssued, made, with_id
from tests.identity.keys.sm_bound import (
    answered,
    at,
    between,
    bind,
    bound,
    ca,
    classical,
    firm,
    leaf,
    listed,
    message,
    number,
    organisation,
    populated,
    reference,
    refused,
    said_good,
)
from tests.ledger.world import World, root

from tallystick.identity import (
    BindKey,
)
from tallystick.ledger import (
    SM2,
    StreamAuthor,
    Submission,
    suites,
)
from tallystick.ledger.sm import libcrypto


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))
    return populated(made, ca, classical)


@pytest.fixture
def without_sm2(tmp_path: Path, sqlite_url: str) -> World:
    return populated(World(sqlite_url, tmp_path / "home"), classical)


def test_a_key_is_bound_to_a_certificate_of_sm2(world: World) -> None:
    assert bind(world, bound(world, leaf, between)) == "accepted"
    row = row_of(world, reference)["bound"]
    assert (row["number"], row["anchor"], row["certificate"]) == (number, ca.sha256, leaf.sha256)
    assert bind(world, bound(world, leaf, between)) == "already-registered"
    world.ledger.seal()
    assert world.audit().unchecked == ()


@pytest.mark.parametrize("why", refused)
def test_certificates_that_bind_nothing(world: World, why: str) -> None:
    assert bind(world, bound(world, *refused[why])) == "certificate-refused"
    assert "bound" not in row_of(world, reference)


def test_a_certificate_of_sm2_under_a_ca_of_another_kind(world: World) -> None:
    twin = authority.issue(name("F", organisation), classical)
    for one in (made(twin, signer=between.secret), made(twin)):
        body = bound(world, one, anchor=classical.sha256)
        assert bind(world, body) == "certificate-refused"


def test_a_signature_that_does_not_verify_keeps_the_entry_out(world: World) -> None:
    own = message(world)
    other_id = SmIssued(leaf.certificate, with_id(leaf.secret, "ALICE123@YAHOO.COM"), leaf.twin)
    for body in (
        bound(world, made(leaf.twin, between, signer=ca.secret), between),
        bound(world, leaf, between, signature=between.sign(own)),
        bound(world, leaf, between, signature=leaf.sign(own + b"x")),
        bound(world, leaf, between, signature=leaf.twin.sign(own)),
        bound(world, leaf, between, signature=other_id.sign(own)),
        bound(world, leaf, between, signature=""),
    ):
        assert bind(world, body) == "certificate-not-signed"
    assert "bound" not in row_of(world, reference)
    with world.reader.open() as snapshot:
        size = snapshot.size()
    assert bind(world, bound(world, leaf, between)) == "accepted"
    with world.reader.open() as snapshot:
        assert snapshot.size() == size + 1


def test_a_log_that_does_not_admit_the_suite(
    without_sm2: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lacks the suite comes to the same verdict."""
    body = bound(without_sm2, leaf, between)
    own = bound(without_sm2, authority.issue(name("F", organisation), classical), between, anchor=classical.sha256)  # fmt: skip
    mixed = bound(without_sm2, leaf, anchor=classical.sha256)
    for setting in ("", "none"):
        monkeypatch.setenv(libcrypto.library_setting, setting)
        said = say(without_sm2, root, "anchor.list", listed(ca))
        assert code(without_sm2, said) == "certificate-refused"
        assert bind(without_sm2, body) == "trust-anchor-refused"
        assert bind(without_sm2, own) == "certificate-refused"
        (answer,) = without_sm2.ledger.append([say(without_sm2, firm, "key.bind", mixed)])
        assert answer.problem is not None
        assert "does not admit certificates of the suite sm2-sm3" in answer.problem.detail


def test_which_cas_of_sm2_are_listed(world: World) -> None:
    for one in (leaf, made(ca.twin, algorithm=bytes.fromhex("300a06082a8648ce3d040302"))):
        said = say(world, root, "anchor.list", listed(one))
        assert code(world, said) == "certificate-refused"
    assert code(world, say(world, root, "anchor.list", listed(between))) == "accepted"
    assert bind(world, bound(world, leaf, anchor=between.sha256)) == "accepted"


def test_what_the_ca_answered(world: World) -> None:
    for data, told in (
        (said_good(status=Status.REVOKED), "certificate-revoked"),
        (said_good(signer=ca), "ca-answer-not-signed"),
    ):
        assert code(world, answered(world, data, leaf, between)) == told
    assert code(world, answered(world, said_good(), leaf)) == "certificate-refused"
    assert code(world, answered(world, said_good(), leaf, between)) == "accepted"
    kept = row_of(world, reference)["bound"]["status"]
    assert (kept["kind"], kept["time"]) == ("ocsp", at)
    world.ledger.seal()
    world.audit()


def test_a_stream_goes_on_in_the_place_of_an_entry_that_was_kept_out(world: World) -> None:
    """No outcome of it is recorded, for who lacks the suite could not tell which."""

    def said(body: BindKey) -> Submission:
        return StreamAuthor(world.author(firm)).write("identity.key.bind/1", body)

    wrong = bound(world, leaf, between, signature=between.sign(message(world)))
    assert code(world, said(wrong)) == "certificate-not-signed"
    assert code(world, said(bound(world, leaf, between))) == "accepted"
