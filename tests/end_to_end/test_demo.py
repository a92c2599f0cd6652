"""The whole story on both databases: one run shows what the product is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.played import here, look_as, people

from tallystick import finance, trace
from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.verify import verify
from tallystick.app.demo import Told, cast, goods, money, perform
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.ledger import auditor_reader, bundle, evidence, log_verifier


def play(home: Path, database_url: str) -> tuple[Node, Told]:
    settings = Settings(home=home, database_url=database_url, verify_processes=0)
    return Node.at(settings), perform(settings, lambda _zh, _en: None)


def names(node: trace.Node) -> set[str]:
    """All identifiers of a tree."""
    below = {name for branch in node.branches for name in names(branch)}
    return below | ({node.identifier} if node.identifier else set())


@pytest.fixture
def story(tmp_path: Path, database_url: str) -> tuple[Node, Told]:
    return play(tmp_path, database_url)


def test_the_story_comes_out(story: tuple[Node, Told]) -> None:
    node, told = story
    assert told.audited.size > 400
    assert told.goods.labels == told.goods.decoded == goods.module_count + goods.pack_count
    assert told.goods.offline_captures == 12
    assert told.refused == {
        "forged scan": "signature-invalid",
        "revoked device": "key-not-valid",
        "one officer admits": "same-person",
        "a demand without its papers": "demand-wrong",
        "a cent more than can be drawn": "not-drawable",
        "the dearer bid": "bid-not-best",
        "insured twice": "not-enough-free",
        "financed twice": "already-financed",
        "the firm's key alone": "not-entitled",
        "one officer for two": "same-person",
        "one operator for two": "same-person",
        "more material than is there": "material-short",
        "a lost key": "key-not-valid",
    }
    assert told.money.insured == told.money.financed == 107_201_378
    assert told.link.endswith("/01/09521234543213/21/PACK-0001")
    assert (told.cosigned, told.audited.final, told.audited.cosignatures) == (2, 2, 4)
    with node.reader.open() as snapshot:
        assert snapshot.finality().grade(told.audited.size - 1) == "final"
    assert f"index {told.money.confirmed_at}, entry:" in told.finding
    kept = evidence.read_evidence(told.second_history.read_bytes())
    with node.reader.open() as snapshot:
        verdict = kept.verify(evidence.Trust([log_verifier(snapshot.view)]))
    assert (verdict.kind, verdict.rests_on) == ("fork", "")
    with node.reader.open() as snapshot:
        pins = bundle.Pins(log_keys=(log_verifier(snapshot.view),))
    said = verify(told.proven.file.read_bytes(), pins)
    assert [one.says for one in said].count("certificate.transfer") == 65
    assert said[-1].says == "certificate.complete"
    with node.reader.open() as snapshot:
        reading = Reading(snapshot, auditor_reader)
        seen = finance.views.certificate(reading, told.money.certificate)
        assert seen.head["status"] == "settled"
        assert sum(row["amount"] for row in seen.transfers) == 3_600_000_000
        assert len(seen.transfers) == 65
        paid = {}
        came_back = [row["amount"] for row in seen.payouts if "returned" in row]
        assert came_back == [told.money.returned]
        assert told.money.twice == goods.face
        assert {row["record"] for row in seen.payouts} == {"application/xml"}
        assert all(row["record"] == "application/xml" for row in seen.financings)
        for row in seen.payouts:
            if "returned" not in row:
                paid[row["holder"]] = paid.get(row["holder"], 0) + row["amount"]
        assert sum(paid.values()) == goods.face
        assert paid[cast.bank.handle] == told.money.financed
        for firm, amount in told.money.holders.items():
            assert paid.get(cast.suppliers[firm].handle, 0) <= amount
        made_of = trace.materials(reading.view, goods.packs[0])
        assert names(made_of.root) >= {goods.modules[0], goods.cells, goods.cathode}


def test_its_transfers_meet_the_published_totals() -> None:
    planned = money.moves()
    assert len(planned) == 65
    assert sum(amount for _, _, amount in planned) == 3_600_000_000
    assert min(amount for _, _, amount in planned) == 2_800_000
    assert len({firm for giver, to, _ in planned for firm in (giver, to)}) == 25


def test_two_runs_make_the_same_log(tmp_path: Path) -> None:
    _, first = play(tmp_path / "a", "")
    _, second = play(tmp_path / "b", "")
    assert (first.audited.root, first.audited.state) == (second.audited.root, second.audited.state)


def test_its_pages_open_for_everybody_who_may(tmp_path: Path) -> None:
    node, told = play(tmp_path, "")
    client = TestClient(create_app(node), base_url=here)
    certificate = f"/certificates/{told.money.certificate.replace('#', '%23')}"
    assert client.get(f"/t/{goods.packs[0]}").status_code == 200
    assert client.get("/log").status_code == 200
    assert client.get(certificate).status_code == 404
    for who in people:
        look_as(client, who)
        assert client.get(certificate).status_code == 200, who
    look_as(client, "")
    resolved = client.get(f"/api/handles/{goods.packs[0]}").json()
    assert resolved["responseCode"] == 1
    assert resolved["handle"] == goods.packs[0]
