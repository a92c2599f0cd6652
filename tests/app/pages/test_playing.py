"""A demo's people are played by real sessions; no other store gives anybody a key, or a way to look as somebody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.conftest import nasty_handle
from tests.app.pages.markup import Page
from tests.app.played import here, log_in
from tests.app.test_every_route import routes_of
from tests.ledger.world import World, core, supplier

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.played import Playbill, PlayedPerson, playbill_file
from tallystick.app.settings import Settings
from tallystick.identity import AddPerson
from tallystick.ledger import PublicKey

old_cookie = "tallystick_view_as"


def test_every_played_person_logs_in_with_the_key_it_is_given(
    demo: TestClient, demo_node: Node
) -> None:
    people = demo.get("/v1/played").json()["people"]
    assert len(people) > 20
    assert {one["organisation"] for one in people} >= {cast.core.handle, cast.bank.handle}
    for one in people:
        answer = demo.get(f"/v1/played/{one['person']}")
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        with demo_node.reader.open() as snapshot:
            known = demo_node.directory.key(snapshot.view, told["reference"])
        public = {name: value for name, value in told["jwk"].items() if name != "d"}
        assert known is not None
        assert known.public == PublicKey.from_jwk(public)
        log_in(demo, one["person"])
        assert demo.get("/v1/login").json()["roles"] == sorted(one["roles"])


def test_a_session_reads_by_its_roles_alone(demo: TestClient) -> None:
    log_in(demo, cast.core.maker)
    assert demo.get("/certificates").status_code == 200
    log_in(demo, cast.core.administrator)
    refused = demo.get("/certificates?lang=en")
    assert refused.status_code == 403
    assert "None of your roles may see this" in refused.text
    assert demo.get("/devices").status_code == 200


def test_the_list_is_in_the_frame_and_on_the_login_page(demo: TestClient) -> None:
    page = demo.get("/").text
    assert 'class="play"' in page
    assert f'value="{cast.bank.checker}"' in page
    assert "needs scripts" in Page(page).text
    login = demo.get("/login?lang=zh").text
    assert f'data-play="{cast.bank.checker}"' in login
    log_in(demo, cast.bank.checker)
    assert re.search(rf'value="{cast.bank.checker}" selected', demo.get("/").text)


@pytest.mark.parametrize(
    "person",
    [
        cast.suppliers[7].handle,
        cast.suppliers[7].maker,
        "99.100/P-NOBODY0000000",
        "x",
        "%00",
        "a/b/c",
    ],
)
def test_nobody_else_has_a_key_to_give(demo: TestClient, person: str) -> None:
    answer = demo.get(f"/v1/played/{person}")
    assert (answer.status_code, answer.json()["code"]) == (404, "played-unknown")


def test_no_other_store_has_any_of_it(plain: TestClient, plain_world: World) -> None:
    text = plain.get("/").text
    assert 'class="play"' not in text
    assert "play.js" not in text
    for path in ("/v1/played", f"/v1/played/{cast.core.maker}", "/view-as"):
        assert plain.get(path).status_code == 404, path
        assert plain.post(path).status_code in (404, 405), path
    plain.cookies.set(old_cookie, "auditor")
    assert "only-for-the-owner" not in plain.get("/t/99.100.1/SN-1").text


def bill(*people: str) -> str:
    cast_as = (
        PlayedPerson(person=one, organisation=core, firm={"en": "Core"}, roles=("maker",))
        for one in people
    )
    return Playbill(people=tuple(cast_as)).model_dump_json()


@pytest.mark.parametrize("simulated", [False, True])
def test_a_file_alone_makes_no_store_a_demo(tmp_path: Path, simulated: bool) -> None:
    """In a log that is not simulated it is not read; in one that is, nobody's key is given that is not played."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    origin = "log.example/tests" + ("/simulated" if simulated else "")
    world = World(url, tmp_path / "signer", origin=origin)
    world.populate()
    person = "99.100/P-SOMEBODY00000"
    body = AddPerson(person=person, organisation=core, roles=("maker",))
    world.add(core, "identity.person.add/1", body)
    world.add_key(core, person)
    (tmp_path / playbill_file).write_text(bill(person, supplier), encoding="utf-8")
    app = create_app(Node.at(Settings(home=tmp_path, database_url=url)))
    paths = {route.path for route in routes_of(app.routes)}
    assert any(path.startswith("/v1/played") for path in paths) is simulated
    with TestClient(app, base_url=here) as client:
        for one in (person, supplier, cast.core.maker):
            answer = client.get(f"/v1/played/{one}")
            assert answer.status_code == 404
            assert '"d"' not in answer.text
    world.ledger.seal()


def test_a_simulated_store_without_the_file_is_no_demo(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    World(url, tmp_path / "signer").populate()
    app = create_app(Node.at(Settings(home=tmp_path, database_url=url)))
    assert not any(route.path.startswith("/v1/played") for route in routes_of(app.routes))


def test_names_in_the_list_never_become_markup(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    World(url, tmp_path / "signer").populate()
    who = PlayedPerson(
        person=nasty_handle, organisation=core, firm={"en": "<script>x</script>"}, roles=("maker",)
    )
    told = Playbill(people=(who,)).model_dump_json()
    (tmp_path / playbill_file).write_text(told, encoding="utf-8")
    with TestClient(create_app(Node.at(Settings(home=tmp_path, database_url=url)))) as client:
        page = Page(client.get("/login").text)
    assert not page.faults
