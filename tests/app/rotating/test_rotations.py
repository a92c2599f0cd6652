"""A key in the place of an older one, over HTTP: who asks, who countersigns, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.app.joining.rig import Rig, code_of, rigged
from tests.identity.people.firm import add, alone, checker, first, maker, second, sole
from tests.ledger.authenticator import plainly
from tests.ledger.world import core, key, supplier

from tallystick.identity import SuspendPerson
from tallystick.ledger import Envelope, PrivateKey, Signature, SigningKey, pae

path = "/v1/rotations"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as made:
        yield made


def drafted(browser: TestClient, old: str, fresh: PrivateKey) -> Any:
    return browser.post(f"{path}/drafts", json={"old": old, "jwk": fresh.public.jwk()})


def signed(told: dict[str, Any], *keys: SigningKey) -> dict[str, Any]:
    payload = base64.b64decode(told["payload"])
    given = tuple(plainly(one)(pae(payload)) for one in keys)
    envelope = orjson.loads(Envelope(payload, given).encode())
    return {"envelope": envelope, "body": told["body"], "salt": told["salt"]}


def asked(browser: TestClient, person: str, old: str = "", fresh: PrivateKey | None = None) -> Any:
    """What the page does, up to where it waits."""
    old, private = old or f"300:{person}", fresh or PrivateKey.generate()
    told = drafted(browser, old, private)
    assert told.status_code == 200, told.text
    new = SigningKey(f"301:{person}", private)
    return browser.post(path, json=signed(told.json(), key(old), new))


def countersigned(browser: TestClient, person: str, known: str) -> Any:
    rows = browser.get(path).json()["others"]
    (row,) = [one for one in rows if one["id"] == known]
    given: Signature = plainly(key(f"300:{person}"))(pae(base64.b64decode(row["draft"]["payload"])))
    return browser.post(f"{path}/{known}/signature", json={"signature": given.members()})


def test_an_administrator_countersigns_and_the_old_key_ends(rig: Rig) -> None:
    browser, officer = rig.login(maker), rig.login(first)
    answer = asked(browser, maker)
    assert answer.status_code == 201, answer.text
    known = answer.json()["id"]
    assert [one["id"] for one in browser.get(path).json()["own"]] == [known]
    assert browser.get(path).json()["others"] == []
    done = countersigned(officer, first, known)
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "enrolled"
    with rig.world.reader.open() as snapshot:
        rows: Any = snapshot.view.group("key", maker)
    assert rows["300"]["replaced_by"] == f"301:{maker}"
    assert rows["301"]["jwk"] == done.json()["jwk"]
    # The session of the old key ended with it.
    assert browser.get(path).json() == {"own": [], "others": []}
    assert code_of(officer.post(f"{path}/{known}/refusal")) == "enrolment-not-waiting"


def test_who_is_no_other_administrator_does_not_countersign(rig: Rig) -> None:
    browser, officer = rig.login(first), rig.login(second)
    known = asked(browser, first).json()["id"]
    assert browser.get(path).json()["others"] == []
    (row,) = officer.get(path).json()["others"]
    message = pae(base64.b64decode(row["draft"]["payload"]))
    for person in (first, checker):
        given = plainly(key(f"300:{person}"))(message)
        other = rig.login(person)
        told = other.post(f"{path}/{known}/signature", json={"signature": given.members()})
        assert code_of(told) == "not-yours-to-replace"
    # A key that is somebody else's, and a signature over other bytes.
    for given in (
        plainly(key(f"300:{first}"))(message),
        plainly(key(f"300:{second}"))(message + b"x"),
    ):
        told = officer.post(f"{path}/{known}/signature", json={"signature": given.members()})
        assert code_of(told) == "enrolment-proof-wrong"
    assert code_of(rig.login(checker).post(f"{path}/{known}/refusal")) == "not-yours-to-replace"
    assert officer.post(f"{path}/{known}/refusal").json()["state"] == "refused"
    assert officer.get(path).json()["others"] == []


def test_what_its_owner_did_not_sign_does_not_wait(rig: Rig) -> None:
    browser, private = rig.login(maker), PrivateKey.generate()
    told = drafted(browser, f"300:{maker}", private).json()
    old, new = key(f"300:{maker}"), SigningKey(f"301:{maker}", private)
    other = SigningKey(f"301:{maker}", PrivateKey.generate())
    for keys in ((old,), (old, other)):
        assert code_of(browser.post(path, json=signed(told, *keys))) == "enrolment-proof-wrong"
    # Another person hands it in.
    assert code_of(rig.login(checker).post(path, json=signed(told, old, new))) == (
        "not-yours-to-replace"
    )
    body = orjson.loads(base64.b64decode(told["body"]))
    wider = base64.b64encode(orjson.dumps({**body, "custody": "hardware"})).decode()
    swapped = {**signed(told, old, new), "body": wider}
    assert code_of(browser.post(path, json=swapped)) == "enrolment-malformed"
    assert code_of(browser.post(path, json={})) == "enrolment-malformed"
    assert browser.get(path).json()["own"] == []


@pytest.mark.parametrize("old", [f"300:{checker}", f"399:{maker}", f"300:{core}"])
def test_only_a_valid_key_of_ones_own_is_replaced(rig: Rig, old: str) -> None:
    answer = drafted(rig.login(maker), old, PrivateKey.generate())
    assert code_of(answer) == "not-yours-to-replace"


def test_a_key_that_was_used_before_comes_in_no_place(rig: Rig) -> None:
    answer = drafted(rig.login(maker), f"300:{maker}", key(f"300:{checker}").private)
    assert code_of(answer) == "already-registered"
    assert "title" in answer.json()


def test_one_of_a_person_waits_at_a_time_and_nobody_acts_for_who_is_suspended(rig: Rig) -> None:
    browser, officer = rig.login(maker), rig.login(first)
    before = asked(browser, maker).json()["id"]
    known = asked(browser, maker).json()["id"]
    assert [one["id"] for one in officer.get(path).json()["others"]] == [known]
    assert code_of(officer.post(f"{path}/{before}/refusal")) == "enrolment-not-waiting"
    rig.world.add(
        first, "identity.person.suspend/1", SuspendPerson(person=maker, reason="suspected")
    )
    refused = countersigned(officer, first, known)
    assert refused.status_code >= 400
    assert officer.get(path).json()["others"] != []


def test_a_firm_of_one_person_is_told_what_to_do_instead(rig: Rig) -> None:
    alone(rig.world)
    answer = drafted(rig.login(sole), f"300:{sole}", PrivateKey.generate())
    assert code_of(answer) == "nobody-countersigns"
    assert (
        add(rig.world, sole, "99.100/P-HELPER0000000", "warehouse", organisation=supplier)
        == "accepted"
    )
    answer = drafted(rig.login(sole), f"300:{sole}", PrivateKey.generate())
    assert code_of(answer) == "nobody-countersigns"


def test_nobody_who_is_not_logged_in_asks(rig: Rig) -> None:
    assert rig.client.get(path).json() == {"own": [], "others": []}
    answer = drafted(rig.client, f"300:{maker}", PrivateKey.generate())
    assert (answer.status_code, code_of(answer)) == (401, "log-in-first")
