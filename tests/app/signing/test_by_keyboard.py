"""Everything by keyboard alone: people log in, go through pages, cancel an act and sign it, and always see where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_confirming import Room
from tests.app.signing.waiting import Open, promise
from tests.identity.organisations.newcomer import number as credit_code
from tests.ledger.authenticator import Authenticator

from tallystick.app.demo import cast

core, seller = cast.core, cast.suppliers[0]
#: More than any page has.
stops_max = 400
#: What can have the focus, in the order of the page; of radio buttons that belong together one. Its look without it.
_stops = """(() => {
  const looks = (one) => { const s = getComputedStyle(one); return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.top].join(); };
  const groups = new Set();
  window.looks = looks;
  window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter((one) => {
    if (one.tabIndex < 0 || one.disabled || one.type === 'hidden' || !one.checkVisibility({ visibilityProperty: true })) return false;
    if (one.type !== 'radio') return true;
    const group = one.form?.id + one.name;
    const first = !groups.has(group);
    groups.add(group);
    return first;
  });
  window.plain = window.stops.map(looks);
  return window.stops.length;
})()"""
_here = """(() => {
  const one = document.activeElement;
  const at = one.type === 'radio'
    ? window.stops.findIndex((other) => other.type === 'radio' && other.name === one.name && other.form === one.form)
    : window.stops.indexOf(one);
  return [at, at >= 0 && window.looks(one) !== window.plain[at], one === document.body ? '' : one.outerHTML.slice(0, 90)];
})()"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("keyboard")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        yield Room(place, at)


def focused(at: Seat, selector: str) -> bool:
    return bool(at.tab.value(f"document.activeElement.matches({selector!r})"))


def go_to(at: Seat, selector: str) -> None:
    """By Tab, from where the focus is."""
    for _ in range(stops_max):
        at.tab.press("Tab")
        if focused(at, selector):
            return
    raise AssertionError(f"{selector} is not reached")


def log_in(at: Seat, passkey: Authenticator, page: str) -> None:
    at.leave()
    at.holds(passkey)
    at.tab.open(f"{at.site}/login?lang=en&next={page}")
    at.until("document.readyState === 'complete'")
    go_to(at, "form.login button")
    at.tab.press("Enter")
    at.until(f"location.pathname === '{page}'")


def walked(at: Seat, *, back: bool = False) -> list[int]:
    """Where the focus stood, one stop after the other, until it leaves the page; and whether it was seen."""
    found: list[int] = []
    for _ in range(stops_max * 4):
        at.tab.press("Tab", shift=back)
        place, seen, what = at.tab.value(_here)
        if not what or (found and place == found[0] != found[-1]):
            return found
        # A field of a date has places of its own inside.
        if found and place == found[-1]:
            continue
        assert place >= 0, f"stands on {what}, which is no control"
        assert seen, f"nothing shows that the focus is on {what}"
        found.append(place)
    raise AssertionError(f"the focus does not come out: {what}")


def walk(at: Seat) -> int:
    """Through the page that is open, there and back; how many stops it has."""
    from_the_top(at)
    count = int(at.tab.value(_stops))
    assert walked(at) == list(range(count)), at.tab.value("location.pathname")
    at.tab.value("window.stops.at(-1).focus()")
    before = list(reversed(range(count - 1)))
    assert walked(at, back=True)[: len(before)] == before, at.tab.value("location.pathname")
    return count


def from_the_top(at: Seat) -> None:
    """Where the focus is on a page that was just opened, wherever it stood."""
    at.tab.value(
        "(() => { const page = document.body; page.tabIndex = -1; page.focus();"
        " page.removeAttribute('tabindex'); page.blur(); })()"
    )


def skip(at: Seat) -> None:
    """The first stop of a page goes past what all pages have."""
    at.tab.press("Tab")
    assert focused(at, "a.skip")
    assert at.tab.value("document.activeElement.getBoundingClientRect().top >= 0")
    at.tab.press("Enter")
    at.until("location.hash === '#main'")
    at.tab.press("Tab")
    assert at.tab.value("document.querySelector('#main').contains(document.activeElement)")


def test_nobody_reaches_all_of_the_login_page(room: Room) -> None:
    at = room.seat
    at.leave()
    at.tab.open(f"{at.site}/login?lang=en")
    at.until("document.readyState === 'complete'")
    assert walk(at) > 5


@pytest.mark.parametrize(
    ("page", "person"),
    [
        ("/members", core.administrator),
        ("/devices", core.administrator),
        ("/sharing", core.checker),
        ("/reads", core.administrator),
        ("/keys", core.maker),
        ("/applications", cast.operator("administrator")),
        ("/qualifications", core.maker),
        ("/qualifications/issue", seller.maker),
        ("/qualifications/declare", seller.maker),
        ("/qualifications/issued", seller.maker),
        ("/qualifications/verify", core.maker),
    ],
    ids=lambda one: one.strip("/") if one.startswith("/") else "",
)
def test_every_control_is_reached_in_the_order_of_the_page(
    room: Room, page: str, person: str
) -> None:
    at = room.seat
    log_in(at, passkey(room.place, person), page)
    at.tab.open(f"{at.site}{page}?lang=en")
    at.until("document.readyState === 'complete'")
    assert walk(at) > 15
    at.tab.open(f"{at.site}{page}?lang=en")
    at.until("document.readyState === 'complete'")
    skip(at)


def test_a_firm_applies_by_its_keyboard(room: Room) -> None:
    """From the first button to what it said about itself, with nothing but keys."""
    at = room.seat
    at.leave()
    at.holds()
    at.tab.open(f"{at.site}/apply?lang=en")
    at.until("!document.querySelector('#begin').hidden")
    assert walk(at) > 5
    from_the_top(at)
    go_to(at, "#begin-form button")
    at.tab.press("Enter")
    at.until("!document.querySelector('#form').hidden")
    for field, said in (
        ("#zh", "新来电子有限公司"),
        ("#number", credit_code),
        ("#bank_code", "999999900019"),
    ):
        go_to(at, field)
        at.tab.write(said)
    go_to(at, "[name=capacity][value=supplier]")
    at.tab.press("Space")
    go_to(at, "#contact")
    at.tab.write("a@b.example")
    at.tab.press("Enter")
    at.until("document.querySelector('#who [role=status]').textContent === 'Saved.'")
    assert walk(at) > 20
    # Going past what all pages have loses nothing: the application's address stays, and it can be corrected.
    address = at.tab.value("location.href")
    from_the_top(at)
    go_to(at, "a.skip")
    at.tab.press("Enter")
    at.until("document.activeElement.id === 'main'")
    at.until(f"location.href === {address!r}")
    go_to(at, "#en")
    at.tab.write("Newcomer Electronics")
    at.tab.press("Enter")
    at.until("document.querySelector('#who [role=status]').textContent === 'Saved.'")
    at.tab.open(address)
    at.until("document.querySelector('#en').value === 'Newcomer Electronics'")


def test_who_is_invited_comes_in_by_the_keyboard(room: Room) -> None:
    """An officer makes the code; whoever has it opens it, says who it is, and makes its key."""
    at = room.seat
    log_in(at, passkey(room.place, core.administrator), "/members")
    go_to(at, "form[data-invite=person] button")
    at.tab.press("Enter")
    address = str(
        at.until(
            "document.querySelector('#person-code:not([hidden]) [data-part=address]')?.textContent"
        )
    )
    at.leave()
    at.holds()
    at.tab.open(f"{at.site}/join?lang=en")
    at.until("!document.getElementById('address').hidden")
    assert walk(at) > 5
    from_the_top(at)
    go_to(at, "#text")
    at.tab.write(address)
    at.tab.press("Enter")
    at.until("!document.getElementById('who').hidden")
    assert walk(at) > 8
    from_the_top(at)
    for field, said in (("#called", "Wang Wei"), ("#contact", "wang@firm.example")):
        go_to(at, field)
        at.tab.write(said)
    go_to(at, "#who button[type=submit]")
    at.tab.press("Enter")
    at.until("document.querySelector('#asked:not([hidden]) .digits')?.textContent")
    # What comes next has the focus, so that it is read out.
    assert at.tab.value("document.querySelector('#asked').contains(document.activeElement)")


def test_an_act_is_cancelled_and_signed(room: Room) -> None:
    at, place = room.seat, room.place
    Open(place).say(core.maker, "finance.confirm.propose/1", promise(1_000_00))
    log_in(at, passkey(place, core.checker), "/confirmations")
    button = 'form[data-sign="finance.confirm.approve/1"] button'
    go_to(at, button)
    at.tab.press("Enter")
    assert "1,000.00" in at.shown()
    assert focused(at, "#signing [data-part=sign]")
    at.tab.press("Escape")
    at.until("document.querySelector('dialog#signing[open]') === null")
    at.until(f"document.activeElement.matches({button!r})")

    at.tab.press("Space")
    at.shown()
    assert outside(at) == []
    while not focused(at, "#signing [data-part=sign]"):
        at.tab.press("Tab")
    at.tab.press("Enter")
    at.until("location.pathname === '/certificates'")
    with place.node.reader.open() as snapshot:
        assert len(snapshot.view.names("certificate", limit=5)) == 1


def outside(at: Seat) -> list[Any]:
    """What of the page below has the focus while the dialog is open; every control of the dialog has it once."""
    at.tab.value(_stops)
    inside: set[int] = set()
    strange = []
    for _ in range(40):
        at.tab.press("Tab")
        place, _seen, what = at.tab.value(_here)
        if at.tab.value("document.querySelector('#signing').contains(document.activeElement)"):
            inside.add(place)
        elif what:
            strange.append(what)
    dialog = "window.stops.filter((one) => one.closest('#signing')).length"
    assert len(inside - {-1}) == at.tab.value(dialog) > 1
    return strange


def passkey(place: Invoiced, person: str) -> Authenticator:
    """Of which each person has one."""
    if person not in _known:
        place.passkey(person)
        _known.add(person)
    return place.known(person)


_known: set[str] = set()
