"""Interest that the debtor bears, over HTTP, on pages and by command, on both databases; the log is audited at the end."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote as quoted_path

import pytest
from tests.app.limits.bourse import face
from tests.app.matching.office import checker as core_checker
from tests.app.settlement.till import Till, core_maker, funder, maker, payer, seller
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.cli import cli

part = 100_000_000
runner = CliRunner()


def borne(place: Till, name: str) -> tuple[str, int]:
    """Quoted so that the debtor bears the discount; the quote, and the discount."""
    place.search(name, funder)
    stated = place.quoted(name, funder, part).model_copy(update={"net": part, "borne_by": "buyer"})
    return place.say(maker(funder), "finance.quote/1", stated), stated.discount


def seen(place: Till, person: str, name: str) -> list[dict[str, Any]]:
    path = f"/finance/v1/certificates/{quoted_path(name, safe='')}"
    found: list[dict[str, Any]] = place.get(person, path)["interests"]
    return found


def test_a_debtor_bears_interest(place: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    name = place.certificate("ONE")
    quote, discount = borne(place, name)
    assert place.answer(place.taking(quote)) == "interest-not-agreed"
    propose = finance.InterestPropose(quote=quote)
    for person in (seller, maker(funder), maker(payer)):
        assert place.refused(person, "finance.interest.propose/1", propose) == "quote-unknown"
    proposal = place.say(core_maker, "finance.interest.propose/1", propose)
    page = f"/certificates/{quoted_path(name, safe='')}"
    for lang, told in (("en", "Interest that the debtor bears"), ("zh", "债务人承担的利息")):
        assert told in place.ask(core_maker, page, lang=lang).text
        assert told not in place.ask(seller, page, lang=lang).text
    assert list(seen(place, core_maker, name)[0]["proposals"]) == [proposal]
    approve = finance.InterestApprove(proposal=proposal)
    place.say(core_checker, "finance.interest.approve/1", approve)
    assert place.answer(place.taking(quote)) == "accepted"
    place.until("2026-01-12")
    place.disburse(quote, funder)
    for person in (core_maker, maker(funder), maker(payer)):
        (row,) = seen(place, person, name)
        assert (row["owed"]["status"], row["owed"]["amount"]) == ("owed", discount)
    assert seen(place, seller, name) == []
    found = place.ask(maker(funder), "/finance/v1/exposure", on="2026-01-12", form="csv").text
    (held,) = csv.DictReader(io.StringIO(found))
    assert (held["borne_by"], held["interest"]) == ("buyer", "owed")
    body = finance.InterestPay(
        quote=quote, amount_minor=discount, evidence="ab" * 32, paid_at=place.now()
    )
    assert place.refused(core_maker, "finance.interest.pay/1", body) == "no-evidence"
    place.say(maker(payer), "finance.interest.pay/1", body)
    assert seen(place, maker(funder), name)[0]["owed"]["status"] == "paid"
    days = {"first": "2026-01-01", "last": "2026-07-01"}
    told = place.get(core_maker, "/finance/v1/journal", **days)["postings"]
    assert "interest.pay" in [one["what"] for one in told]
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    printed = runner.invoke(cli, ["interest", "list", name])
    assert printed.exit_code == 0, (printed.output, printed.exception)
    assert "yes" in printed.output
    place.until("2026-07-01")
    place.contract("FC-LATER")
    place.pay_due(face, "ee" * 32)
    place.audit()
    assert core == name.partition("#")[0]
