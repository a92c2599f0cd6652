"""The page of suppliers and their certificates: what it shows to whom, in both languages, and by the API alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.app.credentials.scene import Scene, body_of, buyer, certificate
from tests.app.credentials.test_rules import turned
from tests.app.pages.markup import Page
from tests.ledger.world import key, log, node, supplier

from tallystick.app.bootstrap import Node
from tallystick.app.credentials import reminding
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity.credentials import RequireQualifications, status_list
from tallystick.ledger import instant

page = "/qualifications"


@pytest.fixture
def served(scene: Scene, tmp_path: Path, sqlite_url: str) -> Node:
    lend_keys(tmp_path / "node")
    found = Node.at(Settings(home=tmp_path / "node", database_url=sqlite_url))
    found.keys.add(key(f"301:{log}"))
    return found


@pytest.fixture
def client(served: Node) -> Iterator[TestClient]:
    with TestClient(create_app(served, None), raise_server_exceptions=False) as opened:
        yield opened


def as_of(served: Node, organisation: str) -> dict[str, str]:
    token = Readers(served.settings.folder).add(organisation.replace("/", "-"), organisation)
    return {"Authorization": f"Bearer {token}"}


def ask(scene: Scene, *kinds: str, of: str = supplier) -> None:
    need = RequireQualifications(supplier=of, kinds=kinds)
    scene.say(buyer, "identity.qualification.require/1", need)
    scene.world.ledger.seal()


def test_the_empty_page_says_what_to_do(served: Node, client: TestClient) -> None:
    assert "public sees none" in client.get(page).text
    headers = as_of(served, buyer)
    assert "You ask no supplier" in client.get(page, headers=headers).text
    assert "您尚未向任何供应商要求证书" in client.get(f"{page}?lang=zh", headers=headers).text


def test_a_buyer_sees_its_suppliers(scene: Scene, served: Node, client: TestClient) -> None:
    ask(scene, "iso-9001", "business-licence")
    scene.show(scene.issue(), fields=("kind", "number", "sites"))
    headers = as_of(served, buyer)
    for language, words in (
        ("en", ("ISO 9001", "valid", "not shown to you", certificate.number, certificate.sites[0])),
        ("zh", ("营业执照", "有效", "未向您出示", certificate.number, certificate.sites[1])),
    ):
        answer = client.get(f"{page}?lang={language}", headers=headers)
        assert Page(answer.text).faults == []
        for word in words:
            assert word in answer.text, word
        assert certificate.scope not in answer.text
    told: Any = client.get("/v1/qualifications", headers=headers).json()["qualifications"]
    assert [(one["kind"], one["standing"]) for one in told] == [
        ("business-licence", "not-shown"),
        ("iso-9001", "valid"),
    ]
    name = told[1]["certificate"]["credential"]
    fields = client.get(f"/v1/credentials/{name}/fields", headers=headers).json()["fields"]
    assert fields == {
        "kind": "iso-9001", "number": certificate.number, "sites": list(certificate.sites),
    }  # fmt: skip
    for stranger in (as_of(served, node), {}):
        assert client.get(f"/v1/credentials/{name}", headers=stranger).status_code == 404
        assert client.get(f"/v1/credentials/{name}/fields", headers=stranger).status_code == 404
        assert certificate.number not in client.get(page, headers=stranger).text
    mine = as_of(served, supplier)
    assert "ISO 9001" in client.get(page, headers=mine).text
    asked = client.get("/v1/qualifications/asked", headers=mine).json()["asked"]
    assert asked == [{"buyer": buyer, "kinds": ["business-licence", "iso-9001"]}]
    held = client.get("/v1/credentials", headers=mine).json()["credentials"]
    assert [one["credential"] for one in held] == [name]


def test_filters_and_pages(scene: Scene, served: Node, client: TestClient) -> None:
    kinds = tuple(f"kind-{number:02d}" for number in range(30))
    ask(scene, *kinds)
    ask(scene, *kinds[:3], of=node)
    headers = as_of(served, buyer)
    first = client.get(page, headers=headers).text
    assert first.count("kind 0") + first.count("kind 1") + first.count("kind 2") == 25
    assert 'rel="next"' in first
    asked, got = "/v1/qualifications?limit=7", []
    after = ""
    while True:
        told = client.get(f"{asked}&after={after}", headers=headers).json()
        got += [(one["supplier"], one["kind"]) for one in told["qualifications"]]
        if "next" not in told:
            break
        after = told["next"]
    assert len(got) == len(set(got)) == 33
    only = client.get(f"/v1/qualifications?supplier={node}&limit=200", headers=headers).json()
    assert len(only["qualifications"]) == 3
    none = client.get(f"{page}?standing=revoked", headers=headers).text
    assert "No supplier stands so" in none
    assert client.get("/v1/qualifications?standing=good", headers=headers).status_code == 422
    assert client.get(f"/v1/qualifications?buyer={node}", headers=headers).status_code == 404


def test_the_status_list_over_http(scene: Scene, client: TestClient) -> None:
    digest = scene.issue()
    scene.say(body_of, *turned(digest, "revoke"))
    scene.world.ledger.seal()
    answer = client.get(f"/v1/status-lists/0/{body_of}")
    assert answer.headers["content-type"].startswith(status_list.media_type)
    token = status_list.open_token(answer.text, key(f"301:{log}").private.public)
    with scene.world.reader.open() as snapshot:
        row: Any = snapshot.view.get("credential", digest)
        assert token.statuses == status_list.computed(snapshot.view, body_of, 0)
    assert token.statuses.at(row["place"]) == status_list.invalid
    assert token.url.endswith(f"/v1/status-lists/0/{body_of}")
    assert client.get("/v1/status-lists/0/99.100/O-NOBODY0000000").status_code == 404
    assert client.get(f"/v1/status-lists/10000/{body_of}").status_code == 422


def test_reminders_come_once_for_each_day_and_name_no_field(scene: Scene, served: Node) -> None:
    digest = scene.issue()
    scene.issue(number="LATER", expiry="2029-01-01")
    revoked = scene.issue(number="GONE")
    scene.say(body_of, *turned(revoked, "revoke"))
    ends, day = certificate.expires_ms(), reminding.day_ms
    watch, got = reminding.Watch(monotonic_ns=lambda: 10**18), []
    for before in (91, 90, 89, 30, 30, 7, 1):
        scene.world.clock.set(instant(ends - before * day))
        scene.world.append(scene.world.mint(1, start=len(got)))
        scene.world.ledger.seal()
        watch.next_ns = 0
        got.append(watch.plan(served))
        assert watch.plan(served) == 0, "too early to look again"
    assert got == [0, 1, 0, 1, 0, 1, 1]
    with served.store.read() as transaction:
        rows = transaction.outbox.waiting(100)
    for job, name, payload, _ in rows:
        if job == reminding.reminder_job:
            reminding.remind(served, payload)
            with served.store.write() as transaction:
                transaction.outbox.close(job, name, done="2026-12-31T00:00:00.000Z", problem=None)
            assert certificate.number not in payload
    with served.reader.open() as snapshot:
        found, after = reminding.of_holder(served, snapshot.view, supplier)
        assert reminding.of_holder(served, snapshot.view, buyer) == ([], None)
    assert found == [*reminding.reminders(served)]
    assert after is None
    assert [(one.credential, one.days) for one in found] == [
        (digest, days) for days in (1, 7, 30, 90)
    ]
    assert all(one.done for one in found)
    with TestClient(create_app(served, None)) as opened:
        told = opened.get("/v1/reminders", headers=as_of(served, supplier)).json()["reminders"]
        assert [one["days"] for one in told] == [1, 7, 30, 90]
        assert opened.get("/v1/reminders").status_code == 404
