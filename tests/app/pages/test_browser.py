"""A real browser lays the pages out: nothing overflows, nothing is blocked, pictures are not blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests import loopback
from tests.app.pages import browser
from tests.app.played import here, log_in, people
from tests.conftest import missing

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie


@pytest.fixture(scope="module")
def served(demo_node: Node) -> Iterator[str]:
    """The demo's pages on a free port."""
    with (
        loopback.listening() as port,
        loopback.serving(create_app(demo_node), port, lifespan=False),
    ):
        yield loopback.address(port)


@pytest.fixture(scope="module")
def sessions(demo_node: Node) -> Mapping[str, str]:
    """Cookies of real sessions of the demo's people, by firm."""
    with TestClient(create_app(demo_node), base_url=here) as client:
        return {who: log_in(client, person) for who, person in people.items()}


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with browser.tab() as opened:
        yield opened


@pytest.mark.parametrize("width", [360, browser.phone_px, browser.desktop_px])
def test_pages_in_a_browser(
    served: str,
    tab: browser.Tab,
    shown: dict[str, list[str]],
    sessions: Mapping[str, str],
    width: int,
    tmp_path: Path,
) -> None:
    tab.cookies(served, {session_cookie: sessions["core"]})
    places = (
        "/",
        f"/t/{quote(shown['items'][1])}",
        f"/certificates/{quote(shown['certificates'][0])}",
        "/log",
        "/log/entries/7",
        "/login",
    )
    for place in places:
        for language in ("en", "zh"):
            tab.look(width, dark=language == "zh")
            tab.open(f"{served}{place}?lang={language}")
            where = (place, language, width)
            assert tab.complaints() == [], where
            assert tab.value("document.documentElement.scrollWidth") == width, where
            assert tab.value("document.querySelectorAll('h1').length") == 1, where
    tab.open(f"{served}/qualifications?lang=en")
    assert tab.complaints() == []
    assert tab.value("document.documentElement.scrollWidth") == width
    assert tab.value("document.querySelectorAll('#suppliers ~ .scroll tbody tr').length") == 1
    picture = tmp_path / "page.png"
    tab.picture(picture, whole=False)
    image = Image.open(BytesIO(picture.read_bytes())).convert("RGB")
    assert image.width == width
    assert len(image.getcolors(1 << 20) or ()) > 50


def test_small_targets_are_large_enough_on_a_phone(served: str, tab: browser.Tab) -> None:
    """Fingers, and WCAG 2.2 §2.5.8: at least 24 px."""
    tab.look(browser.phone_px)
    tab.open(f"{served}/?lang=en")
    heights = tab.value(
        "[...document.querySelectorAll('button, input:not([type=hidden]), select, nav a')]"
        ".filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 24


def test_playing_is_a_real_login(served: str, tab: browser.Tab) -> None:
    """Chosen in the frame: the browser signs with the played person's key, and the node knows who it is."""
    tab.look(browser.desktop_px)
    tab.cookies(served, {})
    tab.open(f"{served}/?lang=en")
    assert tab.value("document.querySelector('.who').textContent.trim()") == "Log in"
    play(tab, cast.bank.checker)
    assert tab.value("document.querySelector('.who').textContent.trim()") == "Demo Bank, checker"
    told = tab.later("fetch('/v1/login').then((answer) => answer.json())")
    assert (told["person"], told["roles"]) == (cast.bank.checker, ["checker"])
    assert told["key"] == f"300:{cast.bank.checker}"
    assert tab.value("document.cookie") == "", "no script reads the session"
    play(tab, "")
    assert tab.value("document.querySelector('.who').textContent.trim()") == "Log in"
    assert tab.later("fetch('/v1/login').then((answer) => answer.status)") == 401


def play(tab: browser.Tab, person: str) -> None:
    """Choose, press, and wait for the page that follows."""
    tab.events.clear()
    tab.value(
        f"(() => {{ const form = document.querySelector('form.play');"
        f" form.elements.person.value = '{person}'; form.requestSubmit(); }})()"
    )
    tab.loaded()


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast(served: str, tab: browser.Tab, dark: bool) -> None:
    """WCAG 2.2 §1.4.3: 4.5 to 1, for the colours that text is set in on the grounds it stands on."""
    tab.look(browser.desktop_px, dark=dark)
    tab.open(f"{served}/?lang=en")
    names = ("ink", "quiet", "green", "red", "ochre", "paper", "sheet", "sunk", "on-green",
             "green-soft", "red-soft", "ochre-soft")  # fmt: skip
    script = "getComputedStyle(document.documentElement).getPropertyValue('--{}').trim()"
    colour = {name: tab.value(script.format(name)) for name in names}
    pairs = [
        (ink, ground) for ink in ("ink", "quiet", "green", "red") for ground in ("paper", "sheet")
    ]
    pairs += [("ink", "sunk"), ("quiet", "sunk"), ("on-green", "green"), ("green", "green-soft"),
              ("red", "red-soft"), ("ochre", "ochre-soft"), ("ochre", "sheet"), ("ink", "ochre-soft")]  # fmt: skip
    for ink, ground in pairs:
        assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    text = colour.lstrip("#")
    text = "".join(c * 2 for c in text) if len(text) == 3 else text
    parts = [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
