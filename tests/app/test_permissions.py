"""The printed matrix is what happens: every route, asked by every role of three organisations and by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.test_every_cell import about_oneself
from tests.app.played import here, log_in
from tests.app.test_every_route import Told, canary, made, routes_of
from tests.ledger.world import World, core, key, supplier

from tallystick.app import permissions
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.identity import AddPerson
from tallystick.ledger import public_reader


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    home = tmp_path_factory.mktemp("matrix")
    return made(home, f"sqlite:///{home / 'ledger.sqlite3'}")


@pytest.fixture(scope="module")
def client(told: Told) -> Iterator[TestClient]:
    app = create_app(told.node, told.world.ledger)
    with TestClient(app, base_url=here, raise_server_exceptions=False) as opened:
        yield opened


def member(world: World, organisation: str, role: str) -> str:
    """A person with one role and a key of its own."""
    person = f"99.100/P-{organisation[9:11]}{role.upper()[:11]}"
    with world.reader.open() as snapshot:
        known = snapshot.view.get("person", person)
    if known is None:
        body = AddPerson(person=person, organisation=organisation, roles=(role,))  # type: ignore[arg-type]
        world.add(organisation, "identity.person.add/1", body)
        world.add_key(organisation, person)
    return person


def as_member(client: TestClient, person: str) -> None:
    client.cookies.clear()
    log_in(client, person, key(f"300:{person}"))


#: Of whoever is logged in: a token has none of it; `tests.app.pages.test_every_cell` tries these.
_of_oneself = {"/v1/login", "/login", *about_oneself}


#: By route: status, code of the problem, and which secrets stood in it.
Answers = dict[str, tuple[int, str, frozenset[str]]]


def answers(client: TestClient, told: Told, headers: dict[str, str] | None = None) -> Answers:
    """Of every route that is read."""
    found: Answers = {}
    for route in routes_of(client.app.routes):  # type: ignore[attr-defined]
        # What is about the session itself differs with it.
        if route.name != route.path or not route.reads or route.path in _of_oneself:
            continue
        answer = client.get(told.address(route.path), headers=headers, follow_redirects=False)
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        code = str(answer.json()["code"]) if is_problem else ""
        found[route.path] = (answer.status_code, code, frozenset(canary(answer.content)))
    return found


def test_every_route_stands_in_the_table(client: TestClient) -> None:
    paths = {route.path for route in routes_of(client.app.routes)}  # type: ignore[attr-defined]
    assert len(paths) > 50
    for path in paths:
        permissions.resource_of(path)
    with pytest.raises(permissions.RouteUnknown):
        permissions.resource_of("/v1/brand-new")
    plain = {re.sub(":[a-z0-9]+}", "}", path) for path in paths}
    used = {max((b for b in permissions.of_route if _fits(p, b)), key=len) for p in plain}
    optional = {"/v1/played", "/metrics"}
    assert set(permissions.of_route) - used - optional == set(), "stands in the table, and nowhere"


def _fits(path: str, beginning: str) -> bool:
    return path == beginning or (
        beginning != "/" and path.startswith((f"{beginning}/", f"{beginning}:"))
    )


@pytest.fixture(scope="module")
def as_party(client: TestClient, told: Told) -> Answers:
    client.cookies.clear()
    token = Readers(told.home).add("core-as-a-whole", core)
    return answers(client, told, {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def as_nobody(client: TestClient, told: Told) -> Answers:
    client.cookies.clear()
    return answers(client, told)


@pytest.mark.parametrize("role", permissions.roles)
def test_a_role_reads_what_its_cells_say(
    told: Told, client: TestClient, as_party: Answers, as_nobody: Answers, role: str
) -> None:
    as_member(client, member(told.world, core, role))
    mine = answers(client, told)
    as_member(client, member(told.world, supplier, role))
    others = answers(client, told)
    client.cookies.clear()
    seen = 0
    for path, got in mine.items():
        resource = permissions.resource_of(path)
        if permissions.may(role, "own", resource):
            assert got == as_party[path], path
            seen += bool(got[2])
        elif resource.open:
            assert got == as_nobody[path], path
        else:
            assert got[0] == 403, path
            assert got[1] in ("role-missing", ""), path
        assert others[path][2] == as_nobody[path][2] == frozenset(), path
    assert (seen > 0) == permissions.may(role, "own", permissions.resources["ledger"])


def test_whoever_has_no_role_reads_what_everybody_reads(told: Told) -> None:
    own: Any = object()
    for path in ("/log/entries/{index}", "/t/{handle:path}", "/api/handles/{handle:path}"):
        assert permissions.reader_of(path, (), own) is public_reader
        assert permissions.reader_of(path, ("maker",), own) is own


def test_the_reference_prints_every_cell() -> None:
    rows = permissions.table()
    assert len(rows) == len(permissions.resources) * len(permissions.roles)
    for row in rows:
        resource = permissions.resources[row["resource"]]
        for relation in permissions.relations:
            may = [
                verb
                for verb in permissions.verbs
                if permissions.may(row["role"], relation, resource, verb)
            ]
            closed = "public" if resource.open else "–"
            said = "all" if len(may) == len(permissions.verbs) else " ".join(may)
            assert row[relation] == (said or closed)
            if relation in ("ended", "same-role", "other", "nobody"):
                assert not may
            if relation in ("sharing", "remit"):
                assert not {"search", "count"}.intersection(may)
    root = Path(__file__).resolve().parents[2]
    printed = (root / "docs/reference/permissions.md").read_text(encoding="utf-8")
    assert printed.count("\n| `money` | ") == len(permissions.roles) + 1
