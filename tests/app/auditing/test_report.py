"""The report: the same facts as text, JSON and one page that loads nothing, in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.app.test_export_commands import tallystick

from tallystick.app.auditing import texts
from tallystick.app.auditing.page import as_json, as_page
from tallystick.app.auditing.report import Asked, Report
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.ledger import Audited, NotSound
from tallystick.ledger.attended import Attachments

sound = Audited("log.example/simulated", 10_002, bytes(32), bytes(32), 6, 2, 3, 1, 4, 77, 0, 0)
asked = Asked("database", "sqlite:///x", ruled=True)
reports = [
    Report(asked, "2026-03-05T08:00:00.000Z", 1234, sound),
    Report(replace(asked, source="export", log_key=True, checkpoint=True), "t", 1, sound),
    Report(
        replace(asked, source="served", ruled=False), "t", 1,
        replace(sound, ruled=False, unchecked=(17, 23), withheld=5, bodies_withheld=6, signatures_unknown=7, since=9),
        unknown_suites=("ml-dsa-65",),
    ),
    Report(
        replace(asked, memory=True), "t", 1,
        replace(
            sound, attachments=Attachments(31, 32, 33), attachments_missing=8, contradictions=9, since=12
        ),
    ),
    Report(asked, "t", 1, finding=NotSound("leaf", "this", "<script>that</script>", 41), hint="Next."),
]  # fmt: skip


@pytest.mark.parametrize("report", reports)
def test_the_page_loads_nothing_and_says_all_in_both_languages(report: Report) -> None:
    page = as_page(report).decode()
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)|url\(|@import|<script", page)
    chinese, english = page.split('<main class="report" id="en"')
    for line in (*report.checked(), *report.rests(), *report.unseen()):
        for part, language in ((english, "en"), (chinese, "zh")):
            for text in (texts.title(line.name, language), texts.text(line.name, language)):  # type: ignore[arg-type]
                assert text.replace("'", "&#39;") in part
    assert "10,002" in page or report.finding is not None


@pytest.mark.parametrize("report", reports)
def test_json_says_the_same(report: Report) -> None:
    told = json.loads(as_json(report))
    unchecked = report.audited.unchecked if report.audited else ()
    good = "not checked" if unchecked else "sound"
    assert told["verdict"] == (good if report.audited else "not sound")
    assert told["unchecked"] == list(unchecked)
    names = [row["name"] for key in ("checked", "rests_on", "unseen") for row in told[key]]
    assert set(names) <= texts.words.keys()
    assert len(names) == len(set(names))
    if report.finding:
        assert (told["finding"]["index"], told["log"]) == (41, None)


def test_attachments_are_told_apart() -> None:
    """Compared, sealed for this auditor, erased by an entry, missing: four different things."""
    told = json.loads(as_json(reports[3]))
    assert told["log"]["attachments"] == {"seen": 31, "sealed": 32, "erased": 33, "missing": 8}
    checked = {row["name"]: row["count"] for row in told["checked"]}
    assert (checked["attachments"], checked["attachments-erased"]) == (31, 33)
    assert {"name": "attachments-sealed", "count": 32} in told["unseen"]
    assert {"name": "attachments-missing", "count": 8} in told["unseen"]


def test_every_word_is_there_in_both_languages_and_used() -> None:
    used = {line.name for r in reports for line in (*r.checked(), *r.rests(), *r.unseen())}
    assert texts.words.keys() - used <= {"tiles"}
    for english, _, chinese, said in texts.words.values():
        assert english.isascii()
        assert re.search("[一-鿿]", chinese)
        assert re.search("[一-鿿]", said)
    assert all(re.search("[一-鿿]", zh) or en == "中文" for en, zh in texts.page.values())


def test_the_command_writes_them_and_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert tallystick(home, "init", "--origin", "log.example/one/simulated").returncode == 0
    page, state = tmp_path / "audit.html", tmp_path / "audit.state"
    told, out = tmp_path / "audit.json", ("--state", str(state))
    done = tallystick(home, "audit", "--html", str(page), "--json", str(told), *out)
    assert done.returncode == 0, done.stderr
    assert "Sound" in page.read_text(encoding="utf-8")
    size = json.loads(told.read_text(encoding="utf-8"))["log"]["size"]
    tallystick(home, "audit", "--json", str(told), *out)
    assert json.loads(told.read_text(encoding="utf-8"))["log"]["since"] == size
    tallystick(home, "audit", "--json", str(told), "--from-start", *out)
    assert json.loads(told.read_text(encoding="utf-8"))["log"]["since"] == 0
    other = tallystick(home, "audit", "--no-rules", *out)
    assert (other.returncode, "audit-state-elsewhere" in other.stderr) == (2, True)
    state.write_bytes(b"no state")
    damaged = tallystick(home, "audit", *out)
    assert (damaged.returncode, "audit-state-damaged" in damaged.stderr) == (2, True)


def test_a_finding_is_on_the_page_and_says_what_it_rests_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert tallystick(home, "init", "--origin", "log.example/one/simulated").returncode == 0
    page, state = tmp_path / "audit.html", tmp_path / "audit.state"
    store = Node.at(Settings(home=home)).store
    with store.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE body SET data = x'7b7d' WHERE idx = 1")
    store.close()
    done = tallystick(home, "audit", "--html", str(page), "--state", str(state))
    assert done.returncode == 1
    assert "--from-start before you accuse anybody" in " ".join(done.stderr.split())
    assert "Not sound" in page.read_text(encoding="utf-8")


def test_one_log_at_a_time(tmp_path: Path) -> None:
    both = tallystick(tmp_path, "audit", "--export", "x", "--url", "http://127.0.0.1:9")
    assert (both.returncode, "audit-one-source" in both.stderr) == (2, True)
    nobody = tallystick(tmp_path, "audit", "--url", "http://127.0.0.1:9")
    assert (nobody.returncode, "audit-source-unreachable" in nobody.stderr) == (2, True)
