"""The description for the public register: of an accepted quote, the same words each time, for its two sides alone."""

from __future__ import annotations

import pytest
from tests.app.limits.bourse import face
from tests.app.settlement.till import (
    Till,
    core_maker,
    funder,
    maker,
    payer,
    seller,
    supplier,
)
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick.app.cli import cli

runner = CliRunner()
part = 100_000_000


def test_it_says_what_is_assigned(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    name = place.certificate("ONE")
    quote = place.quote(name, funder, part)
    path = f"/finance/v1/quotes/{quote}/description"
    assert place.ask(maker(funder), path).json()["code"] == "not-found-or-not-yours"
    assert place.answer(place.taking(quote)) == "accepted"
    text = place.get(maker(funder), path)["text"]
    assert text == place.get(maker(funder), path)["text"]
    for said in (core, supplier, funder, name, f"{core}#FC-1", f"{supplier}#INV-ONE", "无追索权"):
        assert said in text
    assert "CNY 1,000,000.00" in text
    in_english = place.get(seller, path, lang="en")["text"]
    assert f"Number of the electronic receivable certificate: {name}." in in_english
    assert str(face) not in in_english
    for person in (core_maker, maker(payer)):
        answer = place.ask(person, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found-or-not-yours")
    page = place.ask(maker(funder), f"/certificates/{name.replace('#', '%23')}", lang="zh").text
    assert "登记用财产描述" in page
    assert f"{supplier}#INV-ONE" in page
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    printed = runner.invoke(cli, ["books", "description", funder, quote])
    assert printed.exit_code == 0, (printed.output, printed.exception)
    assert printed.output == f"{text}\n"
