"""Insurance by commands against a served node, from the offer of a cover to the payment of a claim and its pack."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from rich.console import Console
from tests.app.insurance.house import House, claimed, held, insured, insurer
from tests.app.limits.bourse import checker, maker
from tests.app.matching.office import maker as debtor
from tests.app.matching.office import seller
from tests.ledger.world import core, key, supplier
from typer.testing import CliRunner

from tallystick.app import bundle_cli
from tallystick.app.auditing.limits import check_insured
from tallystick.app.cli import cli
from tallystick.app.insurance import cli as insurance_cli
from tallystick.app.people import saying
from tallystick.ledger import TallystickError, log_verifier


def run(*arguments: str) -> str:
    told = CliRunner().invoke(cli, list(arguments))
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output.strip()


def refused(*arguments: str) -> str:
    error = CliRunner().invoke(cli, list(arguments)).exception
    assert isinstance(error, TallystickError), error
    return error.code


@pytest.fixture
def at_home(place: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (saying, insurance_cli, bundle_cli):
        monkeypatch.setattr(module, "console", Console(width=400))
    return tmp_path


def test_from_the_offer_to_the_pack(place: House, at_home: Path) -> None:
    def by(person: str) -> tuple[str, ...]:
        file = at_home / f"{person.rpartition('/')[2]}.pem"
        file.write_bytes(key(f"300:{person}").private.pem())
        return ("--author", f"300:{person}={file}", "--node", place.site.url)

    def said(*arguments: str) -> None:
        run("insurance", *arguments)
        place.site.world.ledger.seal()

    def named(path: str, under: str) -> str:
        rows = place.get(maker(insurer), f"/finance/v1/insurance/{path}")[path]
        return str(rows[-1][under])

    name = place.confirmed()
    quote = place.quote(name, insured, held)
    assert place.answer(place.taking(quote)) == "accepted"
    place.until("2026-01-12")
    place.disburse(quote, insured)
    terms = (
        "propose", insured, "--debtor", f"{core}=4,000,000.00", "--share", "90", "--valid-from", "2026-01-12",
        "--expires-on", "2026-12-31", "--grace-days", "10", "--waiting-days", "20", "--payment-days", "15",
    )  # fmt: skip
    said(*terms, "--penalty", "0.05", *by(maker(insurer)))
    cover = named("covers", "name")
    said("approve", cover, *by(checker(insurer)))
    said("answer", cover, "--accept", *by(maker(insured)))
    said("declare", cover, name, "3,133,671.78", *by(maker(insured)))
    place.until("2026-07-01")
    place.pays(name, 800_000_000)
    assert refused("insurance", "notice", name, *by(maker(insured))) == "refused-by-node"
    place.until("2026-07-04")
    place.block(name)
    said("notice", name, *by(maker(insured)))
    notice = named("notices", "name")
    place.until("2026-07-22")
    place.block(name)
    said("claim", notice, *by(maker(insured)))
    claim = str(place.of_notice(notice, maker(insurer))["notice"]["claim"])

    out = at_home / "claim.zip"
    assert "bytes" in run("insurance", "pack", claim, "--out", str(out), "--lang", "en")
    _verified(place, out, at_home)
    assert refused("insurance", "pack", "0" * 64, "--out", str(out)) == "not-found-or-not-yours"

    assert refused("insurance", "decide", claim, "1.00", *by(maker(insurer))) == "refused-by-node"
    said("decide", claim, "313,367.18", *by(maker(insurer)))
    (proposal,) = place.of_notice(notice, maker(insurer))["proposals"]
    assert place.of_notice(notice, maker(insured))["proposals"] == {}
    said("approve-decision", proposal, *by(checker(insurer)))
    record = at_home / "record.xml"
    record.write_bytes(b"%PDF-1.7\npaid")
    paid = ("paid", claim, "--evidence", str(record), "--paid-at", place.now())
    said(*paid, *by(maker(insured)))
    told = run("insurance", "list", insurer)
    assert "90 %" in told
    assert "closed" in told
    assert "No cover." in run("insurance", "list", supplier)
    assert place.of_certificate(name, maker(insurer))["holders"] == {insurer: claimed}
    _pages(place, cover, notice)
    place.audit()
    check_insured(place.site.node)


def _verified(place: House, out: Path, folder: Path) -> None:
    """By its own command, with the log's key alone."""
    with zipfile.ZipFile(out) as archive:
        archive.extract("evidence.tally", folder)
    with place.site.world.reader.open() as snapshot:
        pinned = log_verifier(snapshot.view).encode()
    told = run("verify", str(folder / "evidence.tally"), "--log-key", pinned)
    assert "finance.insurance.claim/1" in told


def _pages(place: House, cover: str, notice: str) -> None:
    """Both parties read cover and notice in both languages; a supplier neither."""
    paths = (f"/insurance/covers/{cover}", f"/insurance/notices/{notice}", "/insurance")
    for language, word in (("en", "Cover"), ("zh", "保单")):
        for path in paths:
            for person in (maker(insurer), maker(insured)):
                answer = place.ask(person, path, lang=language)
                assert answer.status_code == 200
                assert word in answer.text
    shown = place.ask(debtor, paths[1], lang="en")
    assert shown.status_code == 200
    assert insurer not in shown.text
    for path in paths[:2]:
        assert place.ask(seller, path).status_code == 404
