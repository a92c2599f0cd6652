"""Who is told of papers that end, and when no more: the holder, its officers, and the node that verified it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.app.credentials.scene import Scene
from tests.identity.organisations import test_node_acts as acts
from tests.identity.people.firm import by_node
from tests.ledger.world import core, node, rule_set, supplier

from tallystick.app.login import Member
from tallystick.app.notices import Notice, papers
from tallystick.identity import ConfirmPapers

#: The world's clock stands on 2026-01-05.
soon, later, gone = "2026-02-01", "2026-09-01", "2026-01-06"


@dataclass
class Desk:
    scene: Scene

    def told(self, organisation: str, *roles: str) -> list[Notice]:
        member = Member("99.100/P-SOMEBODY00000", organisation, frozenset(roles), "300")
        sources = (papers.qualifications, papers.own_papers, papers.verified)
        with self.scene.world.reader.open() as snapshot:
            return [one for source in sources for one in source(snapshot.view, member)]

    def kinds(self, organisation: str, *roles: str) -> list[tuple[str, str]]:
        return [(one.kind, one.told["ends"]) for one in self.told(organisation, *roles)]

    def handed(self, kind: str, ends: str) -> None:
        told, name = acts.hand(self.scene.world, acts.paper(kind, ends))
        assert told == "accepted"
        what = ConfirmPapers(kind="papers", organisation=supplier, handed=name)
        assert by_node(self.scene.world, what) == "accepted"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    home: Path = tmp_path_factory.mktemp("papers")
    made = Desk(Scene.made(f"sqlite:///{home / 'ledger.sqlite3'}", home, rule_set()))
    made.handed("business-licence", soon)
    made.handed("agent-authorisation", later)
    made.scene.issue(expiry="2026-02-20", number="A-1")
    made.scene.issue(expiry="2026-12-31", number="A-2")
    made.scene.world.ledger.seal()
    return made


def test_officers_are_told_of_papers_that_end_soon_and_of_no_others(desk: Desk) -> None:
    assert desk.kinds(supplier, "administrator") == [("paper-ends", soon)]
    assert desk.kinds(node, "security-administrator") == [("verified-paper-ends", soon)]
    (one,) = desk.told(supplier, "administrator")
    assert (one.waits, one.link) == (True, f"/organisations/{supplier}")
    assert one.told["kind"] == "business-licence"


def test_who_reads_qualifications_is_told_of_those_that_end(desk: Desk) -> None:
    assert desk.kinds(supplier, "maker") == [("qualification-ends", "2026-02-20")]
    # Warehouses do not read them, and others do not hold them.
    assert desk.kinds(supplier, "warehouse") == []
    assert desk.kinds(core, "maker", "administrator") == []


def test_what_ended_is_told_for_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    day, begins = 24 * 3600 * 1000, desk.scene.now_ms

    def after(days: int) -> list[tuple[str, str]]:
        monkeypatch.setattr(papers, "now_ms", lambda view: begins + days * day)
        return desk.kinds(supplier, "administrator", "maker")

    assert ("paper-ended", soon) in after(40)
    assert ("qualification-ended", "2026-02-20") in after(50)
    assert after(50).count(("paper-ended", soon)) == 1
    assert all(ends not in (soon, "2026-02-20") for _, ends in after(90))
