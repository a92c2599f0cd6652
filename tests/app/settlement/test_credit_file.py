"""A bank's credit file: facts of the ledger, gaps by name, its proof inside and beside it, for that bank alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote as quoted_path

import pymupdf
import pytest
from tests.app.limits.bourse import banks, checker, face
from tests.app.matching.office import checker as core_checker
from tests.app.settlement.test_borne_interest import borne
from tests.app.settlement.till import Till, core_maker, funder, maker, payer, seller, supplier
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick import finance
from tallystick.app.access import Reading
from tallystick.app.cli import cli
from tallystick.app.papers import credit
from tallystick.finance import papers, policies
from tallystick.finance.papers.credit_phrases import credit_phrases
from tallystick.ledger import Reader, log_verifier
from tallystick.scanners import system_font

part = 100_000_000
runner = CliRunner()
needs_font = pytest.mark.skipif(system_font() is None, reason="no font here writes Chinese")
languages: tuple[papers.Language, ...] = ("zh", "en")


def text_of(data: bytes) -> str:
    """All words, without blanks: lines break where the page is full."""
    with pymupdf.open(stream=data) as document:
        return re.sub(r"\s", "", "".join(page.get_text() for page in document))


def sits(told: object, text: str) -> bool:
    return re.sub(r"\s", "", str(told)) in text


def path_of(quote: str) -> str:
    return f"/finance/v1/quotes/{quote}/credit-file"


def gathered(place: Till, quote: str) -> credit.Gathered:
    with place.site.world.reader.open() as snapshot:
        found = credit.gathered(Reading(snapshot, Reader.party(funder)), quote, "en")
        credit.facts_of(found, "https://node.example")
        return found


def told_of(place: Till, name: str, quote: str) -> None:
    """The debtor is told of the assignment, and acknowledges it."""
    with place.site.world.reader.open() as snapshot:
        hop: Any = snapshot.view.get("financing", name, quote)
    give = policies.NoticeGive(certificate=name, hop=hop["index"], to=funder, amount=part)
    place.say(maker(funder), "finance.notice.give/1", give)
    answer = policies.NoticeAcknowledge(certificate=name, hop=hop["index"])
    place.say(core_maker, "finance.notice.acknowledge/1", answer)


@needs_font
@pytest.mark.parametrize("language", languages)
def test_it_says_what_the_ledger_says(place: Till, language: papers.Language) -> None:
    name = place.certificate("ONE")
    quote = place.financed(name, part)
    told_of(place, name, quote)
    got = place.ask(maker(funder), path_of(quote), lang=language)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert "no-store" in got.headers["cache-control"]
    assert got.content == place.ask(checker(funder), path_of(quote), lang=language).content
    text = text_of(got.content)
    with place.site.world.reader.open() as snapshot:
        view = snapshot.view
        row: Any = view.get("quote", quote)
        done: Any = view.get("financing", name, quote)
        head: Any = view.get("certificate", name)
        proposal: Any = view.get("proposal", head["proposal"])
        search: Any = view.get("search", name, f"{funder} {supplier}")
        notice: Any = view.get("notice", name, str(done["index"])) or next(
            iter(view.group("notice", name).values())
        )
        invoice: Any = view.get("invoice", head["invoice"])
        signers = [
            (snapshot.row(index).author, index) for index in (proposal["index"], head["index"])
        ]
        hashes = [snapshot.row(index).leaf_hash.hex() for _, index in signers]
    said = [
        core, supplier, funder, name, quote, head["invoice"], finance.format_amount(face),
        finance.format_amount(row["amount"]), finance.format_amount(row["discount"]),
        finance.format_amount(row["net"]), row["basis"], row["days"], row["value_on"], row["due_on"],
        search["number"], search["evidence"], row["registration"]["number"],
        row["registration"]["ends_on"], row["reference"], done["evidence"], done["said_by"],
        finance.local_time(notice["time"], head["zone"]), *hashes,
        *(author for author, _ in signers), *(f"#{index}" for _, index in signers),
        f"#{invoice['index']}", f"{core}#FC-1",
    ]  # fmt: skip
    for one in said:
        assert sits(one, text), one
    words = credit_phrases[language]
    stated = {"zh": "未与登记系统核对", "en": "not checked with the register"}[language]
    assert text.count(re.sub(r"\s", "", stated)) == 2
    for word in (*words.chapters.values(), words.words["maker"], words.words["checker"]):
        if word != words.chapters["interest"]:
            assert sits(word, text), word
    assert not sits(words.chapters["interest"], text)
    last = {"zh": "十一、缺失项汇总", "en": "11. What is missing"}[language]
    assert sits(last, text)
    assert not sits(words.labels["earlier"], text)
    for gone in ("no-notice", "no-acknowledgement", "not-paid", "not-financed", "no-search"):
        assert not sits(words.absent.format(why=words.missing[gone]), text), gone


@needs_font
def test_the_proof_is_inside_and_beside_and_verifies_offline(
    place: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = place.certificate("ONE")
    quote = place.financed(name, part)
    settings = place.site.node.settings
    with monkeypatch.context() as patch:
        patch.setenv("TALLYSTICK_HOME", str(settings.folder))
        patch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
        out = tmp_path / "file.pdf"
        done = runner.invoke(cli, ["books", "credit-file", funder, quote, "--out", str(out)])
        assert done.exit_code == 0, (done.output, done.exception)
        for firm in (payer, supplier, core, "99.100/O-NOBODY"):
            refused = runner.invoke(cli, ["books", "credit-file", firm, quote, "--out", str(out)])
            assert getattr(refused.exception, "code", "") == "not-found-or-not-yours"
    beside = out.with_suffix(".tally")
    with pymupdf.open(out) as document:
        (attached,) = document.embfile_names()
        assert document.embfile_get(attached) == beside.read_bytes()
        meta = document.get_xml_metadata()
        assert "<pdfaid:part>3</pdfaid:part>" in meta
        assert "<pdfaid:conformance>U</pdfaid:conformance>" in meta
        catalog = document.xref_object(document.pdf_catalog())
        assert "/AF" in catalog
        assert "/GTS_PDFA1" in catalog
    over_http = place.ask(maker(funder), path_of(quote), form="tally")
    assert over_http.headers["content-type"] == "application/vnd.tallystick.bundle+zip"
    assert over_http.content == beside.read_bytes()
    with place.site.world.reader.open() as snapshot:
        key = log_verifier(snapshot.view).encode()
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path / "nowhere"))
    shown = runner.invoke(cli, ["verify", str(beside), "--log-key", key, "--json"])
    assert shown.exit_code == 0, shown.output
    # Lines of the log may stand before it, where another test turned them on.
    proven = json.dumps(json.loads(shown.stdout[shown.stdout.index("{") :]))
    found = gathered(place, quote)
    with place.site.world.reader.open() as snapshot:
        reader = Reader.party(funder)
        open_to_it = [i for i in found.acts if snapshot.disclose(i, reader).body is not None]
    assert {found.row["accepted"], found.row["instructed"]} <= set(open_to_it)
    for index in open_to_it:
        assert re.search(rf"\b{index}\b", proven), index


def test_for_its_bank_alone(place: Till) -> None:
    name = place.certificate("ONE")
    quote = place.quote(name, funder, part)
    unknown = place.ask(maker(funder), path_of("0" * 64))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found-or-not-yours")

    def answers(person: str, form: str = "tally") -> tuple[int, str]:
        answer = place.ask(person, path_of(quote), form=form)
        code = "" if answer.status_code == 200 else str(answer.json()["code"])
        return answer.status_code, code

    refused = (404, "not-found-or-not-yours")
    # Nothing is financed before the holder accepted.
    assert answers(maker(funder)) == refused
    assert place.answer(place.taking(quote)) == "accepted"
    others = [seller, core_maker, core_checker, *(maker(one) for one in banks if one != funder)]
    for person in others:
        assert answers(person) == refused
        assert answers(person, "pdf") == refused
    place.site.world.ledger.seal()
    for person in (maker(funder), checker(funder)):
        assert answers(person) == (200, "")
    nobody = place.http.get(path_of(quote))
    assert (nobody.status_code, nobody.json()["code"]) == refused
    page = f"/certificates/{quoted_path(name, safe='')}"
    for lang, told in (("en", "Credit file"), ("zh", "授信档案")):
        assert told in place.ask(maker(funder), page, lang=lang).text
        assert told not in place.ask(seller, page, lang=lang).text
    assert path_of(quote) in place.ask(maker(funder), page, lang="en").text


@needs_font
@pytest.mark.parametrize("language", languages)
def test_what_is_missing_is_said(place: Till, language: papers.Language) -> None:
    name = place.certificate("ONE")
    quote = place.quote(name, funder, part)
    assert place.answer(place.taking(quote)) == "accepted"
    place.site.world.ledger.seal()
    text = text_of(place.ask(maker(funder), path_of(quote), lang=language).content)
    words = credit_phrases[language]
    gaps = (
        "no-waiver", "not-shown", "no-paper", "not-financed", "no-notice", "no-acknowledgement",
        "no-registration", "no-account", "not-instructed", "not-paid", "not-final",
    )  # fmt: skip
    summary = text.partition(re.sub(r"\s", "", words.gaps))[2]
    for gap in gaps:
        assert sits(words.absent.format(why=words.missing[gap]), text) or gap in (
            "not-shown",
            "no-paper",
        ), gap
        assert sits(words.missing[gap], summary), gap


@needs_font
def test_interest_that_the_debtor_bears_is_a_chapter(place: Till) -> None:
    name = place.certificate("ONE")
    quote, discount = borne(place, name)
    propose = finance.InterestPropose(quote=quote)
    proposal = place.say(core_maker, "finance.interest.propose/1", propose)
    approve = finance.InterestApprove(proposal=proposal)
    place.say(core_checker, "finance.interest.approve/1", approve)
    assert place.answer(place.taking(quote)) == "accepted"
    place.until("2026-01-12")
    place.disburse(quote, funder)
    text = text_of(place.ask(maker(funder), path_of(quote), lang="en").content)
    assert sits("9. Interest that the debtor bears", text)
    assert sits(core_checker, text)
    assert sits(f"{finance.format_amount(discount)}, owed, due 2026-01-12", text)
    assert sits("Interest borne by the debtor", text)


def test_both_languages_have_every_word() -> None:
    zh, en = (credit_phrases[one] for one in languages)
    for member in ("chapters", "labels", "phrases", "missing", "words"):
        assert list(getattr(zh, member)) == list(getattr(en, member)), member
    for one in en.phrases:
        fields = [set(re.findall(r"\{(\w+)\}", said.phrases[one])) for said in (zh, en)]
        assert fields[0] == fields[1], one
