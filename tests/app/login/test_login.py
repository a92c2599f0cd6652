"""Logging in by the key with which one signs: once per challenge, and for as long as person and key stand."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.app.operations.heard import hearing
from tests.identity.people.firm import checker, code, first, found, maker, second
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import World, core, key, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddKey,
    LeavePerson,
    RevokeKey,
    SuspendPerson,
    WebAuthn,
)
from tallystick.ledger import SigningKey, canonical, challenge, pae

here = "https://testserver"


@dataclass
class Place:
    """A node with the founded firm, and a browser that nobody is logged in with."""

    world: World
    client: TestClient
    passkey: Authenticator = field(default_factory=lambda: Authenticator.of(maker))

    def challenge(self) -> tuple[str, bytes]:
        told = self.client.post("/v1/login/challenge").json()
        return told["nonce"], base64.b64decode(told["message"])

    def proof(self, person: str = checker, **change: Any) -> dict[str, Any]:
        """What logs the person in by its plain key; `change` replaces members."""
        nonce, message = self.challenge()
        signing: SigningKey = change.pop("signing", key(f"300:{person}"))
        sig = base64.b64encode(signing.private.sign(change.pop("message", message))).decode()
        return {"person": person, "nonce": nonce, "sig": sig, **change}

    def asserted(self, count: int = 0, **change: Any) -> dict[str, Any]:
        """What logs the maker in by its passkey, which says it signed so often."""
        nonce, message = self.challenge()
        told = self.passkey.authenticator_data(count=count)
        signature = self.passkey.assert_these(told, self.passkey.client_data(message, **change))
        assert signature.webauthn is not None
        return {
            "person": maker,
            "nonce": nonce,
            "sig": base64.b64encode(signature.sig).decode(),
            "webauthn": signature.webauthn.members(),
        }

    def login(self, told: dict[str, Any]) -> str:
        """`""`, or the code of the refusal."""
        answer = self.client.post("/v1/login", json=told)
        return "" if answer.status_code == 200 else str(answer.json()["code"])

    def who(self) -> str:
        answer = self.client.get("/v1/login")
        return str(answer.json()["person"]) if answer.status_code == 200 else ""


@contextmanager
def served(home: Path, url: str) -> Iterator[Place]:
    lend_keys(home / "node")
    world = World(url, home / "signer", rules=rule_set())
    world.populate()
    found(world)
    where = Settings(home=home / "node", database_url=url, base_url=here)
    with TestClient(create_app(Node.at(where), world.ledger), base_url=here) as client:
        made = Place(world, client)
        _register(world, made.passkey)
        yield made


@pytest.fixture
def own(tmp_path: Path, database_url: str) -> Iterator[Place]:
    """For whoever changes people and keys."""
    with served(tmp_path, database_url) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("login")
    with served(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        yield made


@pytest.fixture
def place(shared: Place) -> Place:
    """Nobody is logged in."""
    shared.client.cookies.clear()
    return shared


def _register(world: World, passkey: Authenticator) -> None:
    """The maker adds a passkey to its key."""
    body = AddKey(
        key=passkey.signing.keyid,
        jwk=passkey.signing.private.public.jwk(),
        custody="self",
        types=("finance.*",),
        webauthn=WebAuthn(rp_id=passkey.rp_id, origin=passkey.origin),
    )
    signers = [plainly(key(f"300:{maker}")), passkey.sign]
    world.append([write(world.author(maker), "identity.key.add/1", body, signers)])


def test_by_a_plain_key_and_out_again(own: Place) -> None:
    assert own.who() == ""
    told = own.proof()
    assert own.login(told) == ""
    assert own.client.get("/v1/login").json() == {
        "person": checker,
        "organisation": core,
        "roles": ["checker"],
        "key": f"300:{checker}",
    }
    assert own.login(told) == "login-challenge-over"
    assert own.client.delete("/v1/login").status_code == 204
    assert own.who() == ""


def test_by_a_passkey(place: Place) -> None:
    assert place.login(place.asserted()) == ""
    assert place.client.get("/v1/login").json()["key"] == place.passkey.signing.keyid


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"type": "webauthn.create"},
        {"crossOrigin": True},
        {"challenge": challenge(b"another")},
    ],
)
def test_an_assertion_for_something_else(place: Place, change: dict[str, Any]) -> None:
    assert place.login(place.asserted(**change)) == "login-refused"


def test_whoever_it_is_not_learns_one_thing(place: Place) -> None:
    """Nobody finds out by it which people and keys there are."""
    stolen = key("300:stolen")
    for told in (
        place.proof(signing=stolen),
        place.proof("99.100/P-NOBODY000000"),
        place.proof(core),
        place.proof("99.100.1/scanner-1"),
        place.proof(keyid=f"300:{maker}"),
        place.proof(signing=key(f"300:{maker}")),
        {**place.proof(), "person": maker},
        {**place.proof(maker), "webauthn": place.asserted()["webauthn"]},
        place.proof(sig="AAAA"),
    ):
        assert place.login(told) == "login-refused"


def test_no_entry_logs_in_and_no_login_is_an_entry(place: Place) -> None:
    nonce, message = place.challenge()
    told = canonical.encode({"log": place.world.origin, "nonce": nonce, "site": here})
    assert message == pae(told, "application/vnd.tallystick.login+json")
    assert place.login(place.proof(message=pae(told))) == "login-refused"
    other = canonical.encode({"log": place.world.origin, "nonce": nonce, "site": "https://x"})
    kind = "application/vnd.tallystick.login+json"
    assert place.login(place.proof(message=pae(other, kind))) == "login-refused"


@pytest.mark.parametrize("nonce", ["", "1", "9999999999999.x.y", "１.x.y", "-1.a.b", "x" * 200])
def test_a_challenge_that_is_not_ours(place: Place, nonce: str) -> None:
    assert place.login({**place.proof(), "nonce": nonce}) == "login-challenge-over"


def test_whoever_left_or_is_suspended_has_no_session(own: Place) -> None:
    assert own.login(own.proof()) == ""
    body = SuspendPerson(person=checker, reason="suspected")
    assert code(own.world, first, "person.suspend", body) == "accepted"
    assert own.who() == ""
    assert own.login(own.proof()) == "login-refused"
    assert own.login(own.proof(second)) == ""
    leave = LeavePerson(person=second, reason="left")
    assert code(own.world, second, "person.leave", leave) == "accepted"
    assert own.who() == ""


def test_a_revoked_key_ends_its_sessions(own: Place) -> None:
    assert own.login(own.asserted()) == ""
    revoke = RevokeKey(key=own.passkey.signing.keyid, reason="lost")
    assert code(own.world, maker, "key.revoke", revoke) == "accepted"
    assert own.who() == ""
    assert own.login(own.asserted()) == "login-refused"
    assert own.login(own.proof(maker)) == ""


def test_out_everywhere(place: Place) -> None:
    assert place.login(place.proof()) == ""
    mine = place.client.cookies["tallystick_session"]
    assert place.login(place.proof()) == ""
    place.client.delete("/v1/login", params={"everywhere": True})
    place.client.cookies.set("tallystick_session", mine)
    assert place.who() == ""


def test_nobody_logs_in_in_the_clear(place: Place) -> None:
    told = place.proof()
    answer = place.client.post("http://testserver/v1/login", json=told)
    assert answer.json()["code"] == "login-in-the-clear"


def test_the_cookie_is_out_of_reach(place: Place) -> None:
    answer = place.client.post("/v1/login", json=place.proof())
    (cookie,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert place.client.get("/v1/people").json()["people"]
    place.client.cookies.set("tallystick_session", "x" * 43, domain="testserver.local")
    assert supplier not in place.client.get("/v1/people").text


def test_what_no_role_may_read_is_refused_by_name(place: Place) -> None:
    assert place.login(place.proof(first)) == ""
    answer = place.client.get("/finance/v1/certificates")
    assert (answer.status_code, answer.json()["code"]) == (403, "role-missing")
    assert place.client.get("/v1/people").status_code == 200
    assert place.login(place.proof()) == ""
    assert place.client.get("/finance/v1/certificates").status_code == 200


def test_the_table_of_sessions_holds_no_token(own: Place) -> None:
    assert own.login(own.proof()) == ""
    token = own.client.cookies["tallystick_session"]
    with own.world.store.read() as transaction:
        rows = list(transaction.rows("member_session"))
    assert len(rows) == 1
    assert all(token not in str(value) for value in rows[0])


def test_a_copy_of_a_passkey_is_told(own: Place) -> None:
    """Its count stands still or goes back, also to none; whatever was tried, the key itself goes on."""
    assert own.login(own.asserted()) == own.login(own.asserted()) == ""
    assert own.login(own.asserted(count=7)) == ""
    with hearing() as heard:
        for copied in (7, 6, 0, 1):
            own.client.cookies.clear()
            assert own.login(own.asserted(count=copied)) == "passkey-copied"
            assert own.who() == ""
    refused = [line["code"] for line in heard.lines() if line["event"] == "refused"]
    assert refused == ["passkey-copied", "login-refused"] * 4
    assert own.login(own.asserted(count=8)) == ""
    assert own.who() == maker
    # Whoever has not the key learns nothing of its count.
    own.passkey = Authenticator(key("a forged one"), own.passkey.rp_id, own.passkey.origin)
    assert own.login(own.asserted(count=1)) == "login-refused"


def test_a_count_is_kept_once_however_many_log_in_at_once(own: Place) -> None:
    told = [own.asserted(count=3) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(own.login, told))
    assert sorted(answers) == ["", *["passkey-copied"] * 5]
