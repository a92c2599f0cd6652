"""The daily equality over HTTP, on the page, by the worker and by command: to its readers alone, and all explained."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console
from tests.app.limits.bourse import face
from tests.app.settlement.till import Till, core_maker, funder, maker, payer, seller
from tests.ledger.world import node
from typer.testing import CliRunner

from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli
from tallystick.app.equality import cli as equality_cli
from tallystick.app.equality import keeping
from tallystick.app.readers import Readers

part = 100_000_000
runner = CliRunner()


def test_each_day_is_kept_and_shown_to_whom_it_is_for(
    place: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = place.site
    monkeypatch.setattr(keeping, "now_ms", lambda _view: site.world.clock.now_ms())
    name = place.certificate("ONE")
    place.financed(name, part)
    place.until("2026-07-01")
    place.contract("FC-LATER")
    place.pay_due(face - 1, "ee" * 32)
    place.until("2026-07-03")
    watch = keeping.Watch()
    assert watch.plan(site.node) == keeping.days_at_once
    assert watch.plan(site.node) == 0
    assert keeping.Watch().plan(site.node) == 0
    keeping.keep(site.node, "2026-01-12")
    (first,) = _days(place, maker(funder), limit=1)
    assert (first["day"], first["unexplained"]) == ("2026-01-12", 0)
    lines = {one["name"]: one for one in first["reports"][0]["lines"]}
    assert lines["registered"]["ledger"] == lines["registered"]["other"] == part
    whole = _days(place, maker(node), since="2026-07-01")
    assert [one["day"] for one in whole] == ["2026-07-01", "2026-07-02"]
    assert {one["unexplained"] for one in whole} == {0}
    for one in whole:
        assert _days(place, maker(node), since=one["day"], limit=1) == [one]
    lines = {one["name"]: one for one in whole[-1]["reports"][0]["lines"]}
    assert (lines["paid"]["ledger"], lines["paid"]["other"]) == (face - 1, face - 1)
    assert lines["due"]["because"] == {"overdue": 1}
    own = _days(place, maker(funder), since="2026-07-01")
    lines = {one["name"]: one for one in own[0]["reports"][0]["lines"]}
    assert (lines["paid"]["ledger"], lines["disbursed"]["ledger"] > 0) == (0, True)
    _others_get_nothing(place)
    page = place.ask(maker(payer), "/equality", day="2026-07-02", lang="zh").text
    assert "差异均已解释" in page
    assert "存在未解释差异" not in page
    assert "/login?next=/equality" in place.ask("", "/equality", lang="en").text
    _by_command(place, monkeypatch)
    for payload in _kept(site.node):
        keeping.tell(site.node, payload)
    place.audit()


def _days(place: Till, person: str, **asked: Any) -> list[Any]:
    found: list[Any] = place.get(person, "/finance/v1/equality", **asked)["days"]
    return found


def _others_get_nothing(place: Till) -> None:
    """Who is no bank has no part; a bank asks for nobody else's; an auditor reads all."""
    for person in (seller, core_maker):
        assert _days(place, person) == []
    for person, of in ((maker(payer), funder), (seller, payer), (core_maker, node)):
        answer = place.ask(person, "/finance/v1/equality", organisation=of)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found-or-not-yours")
    assert place.ask("", "/finance/v1/equality").status_code in (403, 404)
    token = Readers(place.site.node.settings.folder).add("auditor", None)
    headers = {"Authorization": f"Bearer {token}"}
    told = place.http.get("/finance/v1/equality?since=2026-07-01", headers=headers).json()
    assert len(told["days"]) == 2


def _by_command(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(equality_cli, "console", Console(width=300))
    answer = runner.invoke(cli, ["equality", "--day", "2026-07-01"])
    assert answer.exit_code == 0, (answer.output, answer.exception)
    assert "due-today 0.01" in answer.output
    answer = runner.invoke(
        cli, ["equality", "--day", "2026-07-02", "--organisation", funder, "--json", "--keep"]
    )
    assert answer.exit_code == 0, (answer.output, answer.exception)
    (told,) = json.loads(answer.output)
    assert told["unexplained"] == 0


def _kept(kept_by: Node) -> list[str]:
    with kept_by.store.read() as transaction:
        return [row.payload for row in transaction.outbox.of(keeping.equality_job)]
