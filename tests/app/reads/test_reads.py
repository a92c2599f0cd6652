"""The read log: every look at what is not public is a row; a day of rows is an entry; owners see who looked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from tests.app.login.test_login import Place, served
from tests.identity.people.firm import checker
from tests.ledger.world import World, core, key, root, supplier
from typer.testing import CliRunner

from tallystick.app.bootstrap import Node
from tallystick.app.main import cli
from tallystick.app.readers import Readers
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.listing import Asked, as_csv, looks
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.telling import Teller, check_days, days
from tallystick.app.reads.who import Who
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.identity import AddDevice, AddPlaceholder
from tallystick.ledger import (
    NotSound,
    Reader,
    RuleError,
    SetClock,
    StoreUnusable,
    StreamAuthor,
    TallystickError,
    auditor_reader,
    everybody,
    instant,
    merkle,
    reads,
)

day_ms = 24 * 3600 * 1000


@dataclass
class Rig:
    place: Place
    node: Node
    private: int

    @property
    def client(self) -> TestClient:
        return self.place.client

    @property
    def log(self) -> ReadLog:
        found: ReadLog = self.client.app.state.reads  # type: ignore[attr-defined]
        return found

    def rows(self, organisation: str = core, **wanted: Any) -> list[Any]:
        self.log.flush()
        return list(looks(self.node, Asked(organisation, **wanted), audits=True).rows)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    home = tmp_path_factory.mktemp("reads")
    url = f"sqlite:///{home / 'ledger.sqlite3'}"
    with served(home, url) as place:
        body = AddPlaceholder(organisation="99.100/O-SOMEBODY00000", name={"en": "Somebody"})
        private = place.world.add(core, "identity.placeholder.add/1", body).index
        place.world.ledger.seal()
        settings = Settings(home=home / "node", database_url=url)
        yield Rig(place, Node.existing(settings), private)


def test_who_looked_is_noted_and_shown_to_whose_it_is(rig: Rig) -> None:
    path = f"/v1/entries/{rig.private}"
    rig.client.cookies.clear()
    assert rig.client.get(path).json()["body"] is None
    assert rig.rows() == []
    token = Readers(rig.node.settings.folder).add("big-auditor", None)
    bearer = {"authorization": f"Bearer {token}"}
    assert rig.client.get(path, headers=bearer).json()["body"]
    assert rig.place.login(rig.place.proof()) == ""
    assert rig.client.get(path).json()["body"]
    mine, audited = rig.rows()
    assert (mine.kind, mine.name, mine.organisation, mine.roles) == (
        "person", checker, core, ("checker",),
    )  # fmt: skip
    assert (audited.kind, audited.name, audited.organisation) == ("token", "big-auditor", None)
    assert (mine.path, mine.route, mine.what) == (path, "/v1/entries/{index}", "ledger")
    assert (mine.grounds, audited.grounds) == (("party",), ("auditor",))
    assert rig.rows(supplier) == []
    # Over HTTP its own organisation sees both, others none, and strangers nothing.
    others = rig.client.get("/v1/reads?whose=others").json()["reads"]
    assert [(one["kind"], one["name"]) for one in others] == [("token", "big-auditor")]
    assert all(one["own"] for one in rig.client.get("/v1/reads?whose=own").json()["reads"])
    assert rig.client.get(f"/v1/reads?organisation={supplier}").status_code == 404
    rig.client.cookies.clear()
    assert rig.client.get("/v1/reads").status_code == 404


def test_a_row_holds_no_body_and_no_secret(rig: Rig) -> None:
    token = Readers(rig.node.settings.folder).add("with-a-token", None)
    bearer = {"authorization": f"Bearer {token}"}
    rig.client.get(f"/v1/entries/{rig.private}?unused={token}", headers=bearer)
    rig.log.flush()
    with rig.node.store.read() as transaction:
        (day,) = transaction.reads.days("9999")
        found = b"".join(row for _, row in transaction.reads.of_day(day))
    assert b"with-a-token" in found
    for hidden in (token.encode(), b"Somebody", b"unused"):
        assert hidden not in found


def test_the_page_in_both_languages_and_its_table(rig: Rig) -> None:
    assert rig.place.login(rig.place.proof()) == ""
    rig.client.get(f"/v1/entries/{rig.private}")
    for lang, title in (("en", "Who looked at what"), ("zh", "谁看了什么")):
        page = rig.client.get(f"/reads?lang={lang}", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert title in page.text
        assert f"/v1/entries/{rig.private}" in page.text
        assert checker in page.text
    empty = rig.client.get("/reads?first=2001-01-01&last=2001-01-02&lang=en").text
    assert "Nobody looked in this time." in empty
    table = rig.client.get("/v1/reads/table?whose=own")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("\ufefftime,organisation,kind,name")
    assert checker in table.text
    assert rig.client.get("/v1/reads?first=2001-13-01").json()["code"] == "reads-request-malformed"
    assert rig.client.get("/v1/reads?after=zzz").json()["code"] == "reads-request-malformed"
    rig.client.cookies.clear()
    stranger = rig.client.get("/reads?lang=en", headers={"accept": "text/html"})
    assert stranger.status_code == 200
    assert checker not in stranger.text


def noted(log: ReadLog, *parties: str, by: str = checker, organisation: str = core) -> None:
    looked = Looked()
    looked.add("parties", parties, "party", None)
    reader = Reader.party(organisation)
    log.note(
        Who("person", by, ("checker",)), reader, looked, "/v1/entries/{index}", "/v1/entries/7"
    )


@pytest.fixture
def alone(tmp_path: Path, database_url: str) -> Iterator[tuple[World, Node]]:
    with served(tmp_path, database_url) as place:
        settings = Settings(home=tmp_path / "node", database_url=database_url)
        yield place.world, Node.existing(settings)


class Submits:
    """The world's ledger as what takes entries in."""

    def __init__(self, world: World) -> None:
        self._world = world

    def submit(self, submissions: list[Any]) -> list[Any]:
        return self._world.ledger.append(submissions)


def test_a_day_is_told_once_proven_and_held_against_its_rows(
    alone: tuple[World, Node], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, node = alone
    node.keys.add(key(f"300:{root}"))
    yesterday, clock = world.clock.now_ms(), world.clock
    log = ReadLog(node, clock)
    for number in range(5):
        noted(log, core, supplier, by=f"99.100/P-{number:013d}")
    log.flush()
    teller = Teller(node, Pens(node, Submits(world), world.origin, world.clock), clock)
    assert teller.tell() == 0
    clock.advance(day_ms + 600_000)
    assert teller.tell() == 1
    assert teller.tell() == 0
    (day,) = days(node, "9999")
    assert (day.count, day.agrees) == (5, True)
    check_days(node)
    with node.store.read() as transaction:
        rows = list(transaction.reads.of_day(day.day))
    monkeypatch.setenv("TALLYSTICK_HOME", str(node.settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", node.settings.database_url)
    run = CliRunner()
    for row_id, row in rows:
        file = tmp_path / f"{row_id}.json"
        assert run.invoke(cli, ["reads", "prove", row_id, str(file)]).exit_code == 0
        good = run.invoke(cli, ["reads", "check", str(file)])
        assert good.exit_code == 0, good.output
        told = json.loads(file.read_text())
        assert told["row"].encode() == row
        for name, wrong in (("row", told["row"] + " "), ("position", told["position"] + 1),
                            ("root", "00" * 32), ("index", 3), ("path", told["path"][1:])):  # fmt: skip
            file.write_text(json.dumps({**told, name: wrong}))
            refused = run.invoke(cli, ["reads", "check", str(file)])
            assert isinstance(refused.exception, TallystickError), name
            assert refused.exception.code in ("read-proof-refused", "index-unknown"), name
    assert run.invoke(cli, ["reads", "days"]).exit_code == 0
    # Whoever changes or drops a row afterwards is found.
    with node.store.note() as transaction:
        transaction.reads.drop("9999")
    late = ReadLog(node, SetClock(instant(yesterday)))
    noted(late, core)
    late.flush()
    (changed,) = days(node, "9999")
    assert changed.agrees is False
    differs = run.invoke(cli, ["reads", "days"])
    assert differs.exit_code == 1
    assert "DIFFERS" in differs.output
    with pytest.raises(NotSound, match=f"read log of {day.day}"):
        check_days(node)


def test_nobody_but_machine_and_administrators_tells_a_day(alone: tuple[World, Node]) -> None:
    """Once told it stands: a maker could have told a false one before the node told the true one."""
    world, _ = alone
    world.clock.advance(day_ms)
    world.ledger.seal()
    told = reads.DailyReads(day="2026-01-04", count=0, root="00" * 32)
    with pytest.raises(RuleError) as refused:
        world.add(checker, reads.reads_type, told)
    assert refused.value.code == "reads-refused"
    service = "99.100.2/READS-1"
    device = AddDevice(device=service, organisation=supplier, purpose="service")
    world.add(supplier, "identity.device.add/1", device)
    world.add_key(supplier, service)
    world.append([StreamAuthor(world.author(service)).write(reads.reads_type, told)])
    world.add(supplier, reads.reads_type, told.model_copy(update={"day": "2026-01-03"}))


def test_an_organisation_sees_what_it_looked_at_itself(alone: tuple[World, Node]) -> None:
    """Each look once, however many it was about, with whose it was: the owners see no such thing of one another."""
    world, node = alone
    regulator, other = "99.100/O-REGULATOR000", "99.100/O-OTHER00000000"
    log = ReadLog(node, world.clock)
    for parties, by in (
        ((core, supplier), regulator),
        ((regulator,), regulator),
        ((core,), other),
        ((supplier,), regulator),
    ):
        noted(log, *parties, organisation=by)
        world.clock.advance(1)
    log.flush()
    found = looks(node, Asked(regulator, "made"), audits=False)
    assert [one.of for one in found.rows] == [(supplier,), tuple(sorted((core, supplier)))]
    assert all(one.own and one.name == checker for one in found.rows)
    first = looks(node, Asked(regulator, "made"), audits=False, limit=1)
    behind = Asked(regulator, "made", after=str(first.next))
    assert looks(node, behind, audits=False).rows == found.rows[1:]
    about_core = looks(node, Asked(regulator, "made", by=core), audits=False)
    assert about_core.rows == found.rows[1:]
    assert looks(node, Asked(core, "made"), audits=False).rows == ()
    (seen, _) = looks(node, Asked(core, "others"), audits=False).rows[::-1]
    assert (seen.organisation, seen.name, seen.of) == (regulator, None, ())
    assert supplier in "".join(as_csv(node, Asked(regulator, "made"), audits=False))


def test_what_cannot_be_written_waits(
    alone: tuple[World, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, node = alone
    log = ReadLog(node)
    noted(log, core)

    def broken(*_: Any) -> Any:
        raise StoreUnusable("away")

    with monkeypatch.context() as away:
        away.setattr(node.store, "note", broken)
        log.flush()
        assert log.waiting() == 1
    with log.kept():
        noted(log, core)
    assert log.waiting() == 0
    assert len(looks(node, Asked(core), audits=True).rows) == 2


def test_pages_of_rows_and_cells_that_calculate(alone: tuple[World, Node]) -> None:
    _, node = alone
    log = ReadLog(node)
    for number in range(7):
        noted(log, core, by=f"={number}", organisation=core if number % 2 else supplier)
    log.flush()
    found, after = [], ""
    while True:
        page = looks(node, Asked(core, after=after), audits=True, limit=3)
        found += page.rows
        if page.next is None:
            break
        after = page.next
    assert len(found) == len({one.id for one in found}) == 7
    assert [
        len(looks(node, Asked(core, whose), audits=True).rows) for whose in ("own", "others")
    ] == [3, 4]  # type: ignore[arg-type]
    lines = list(as_csv(node, Asked(core), audits=True))
    assert len(lines) == 8
    assert all(",'=" in line for line in lines[1:])
    hidden = looks(node, Asked(core, "others"), audits=False).rows
    assert {one.name for one in hidden} == {None}


def test_commands_of_the_operator_are_noted(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = rig.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    for words in (("log", "entry", str(rig.private)), ("member", "list", core)):
        done = CliRunner().invoke(cli, [*words])
        assert done.exit_code == 0, (done.output, done.exception)
    rig.log.flush()
    rig.client.cookies.clear()
    assert rig.place.login(rig.place.proof()) == ""
    told = rig.client.get("/v1/reads?whose=others").json()["reads"]
    rows = {(one["what"], one["path"]) for one in told if one["kind"] == "operator"}
    asked = {("tallystick log entry", str(rig.private)), ("tallystick member list", core)}
    assert rows >= asked


def test_what_is_for_everybody_is_not_noted() -> None:
    looked = Looked()
    reader = auditor_reader.noting(looked)
    assert reader.may_read("public")
    assert reader.may_read("leaf", (core,))
    assert reader.may_read("parties", (core, everybody))
    assert not looked
    assert not Reader.party(supplier).noting(looked).may_read("parties", (core,))
    assert not looked
    assert reader.may_read("parties", (core, None, ""))
    assert (looked.parties, looked.grounds) == ({core}, {"auditor"})


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=40))
def test_every_row_leads_to_the_root(data: list[bytes]) -> None:
    rows = sorted((reads.new_row_id(), one) for one in data)
    tree = reads.DayTree.of(rows[::-1])
    root = tree.root()
    for position, (row_id, row) in enumerate(rows):
        merkle.verify_inclusion(
            reads.leaf_of(row_id, row), position, len(rows), tree.path(position), root
        )
