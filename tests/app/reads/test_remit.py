"""A regulator reads a firm's thing under a remit, and the firm finds exactly that look: who, in which role, what, when."""

from __future__ import annotations

from pathlib import Path

from tests.app.login.test_login import Place, served
from tests.identity.people.firm import add, checker, decide, node_officers, propose
from tests.identity.sharing.agreed import admit
from tests.ledger.world import core, node, supplier

from tallystick.app.reads.keeping import ReadLog
from tallystick.identity import AddPlaceholder
from tallystick.identity.sharing import GiveRemit, Opened, Over
from tallystick.ledger import SystemClock, instant

regulator, inspector = "99.100/O-REGULATOR000", "99.100/P-INSPECTOR0000"


def overseen(place: Place) -> tuple[int, int]:
    """Two private entries of the firm; the node lets the regulator read the firm's part of identity."""
    world = place.world
    hidden = []
    for number in (1, 2):
        body = AddPlaceholder(organisation=f"99.100/O-SOMEBODY0000{number}", name={"en": "S"})
        hidden.append(world.add(core, "identity.placeholder.add/1", body).index)
    admit(world, regulator, "regulator")
    assert add(world, regulator, inspector, "reader", organisation=regulator) == "accepted"
    world.add_key(regulator, inspector)
    one, two = node_officers(world)
    remit = GiveRemit(
        kind="remit", to=regulator, role="regulator", what=(Opened(kind="part", part="identity"),),
        over=Over(organisations=(core,)), until="2026-12-31",
    )  # fmt: skip
    told, name = propose(world, one, remit, node)
    assert (told, decide(world, two, name)) == ("accepted", "accepted")
    world.ledger.seal()
    first, second = hidden
    return first, second


def test_the_owner_finds_exactly_the_look_of_a_regulator(tmp_path: Path, sqlite_url: str) -> None:
    with served(tmp_path, sqlite_url) as place:
        looked_at, other = overseen(place)
        client, log = place.client, place.client.app.state.reads  # type: ignore[attr-defined]
        assert isinstance(log, ReadLog)
        path, clock = f"/v1/entries/{looked_at}", SystemClock()
        # Whoever has no remit sees nothing, and has looked at nothing.
        assert client.get(path).json()["body"] is None
        assert place.login(place.proof(inspector)) == ""
        before = instant(clock.now_ms())
        assert client.get(path).json()["body"]
        after = instant(clock.now_ms())
        log.flush()
        client.cookies.clear()
        assert place.login(place.proof(checker)) == ""
        (look,) = client.get("/v1/reads?whose=others").json()["reads"]
        assert (look["organisation"], look["kind"], look["roles"]) == (
            regulator, "person", ["reader"],
        )  # fmt: skip
        assert (look["path"], look["route"], look["what"]) == (
            path, "/v1/entries/{index}", "ledger",
        )  # fmt: skip
        assert look["grounds"] == ["remit"]
        assert before <= look["time"] <= after
        # Which person it was, the regulator knows; the firm sees the organisation and the role.
        assert look["name"] is None
        page = client.get("/reads?whose=others&lang=en", headers={"accept": "text/html"}).text
        assert page.count("/v1/entries/") == page.count(path) > 0
        assert f"/v1/entries/{other}<" not in page
        assert regulator in page.replace("%2F", "/")
        assert inspector not in page
        assert f'datetime="{look["time"]}"' in page
        # Another firm, under the same node, learns nothing of it.
        answer = client.get(f"/v1/reads?organisation={supplier}")
        assert answer.status_code == 404
