"""Keys bound to certificates of SM2: where the log admits them, and what those say who lack the suite."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import NameOID
from tests.identity.keys import authority, sm_authority
from tests.identity.keys.answering import Status, week
from tests.identity.keys.authority import Issued, name
from tests.identity.keys.says import code, row_of, say
from tests.identity.keys.sm_authority import SmIssued, chain, issue, made, with_id
from tests.ledger.mirror.rig import Rig
from tests.ledger.world import World, key, node, root

from tallystick.app.bootstrap import admit
from tallystick.identity import (
    BindKey,
    CertificateStatus,
    Directory,
    ListAnchor,
    RegisterOrganisation,
    binding_bytes,
    uscc_with_check,
)
from tallystick.ledger import (
    SM2,
    Attachment,
    AttachmentRef,
    Audited,
    NotSound,
    StreamAuthor,
    Submission,
    SuiteLacking,
    audit,
    auditing,
    mirror,
    suites,
)
from tallystick.ledger.auditing.store_source import StoreSource
from tallystick.ledger.replay import Replay
from tallystick.ledger.sm import libcrypto

number = uscc_with_check("91350211M000100Y4")
firm = "99.100/O-FIRM000000000"
reference = f"300:{firm}"
organisation = (NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{number}")
ca = issue(name("SM CA"), ca=True)
between = issue(name("SM CA, companies"), ca, ca=True)
leaf = issue(name("The firm", organisation), between)
classical = authority.issue(name("CA"), ca=True)
at = "2026-02-28T23:59:59.000Z"


def populated(world: World, *anchors: SmIssued | Issued) -> World:
    """These CAs are listed; a firm with a checked number has a key."""
    told = RegisterOrganisation(
        organisation=firm, name={"zh": "厂"}, scheme="uscc", number=number, capacities=("supplier",)
    )
    world.populate()
    world.add(node, "identity.organisation.register/1", told)
    world.add_key(node, firm)
    for one in anchors:
        world.add(root, "identity.anchor.list/1", listed(one))
    world.clock.set("2026-03-01T00:00:00.000Z")
    world.ledger.seal(force=True)
    return world


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    made = World(sqlite_url, tmp_path / "home", admitted=(*suites, SM2))
    return populated(made, ca, classical)


@pytest.fixture
def without_sm2(tmp_path: Path, sqlite_url: str) -> World:
    return populated(World(sqlite_url, tmp_path / "home"), classical)


def listed(one: SmIssued | Issued) -> ListAnchor:
    return ListAnchor(certificate=one.text, name="A CA")


def message(world: World) -> bytes:
    fingerprint = key(reference).private.public.fingerprint()
    return binding_bytes(world.origin, reference, fingerprint, firm)


def bound(world: World, *issued: SmIssued | Issued, **change: Any) -> BindKey:
    told = {"key": reference, "anchor": ca.sha256, "chain": chain(*issued)}
    signature = change.get("signature") or issued[0].sign(message(world))
    return BindKey(**{**told, "signature": signature, **change})


def bind(world: World, body: BindKey) -> str:
    return code(world, say(world, firm, "key.bind", body))


def answered(world: World, data: bytes, *issued: SmIssued, kind: str = "ocsp") -> Submission:
    """A binding with this answer of the CA."""
    answer = Attachment(f"application/{kind}", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(answer.data))
    status = CertificateStatus(kind=kind, time=at, answer=ref)  # type: ignore[arg-type]
    body = bound(world, *issued, status=status)
    return world.author(firm).write("identity.key.bind/1", body, attachments=[answer])


def said_good(**told: Any) -> bytes:
    moment = datetime.fromisoformat(at)
    return sm_authority.response(
        leaf, between, this_update=moment, next_update=moment + week, **told
    )


def test_a_key_is_bound_to_a_certificate_of_sm2(world: World) -> None:
    assert bind(world, bound(world, leaf, between)) == "accepted"
    row = row_of(world, reference)["bound"]
    assert (row["number"], row["anchor"], row["certificate"]) == (number, ca.sha256, leaf.sha256)
    assert bind(world, bound(world, leaf, between)) == "already-registered"
    world.ledger.seal()
    assert world.audit().unchecked == ()


direct = issue(name("F", organisation), ca)
refused: dict[str, tuple[SmIssued | Issued, ...]] = {
    "another number": (issue(name("F", (NameOID.SERIAL_NUMBER, "1")), between), between),
    "another CA": (issue(name("F", organisation), issue(name("SM CA"), ca=True)),),
    "without the one between": (leaf,),
    "ended": (issue(name("F", organisation), ca, days=30),),
    "a person": (issue(name("F", organisation, (NameOID.GIVEN_NAME, "San")), ca),),
    "a CA": (issue(name("F", organisation), ca, ca=True),),
    "not for signing": (issue(name("F", organisation), ca, signing=False),),
    "no point": (made(direct.twin, ca, key=bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04" + "01" * 64)),),
    "P-256 under SM2": (authority.issue(name("F", organisation), ca.twin),),
    "P-256 between": (leaf, between.twin),
}  # fmt: skip


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


def test_a_node_without_the_suite_takes_in_no_binding(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it lacks the suite, but of what is wrong in any case what is wrong."""
    good = answered(world, said_good(), leaf, between)
    wrong = bound(world, *refused["another number"])
    monkeypatch.setenv(libcrypto.library_setting, "none")
    assert bind(world, bound_before := bound_by(leaf, world)) == SuiteLacking.code
    assert code(world, good) == SuiteLacking.code
    assert bind(world, wrong) == "certificate-refused"
    assert code(world, say(world, root, "anchor.list", listed(between))) == "accepted"
    assert "bound" not in row_of(world, reference)
    monkeypatch.undo()
    assert bind(world, bound_before) == "accepted"


def bound_by(one: SmIssued, world: World) -> BindKey:
    """Signed by a UKey, which needs nothing of this machine."""
    return bound(world, one, between)


@pytest.fixture
def logged(world: World) -> tuple[World, int]:
    """A binding with an answer, in the log, and its index."""
    (answer,) = world.append([answered(world, said_good(), leaf, between)])
    world.ledger.seal()
    return world, answer.index


def test_what_a_listed_ca_answered_itself(world: World) -> None:
    moment = datetime.fromisoformat(at)
    data = sm_authority.response(direct, ca, this_update=moment, next_update=None)
    assert code(world, answered(world, data, direct)) == "certificate-refused"
    assert code(world, answered(world, data, direct, ca)) == "accepted"


@pytest.mark.parametrize("processes", [0, 1])
def test_an_auditor_without_the_suite_names_the_binding(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    world, index = logged
    whole = audited(world, processes)
    assert (whole.unchecked, whole.unknown_suites) == ((), ())
    monkeypatch.setenv(libcrypto.library_setting, "none")
    found = audited(world, processes)
    assert (found.unchecked, found.unknown_suites) == ((index,), (SM2,))
    assert (found.root, found.state, found.contradictions) == (whole.root, whole.state, 0)
    with pytest.raises(SuiteLacking, match=f"entries {index}"):
        found.require_checked()


def audited(world: World, processes: int) -> Audited:
    crew = auditing.Crew(processes, admit, lambda: world.rules)
    try:
        return audit(
            world.store, world.rules, Directory(), world.checker, memory=world.memory, crew=crew
        )
    finally:
        crew.close()


def test_nobody_goes_on_from_a_binding_that_was_not_checked(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, index = logged
    monkeypatch.setenv(libcrypto.library_setting, "none")
    replay = Replay(world.rules, Directory(), world.checker)
    with world.store.read() as transaction:
        source = StoreSource(world.store.url, transaction, world.store.vault)
        records = [record for index in range(source.size) if (record := source.record(index))]
    with pytest.raises(SuiteLacking, match=f"entry {index}"):
        list(replay.run(records))


@pytest.mark.parametrize("lists", [True, False])
def test_a_mirror_without_the_suite_vouches_for_nothing_and_blames_nobody(
    logged: tuple[World, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lists: bool
) -> None:
    """Neither where it knows that the log admits the suite, nor where it first meets it in a binding."""
    world, _ = logged
    rig = Rig(world, f"sqlite:///{tmp_path / 'mirror.sqlite'}", tmp_path / "mirror")
    monkeypatch.setenv(libcrypto.library_setting, "none")
    if not lists:
        monkeypatch.setattr("tallystick.ledger.mirror.follow.require_suites", lambda _state: None)
    with pytest.raises(mirror.MirrorLacksSuite):
        rig.mirror.follow()
    assert rig.mirror.standing().refusal is None
    monkeypatch.undo()
    with world.reader.open() as snapshot:
        assert rig.mirror.follow() == snapshot.size()


def test_who_has_the_suite_finds_a_binding_that_nobody_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that took one in is not sound; who lacks the suite does not say that it is."""
    with monkeypatch.context() as lying:
        lying.setattr("tallystick.identity.keys.sm.signatures.signed", lambda *_told: True)
        (answer,) = world.append(
            [say(world, firm, "key.bind", bound(world, leaf, between, signature="AAAA"))]
        )
        world.ledger.seal()
    with pytest.raises(NotSound, match="an entry that the rules admit"):
        audited(world, 0)
    monkeypatch.setenv(libcrypto.library_setting, "none")
    assert audited(world, 0).unchecked == (answer.index,)


def test_a_stream_goes_on_in_the_place_of_an_entry_that_was_kept_out(world: World) -> None:
    """No outcome of it is recorded, for who lacks the suite could not tell which."""

    def said(body: BindKey) -> Submission:
        return StreamAuthor(world.author(firm)).write("identity.key.bind/1", body)

    wrong = bound(world, leaf, between, signature=between.sign(message(world)))
    assert code(world, said(wrong)) == "certificate-not-signed"
    assert code(world, said(bound(world, leaf, between))) == "accepted"
