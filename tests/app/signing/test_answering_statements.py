"""A statement in a real browser: many lines answered at once by keys alone, billed, looked at in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import pytest
from tests.app.pages import browser
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat

from tallystick.app.demo import cast as played
from tallystick.app.demo import stated
from tallystick.app.demo.stage import Seeded, Stage
from tallystick.ledger import SetClock

now = "2026-07-10T03:00:00.000Z"
_path = f"/statements/{quote(stated.statement)}"
_keys = (
    "(key) => document.activeElement.dispatchEvent("
    "new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))"
)


@dataclass(frozen=True, slots=True)
class Room:
    place: Invoiced
    seat: Seat


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("stating")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        clock = place.ledger.clock
        assert isinstance(clock, SetClock)
        clock.set(now)
        place.ledger.seal()
        stage = Stage(place.ledger, clock, Seeded(), home)
        stated.use_hours(stage)
        place.ledger.seal()
        yield Room(place, at)


def line(place: Invoiced, number: int) -> Any:
    with place.node.reader.open() as snapshot:
        found = snapshot.view.get("statement-line", stated.statement, f"{number:06d}")
    return cast("dict[str, Any]", found)


def press(at: Seat, *keys: str) -> None:
    for key in keys:
        at.tab.value(f"({_keys})('{key}')")


def test_proposed_answered_and_billed_on_pages(room: Room) -> None:
    at, place = room.seat, room.place
    buyer = place.passkey(played.core.maker)
    seller = place.passkey(stated.seller.maker)

    at.login(buyer, "/statements")
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    draft = f"/statements/drafts/{quote(stated.contract)}"
    assert at.tab.value(f"document.querySelector('a[href=\"{draft}\"]') !== null")
    at.tab.open(f"{place.url}{draft}")
    at.until("document.querySelectorAll('#line-table tbody tr').length === 3")
    at.tab.value("document.querySelector('form[data-sign] button').click()")
    assert stated.contract in at.shown()
    at.sign()
    at.until("location.pathname === '/statements' && document.readyState === 'complete'")

    at.login(seller, "/statements")
    at.tab.open(f"{place.url}{_path}?lang=en")
    at.until("document.querySelector('[data-part=count]')?.innerText")
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    at.tab.value("document.querySelector('[data-reason]').value = 'price'")
    at.tab.value("document.querySelector('[data-pick-line]').focus()")
    press(at, "a", "ArrowDown", "d", "ArrowDown", "a", "ArrowDown")
    told = at.tab.value("document.querySelector('[data-part=count]').innerText")
    assert told == "2 to agree, 1 to dispute"
    at.tab.value("document.querySelector('#answer button[type=submit]').click()")
    at.shown()
    at.sign()
    at.until("document.querySelector('form[data-sign=\"finance.invoice/1\"]') !== null")
    place.ledger.seal()
    assert [line(place, n)["status"] for n in (1, 2, 3)] == ["agreed", "disputed", "agreed"]
    assert line(place, 2)["reason"] == "price"

    form = "document.querySelector('form[data-sign=\"finance.invoice/1\"]')"
    at.tab.value(
        f"{form}.elements['/number'].value = 'INV-S-1'; {form}.querySelector('button').click()"
    )
    at.shown()
    at.sign()
    at.until(
        f"document.readyState === 'complete' && !{form} && document.querySelector('#line-table')"
    )
    place.ledger.seal()
    assert line(place, 1)["invoice"] == f"{stated.seller.handle}#INV-S-1"
    at.tab.open(f"{place.url}{_path}?lang=zh&show=disputed")
    shown = at.until("document.querySelector('#line-table') && document.body.innerText")
    assert "有异议" in shown
    assert at.tab.complaints() == []


def test_chosen_lines_are_marked_together(room: Room) -> None:
    """Runs after the first: what is disputed is stated again, and its one line is chosen as differing or not."""
    at, place = room.seat, room.place
    at.login(place.known(played.core.maker), "/statements")
    again = f"/statements/drafts/{quote(stated.contract)}"
    at.tab.open(f"{place.url}{again}")
    at.until("document.querySelectorAll('#line-table tbody tr').length === 1")
    at.tab.value("document.querySelector('form[data-sign] button').click()")
    at.sign()
    at.until("location.pathname === '/statements' && document.readyState === 'complete'")
    at.login(place.known(stated.seller.maker), "/statements")
    at.tab.open(f"{place.url}{_path[:-1]}2?lang=en")
    at.until("document.querySelector('[data-part=count]')?.innerText")
    click = "document.querySelector('{}').click()"
    chosen = "document.querySelectorAll('[data-pick-line]:checked').length"
    answer = "document.querySelector('[data-answer]').value"
    at.tab.value(click.format("[data-pick=differing]"))
    assert at.tab.value(chosen) == 0
    at.tab.value(click.format("[data-pick=all]"))
    assert at.tab.value(chosen) == 1
    at.tab.value(click.format('[data-mark="agree"]'))
    assert at.tab.value(answer) == "agree"
    at.tab.value(click.format('[data-mark="dispute"]'))
    assert at.tab.value(answer) == "quantity"
    at.tab.value(click.format('[data-mark=""]'))
    assert at.tab.value(answer) == ""
