"""An operator, two witnesses and a full mirror as processes: what the mirror adds to a quorum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.mirrored import Mirrored, mirrored
from tests.end_to_end.test_serving import serving
from tests.end_to_end.test_witnessed import run, until

from tallystick.app.bootstrap import Node
from tallystick.app.readers import Readers
from tallystick.ledger import Checker, audit, mirror

pytestmark = pytest.mark.slow


def told_of(finality: Any, name: str) -> Any:
    return next(one for one in finality["witnesses"] if one["name"] == name)


def test_two_of_three_with_the_mirror_among_them(tmp_path: Path, sqlite_url: str) -> None:
    """Final with it; without it everything waits and says for whom; a broken rule it refuses by name."""
    with mirrored(tmp_path, f"sqlite:///{tmp_path / 'log.sqlite'}", sqlite_url) as stage:
        stage.mirror.start()
        broken = _honest_then_without(stage)
        _refuses(stage, broken)


def _honest_then_without(stage: Mirrored) -> str:
    """Runs the operator; the name of a handle that is in the log."""
    with serving(stage.settings) as client:
        first = stage.send(client, stage.entry("99/T-TWICE"))
        index = first["results"][0]["index"]
        stage.final_at(client, index)
        document = stage.mirror.client.get("/mirror/statement").json()
        stated = mirror.open_statement(document, stage.mirror.home.verifier())
        assert (stated.scope, stated.executed) == ("full", stated.size)
        assert stated.size > index
        for path in ("/log/checkpoint", "/log/tile/0/000.p/1", f"/log/proof/{index}"):
            assert stage.mirror.client.get(path).is_success, path
        until(lambda: stage.mirror.client.get("/log/finality").json()["final"] > index)

        stage.mirror.stop()
        waiting = stage.send(client)["results"][0]["index"]

        def waits() -> Any:
            told = stage.finality(client)
            gone = told_of(told, "m")["code"] == "witness-unreachable"
            return told if gone and told["sealed"] > waiting else None

        told = until(waits)
        assert told["final"] <= waiting
        assert "all: 1 of 2 needed, without m" in told["why"]
        stage.mirror.start()
        stage.final_at(client, waiting)
        page = stage.mirror.client.get("/", params={"lang": "zh"}).text
        assert "全量镜像" in page
        _audited_from_afar(stage)
    return "99/T-TWICE"


def _audited_from_afar(stage: Mirrored) -> None:
    """Over HTTP: whole for the bearer of a token, and what everybody may see for everybody."""
    token = stage.settings.folder / "auditor.token"
    token.write_text(Readers(stage.settings.folder).add("auditor", None))
    for words in (("--token-file", str(token)), ("--no-rules",)):
        report = stage.settings.folder / "audit.json"
        pinned = ("--url", stage.url, "--log-key", stage.log.encode(), "--json", str(report))
        done = run(stage.mirror.settings, "audit", *pinned, *words)
        told = json.loads(report.read_bytes())
        assert (done.returncode, told["verdict"]) == (0, "sound"), done.stderr
        assert told["log"]["size"] > 2
        unseen = {line["name"] for line in told["unseen"]}
        assert "no-database" in unseen
        assert ("no-rules" in unseen) == ("--no-rules" in words)


def _refuses(stage: Mirrored, name: str) -> None:
    """The operator forgets a handle by hand in its store, and gives it away a second time."""
    with stage.node.store.write() as transaction:
        gone = [row[:3] for row in transaction.rows("document") if name in row[1:3]]
        assert gone
        transaction.drop_documents(gone)
    with serving(stage.settings) as client:
        index = stage.send(client, stage.entry(name))["results"][0]["index"]

        def refused() -> Any:
            told = stage.finality(client)
            return told if told_of(told, "m")["code"] == "mirror-refuses" else None

        told = until(refused)
        assert told["final"] <= index
        assert f"entry {index}" in told["why"]
        assert "identity.handle.create/1" in told["why"]
        assert "refuses" in client.get("/log", params={"lang": "en"}).text
    status = stage.mirror.status()
    assert (status["refusal"]["index"], status["size"] <= index) == (index, True)
    assert str(index) in stage.mirror.client.get("/", params={"lang": "en"}).text
    stage.mirror.stop()
    shown = run(stage.mirror.settings, "mirror", "status")
    assert shown.returncode == 1
    assert f"entry {index}" in shown.stdout
    kept = json.loads((stage.mirror.home.folder / "refusal.json").read_bytes())
    assert (kept["index"], kept["rule"]) == (index, status["refusal"]["rule"])
    wrong = run(stage.mirror.settings, "mirror", "lift", "--index", "1")
    assert (wrong.returncode, "mirror-no-refusal" in wrong.stderr) == (2, True)
    node = Node.at(stage.mirror.settings)
    found = audit(node.store, node.rules, node.directory, Checker())
    assert 0 < found.size <= index
