"""Invitations of people and keys: who invites, what the new key proves, who approves, and what thieves get."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.joining.rig import Rig, code_of, path, rigged, token
from tests.identity.people.firm import checker, code, first, maker, row, second
from tests.ledger.world import core

from tallystick.identity import Decide, GiveRoles, LeavePerson, Propose
from tallystick.ledger import PrivateKey, Reader, payload_hash


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("joining")
    with rigged(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        yield made


def test_a_person_comes_in_by_two_signatures_and_its_name_stays_with_its_firm(rig: Rig) -> None:
    guest = rig.joined(roles=["maker"])
    person = guest.invitation["person"]
    found = row(rig.world, "person", person)
    # A role that binds is not given by one.
    assert found["roles"] == []
    card = found["card"]
    with rig.world.reader.open() as snapshot:
        own = snapshot.attachment(card["index"], card["hash"], Reader.party(core))
        assert b"Wang" in own.data
        body = snapshot.stored_body(card["index"])
    assert b"Wang" not in body
    public = rig.client.get(f"/v1/entries/{card['index']}").text
    assert "Wang" not in public
    assert "wang@firm" not in public
    # What the node keeps beside the log holds no name any more.
    with rig.node.store.read() as transaction:
        kept = transaction.invitations.by_id(guest.invitation["id"])
    assert kept is not None
    assert "Wang" not in kept.document
    rig.world.ledger.seal()
    rig.world.audit()


def test_an_officer_gives_work_in_the_warehouse_at_once(rig: Rig) -> None:
    guest = rig.joined(roles=["warehouse"])
    assert row(rig.world, "person", guest.invitation["person"])["roles"] == ["warehouse"]


def test_two_officers_give_the_roles(rig: Rig) -> None:
    person = rig.joined(roles=["maker"]).invitation["person"]
    what = GiveRoles(kind="roles", person=person, roles=("maker",))
    said = rig.world.write(first, "identity.propose/1", Propose(organisation=core, what=what))
    (answer,) = rig.world.ledger.append([said])
    assert answer.accepted
    body = Decide(proposal=payload_hash(said.envelope).hex(), decision="approve")
    assert code(rig.world, first, "decide", body) == "same-person"
    assert code(rig.world, second, "decide", body) == "accepted"
    assert row(rig.world, "person", person)["roles"] == ["maker"]


def test_who_is_no_officer_invites_nobody(rig: Rig) -> None:
    wish = {"purpose": "person"}
    assert code_of(rig.client.post(path, json=wish)) == "log-in-first"
    assert code_of(rig.login(maker).post(path, json=wish)) == "not-yours-to-invite"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert code_of(rig.login(first).post(path, json=wish, headers=foreign)) == "foreign-site"
    lost = {"purpose": "recovery", "lost": f"300:{maker}"}
    assert code_of(rig.login(checker).post(path, json=lost)) == "not-yours-to-invite"
    own = {"purpose": "recovery", "lost": f"300:{first}"}
    assert code_of(rig.login(first).post(path, json=own)) == "not-yours-to-invite"
    nobody = {"purpose": "recovery", "lost": "300:99.100/P-NOBODY"}
    assert code_of(rig.login(first).post(path, json=nobody)) == "not-yours-to-invite"
    for wrong in (
        {"purpose": "recovery"},
        {"purpose": "key", "roles": ["maker"]},
        {"purpose": "x"},
        {},
    ):
        assert code_of(rig.login(first).post(path, json=wrong)) == "enrolment-malformed"


def test_a_stolen_invitation_is_used_once_and_its_thief_is_seen(rig: Rig) -> None:
    """The invited person finds it used, and the officer sees digits that the person does not have."""
    officer, guest, thief = rig.login(first), rig.guest(), rig.guest()
    address = rig.invite(officer)
    assert thief.asks(address, "Wang").status_code == 201
    assert code_of(guest.asks(address)) == "invitation-used"
    known = thief.invitation["id"]
    (waiting,) = [one for one in officer.get(path).json()["requests"] if one["id"] == known]
    assert waiting["digits"] == thief.status()["digits"]
    assert code_of(guest.client.post(f"{path}/requests/{known}/refusal")) == "log-in-first"
    refusal = rig.login(maker).post(f"{path}/requests/{known}/refusal")
    assert code_of(refusal) == "not-yours-to-invite"
    assert officer.post(f"{path}/requests/{known}/refusal").status_code == 200
    assert thief.status()["state"] == "refused"
    assert code_of(rig.client.post(f"{path}/look", json={"token": token()})) == "invitation-unknown"


def test_a_device_is_no_person_and_a_person_no_device(rig: Rig) -> None:
    officer = rig.login(first)
    headers = {"sec-fetch-site": "same-origin"}
    wish = {"organisation": core, "purpose": "scanner"}
    made = officer.post("/v1/devices/invitations", json=wish, headers=headers).json()
    stolen = made["address"].partition("#t=")[2]
    assert code_of(rig.client.post(f"{path}/look", json={"token": stolen})) == "invitation-unknown"


def test_the_key_that_asks_signs_and_is_made_on_this_page(rig: Rig) -> None:
    officer = rig.login(first)
    for change, expected in (
        ({"proof": {"sig": "A" * 86 + "=="}}, "enrolment-proof-wrong"),
        ({"webauthn": {"rp_id": "evil.example", "origin": "https://evil.example"}}, "enrolment-malformed"),
        ({"webauthn": None}, "enrolment-proof-wrong"),
        ({"custody": "node"}, "enrolment-malformed"),
        ({"name": "a\u202eb"}, "enrolment-malformed"),
        ({"name": ""}, "enrolment-malformed"),
        ({"jwk": {"kty": "EC"}}, "enrolment-malformed"),
        ({"more": 1}, "enrolment-malformed"),
    ):  # fmt: skip
        assert code_of(rig.guest().asks(rig.invite(officer), **change)) == expected, change


def test_only_who_may_approves_and_only_what_was_asked(rig: Rig) -> None:
    officer, guest = rig.login(first), rig.guest()
    guest.asks(rig.invite(officer))
    known = guest.invitation["id"]
    where = f"{path}/requests/{known}/approval"
    seen = f"{path}/requests/{known}/drafts"
    assert code_of(rig.login(maker).get(seen)) == "not-yours-to-invite"
    own = rig.approval(officer, known, maker, renamed=(first, maker))
    assert code_of(rig.client.post(where, json=own)) == "enrolment-proof-wrong"
    told = rig.approval(officer, known, first)
    assert (
        code_of(rig.client.post(where, json={"entries": told["entries"][:1]}))
        == "enrolment-malformed"
    )
    swapped = {"entries": told["entries"][::-1]}
    assert code_of(rig.client.post(where, json=swapped)) == "enrolment-malformed"
    # Signed by somebody else's key in the officer's name.
    forged = rig.approval(officer, known, second)
    assert code_of(rig.client.post(where, json=forged)) == "enrolment-proof-wrong"
    assert rig.client.post(where, json=told).status_code == 200
    assert code_of(rig.client.post(where, json=told)) == "enrolment-not-waiting"
    thief = rig.guest()
    thief.invitation = guest.invitation
    assert code_of(thief.signs()) == "enrolment-proof-wrong"
    assert guest.signs().json()["state"] == "enrolled"


def test_a_further_key_is_added_by_its_owner_alone(rig: Rig) -> None:
    mine, guest = rig.login(maker), rig.guest(passkey=False, private=PrivateKey.generate())
    # Of another suite, the owner would sign everything with both.
    assert code_of(rig.guest().asks(rig.invite(mine, purpose="key"))) == "enrolment-malformed"
    assert guest.asks(rig.invite(mine, purpose="key")).status_code == 201
    known = guest.invitation["id"]
    assert rig.login(first).get(path).json()["requests"] == []
    seen = f"{path}/requests/{known}/drafts"
    assert code_of(rig.login(first).get(seen)) == "not-yours-to-invite"
    assert rig.approve(mine, known, maker).status_code == 200
    assert guest.signs().json()["key"] == f"301:{maker}"
    with rig.world.reader.open() as snapshot:
        assert set(snapshot.view.group("key", maker)) == {"300", "301"}


def test_a_lost_key_is_recovered_by_two_with_the_page_of_its_owner(rig: Rig) -> None:
    officer, theirs, guest = rig.login(first), rig.login(checker), rig.guest()
    lost = f"300:{checker}"
    assert guest.asks(rig.invite(officer, purpose="recovery", lost=lost)).status_code == 201
    known = guest.invitation["id"]
    assert rig.approve(officer, known, first).status_code == 200
    done = guest.signs().json()
    assert done["state"] == "enrolled"
    (waiting,) = officer.get("/v1/pending", params={"open": True}).json()["pending"]
    assert (waiting["what"]["kind"], waiting["persons"]) == ("recover", [first])
    told = officer.get(f"/v1/pending/{waiting['proposal']}", params={"person": second}).json()
    body = Decide.model_validate(
        {
            "proposal": waiting["proposal"],
            "decision": "approve",
            "recovered": _tuples(told["recovered"]),
        }
    )
    assert code(rig.world, second, "decide", body) == "accepted"
    found = rig.world.reader
    with found.open() as snapshot:
        keys = snapshot.view.group("key", checker)
    assert keys["300"]["replaced_by"] == f"301:{checker}"
    # The session of the lost key is over.
    assert theirs.get("/v1/login").status_code == 401


def test_whoever_left_has_no_session_and_approves_nothing(rig: Rig) -> None:
    mine, guest = rig.login(maker), rig.guest(passkey=False, private=PrivateKey.generate())
    guest.asks(rig.invite(mine, purpose="key"))
    told = rig.approval(mine, guest.invitation["id"], maker)
    body = LeavePerson(person=maker, reason="left")
    assert code(rig.world, maker, "person.leave", body) == "accepted"
    assert mine.get(path).json()["requests"] == []
    where = f"{path}/requests/{guest.invitation['id']}/approval"
    assert code_of(mine.post(where, json=told)) == "enrolment-proof-wrong"


def _tuples(told: dict[str, object]) -> dict[str, object]:
    return {**told, "types": tuple(told["types"])}  # type: ignore[arg-type]
