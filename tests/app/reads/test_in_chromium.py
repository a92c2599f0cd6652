"""`/reads` in a real Chromium: a checker of a firm sees who looked, filters by keyboard, on a phone and wide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import loopback
from tests.app.login.test_login import served
from tests.app.pages import browser
from tests.conftest import missing
from tests.identity.people.firm import checker
from tests.ledger.world import core

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import Who
from tallystick.app.settings import Settings
from tallystick.identity.grades import RaiseGrade
from tallystick.ledger import Reader, auditor_reader


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An address with looks of others and of its own in the log, and a session of the firm's checker."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with served(tmp_path, url) as made:
        told = made.proof()
        answer = made.client.post("/v1/login", json=told)
        body = RaiseGrade(
            organisation=core, thing="type:finance.order/1", grade="restricted", reason="risk"
        )
        made.world.add(checker, "identity.grade.raise/1", body)
        node = Node.existing(Settings(home=tmp_path / "node", database_url=url))
        _look(ReadLog(node))
        with loopback.listening() as port, loopback.serving(create_app(node), port, lifespan=False):
            yield loopback.address(port), str(answer.cookies[session_cookie])


def _look(log: ReadLog) -> None:
    looks = (
        (Who("person", checker, ("checker",)), Reader.party(core), "party"),
        (Who("token", "regulator-mirror"), auditor_reader, "auditor"),
    )
    for who, reader, grounds in looks:
        for number in range(30):
            looked = Looked()
            looked.add("parties", (core,), grounds, None)  # type: ignore[arg-type]
            log.note(who, reader, looked, "/v1/entries/{index}", f"/v1/entries/{number}")
    log.flush()


def go_to(tab: browser.Tab, selector: str) -> None:
    """By Tab, from where the focus is."""
    for _ in range(200):
        tab.press("Tab")
        if tab.value(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"{selector} is not reached")


def test_a_checker_sees_who_looked(place: tuple[str, str], tmp_path: Path) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    base, session = place
    pictures = Path(os.environ.get("TALLYSTICK_PICTURES", str(tmp_path)))
    with browser.tab() as tab:
        tab.cookies(base, {session_cookie: session})
        for language, title in (("en", "Who looked at what"), ("zh", "谁看了什么")):
            for width in (browser.phone_px, browser.desktop_px):
                tab.look(width)
                tab.open(f"{base}/reads?lang={language}")
                assert tab.complaints() == []
                assert tab.value("document.querySelector('h1').textContent") == title
                assert tab.value("document.documentElement.scrollWidth") == width
                tab.picture(pictures / f"reads-{language}-{width}.png")
        # By keyboard alone: the list of whose, then the button.
        tab.open(f"{base}/reads?lang=en")
        assert tab.value("document.querySelectorAll('tbody tr').length") == 50
        assert tab.value("document.querySelectorAll('a[rel=next]').length") == 1
        assert tab.value(
            "[...document.querySelectorAll('form.search select, form.search input[type=date]')]"
            ".every((one) => one.labels.length === 1)"
        )
        go_to(tab, "#whose")
        tab.press("ArrowDown")
        assert tab.value("document.activeElement.value") == "others"
        go_to(tab, "form.search button")
        tab.press("Enter")
        tab.until("location.search.includes('whose=others')")
        assert tab.value("document.querySelectorAll('tbody tr').length") == 30
        assert "regulator-mirror" in tab.value("document.querySelector('tbody').textContent")
        assert checker not in tab.value("document.querySelector('tbody').textContent")
        assert "finance.order/1" in tab.value("document.body.textContent")
