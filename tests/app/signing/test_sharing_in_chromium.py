"""Firms let each other read, by passkey, on a page: one discloses and offers, the other accepts, and ends it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.signing.invoiced import invoiced
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_confirming import Room, press

from tallystick.app.demo import cast
from tallystick.identity import sharing

core, bank, carrier = cast.core, cast.bank, cast.carrier
until = "2035-12-31"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("sharing")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        yield Room(place, at)


def opened(at: Seat, language: str) -> str:
    """The page of sharing, looked through on a phone and wide; what it says."""
    at.tab.open(f"{at.site}/sharing?lang={language}")
    at.until("document.readyState === 'complete'")
    for width in (browser.phone_px, browser.desktop_px):
        at.tab.look(width)
        assert Look(at.tab, at.site, {}).faults() == []
    return str(at.tab.value("document.querySelector('main').innerText"))


def fill(at: Seat, entry_type: str, **fields: str) -> None:
    form = f"document.querySelector('form[data-sign=\"{entry_type}\"]').elements"
    for name, value in {"until": until, **fields}.items():
        at.tab.value(f"{form}['/{name.replace('__', '/')}'].value = '{value}'")


def acted(at: Seat, entry_type: str, says: str) -> None:
    """By the button of the form and that of the dialog; the page comes again."""
    at.tab.value("window.before = true")
    press(at, entry_type, says)
    at.until("window.before !== true")


def agreement(room: Room, to: cast.Firm) -> dict[str, Any]:
    """The one in which the core enterprise lets this firm read."""
    with room.place.node.reader.open() as snapshot:
        rows: list[Any] = [
            one.value for one in snapshot.view.find("sharing-by-owner", core.handle, limit=50)
        ]
    (found,) = [row for row in rows if row["to"] == to.handle]
    return dict(found)


def test_a_checker_discloses_and_ends_it(room: Room) -> None:
    at, place = room.seat, room.place
    at.login(place.passkey(core.checker), "/sharing")
    assert "You let nobody read anything" in opened(at, "en")
    fill(at, sharing.disclose_type, to=carrier.handle, what__0__kind="certificates")
    acted(at, sharing.disclose_type, carrier.handle)
    assert agreement(room, carrier)["state"] == "current"
    assert carrier.en in opened(at, "en")
    acted(at, sharing.end_type, "")
    assert agreement(room, carrier)["state"] == "ended"
    assert at.tab.complaints() == []


def test_an_offer_is_accepted_in_chinese_and_ended_by_whoever_was_given_it(room: Room) -> None:
    at, place = room.seat, room.place
    at.login(place.known(core.checker), "/sharing")
    opened(at, "en")
    fill(at, sharing.offer_type, to=bank.handle, what__0__kind="certificates", purpose="financing")
    acted(at, sharing.offer_type, bank.handle)
    assert agreement(room, bank)["state"] == "offered"

    at.login(place.passkey(bank.checker), "/sharing")
    said = opened(at, "zh")
    assert core.zh in said
    assert "接受" in said
    # The body names the offer alone: whose it is stands beside who signed it.
    at.tab.value(
        f"document.querySelector('form[data-sign=\"{sharing.accept_type}\"] button').click()"
    )
    shown = at.shown()
    assert core.zh in shown
    assert core.checker in shown
    at.tab.value("document.querySelector('#signing [data-part=cancel]').click()")
    at.until("document.querySelector('dialog#signing[open]') === null")
    acted(at, sharing.accept_type, until)
    assert agreement(room, bank)["state"] == "current"
    opened(at, "zh")
    assert (
        at.tab.value(f"document.querySelector('form[data-sign=\"{sharing.accept_type}\"]')") is None
    )
    acted(at, sharing.end_type, "")
    assert agreement(room, bank)["state"] == "ended"
    assert at.tab.complaints() == []
