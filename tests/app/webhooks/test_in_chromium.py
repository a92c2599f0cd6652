"""`/webhooks` in a real Chromium: made, tested, looked at and removed by forms alone, on a phone and wide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import loopback
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.webhooks.rig import Hooked, officer
from tests.conftest import missing

from tallystick.app.login import session_cookie


@pytest.fixture
def address(place: Hooked) -> Iterator[str]:
    place.clock.set("2050-01-01T00:00:00.000Z")
    with loopback.listening() as port, loopback.serving(place.rig.app, port, lifespan=False):
        yield loopback.address(port)


def _send(tab: browser.Tab, find: str, **filled: str) -> None:
    """Fill in a form, found by a selector, and send it as a person does."""
    sets = "".join(f"form.elements.{name}.value = {value!r};" for name, value in filled.items())
    tab.events.clear()
    tab.value(f"(() => {{ const form = document.querySelector({find!r}); {sets} form.requestSubmit(); }})()")  # fmt: skip
    tab.loaded()


def test_an_officer_looks_after_a_webhook(place: Hooked, address: str, tmp_path: Path) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    session = str(place.browser().cookies[session_cookie])
    pictures = Path(os.environ.get("TALLYSTICK_PICTURES", str(tmp_path)))
    with browser.tab() as tab:
        tab.cookies(address, {session_cookie: session})
        tab.open(f"{address}/webhooks?lang=en")
        form = "form[action='/webhooks#add']"
        assert tab.value(
            f'[...document.querySelectorAll("{form} input, {form} select")]'
            ".every((one) => one.labels.length === 1)"
        )
        _send(tab, form, address="https://10.0.0.1/", types="identity.*", label="ERP")
        assert tab.value("document.querySelector('[role=alert]').textContent.length") > 10
        assert tab.value("document.querySelector('#label').value") == "ERP"
        _send(tab, form, address=place.receiver.url)
        assert "whpk_" in tab.value("document.querySelector('[role=status]').textContent")
        (hook,) = place.desk.of(officer.organisation)
        place.say(2)
        place.receiver.answers = [(500, {})]
        place.round()
        for language, title in (("en", "Webhooks"), ("zh", "回调")):
            for width in (browser.phone_px, browser.desktop_px):
                tab.look(width)
                for name, path in (("list", "/webhooks"), ("one", f"/webhooks/{hook.id}")):
                    tab.open(f"{address}{path}?lang={language}")
                    assert Look(tab, address, {}).faults() == []
                    assert tab.value("document.documentElement.scrollWidth") == width
                    assert title in tab.value("document.querySelector('main').textContent")
                    tab.picture(pictures / f"webhooks-{name}-{language}-{width}.png")
        _send(tab, "form:has(input[value=test])")
        place.round()
        tab.open(f"{address}/webhooks/{hook.id}?lang=en&state=delivered")
        assert "test" in tab.value("document.querySelector('tbody').textContent")
        _send(tab, "form:has(input[value=remove])")
        assert "You have none yet." in tab.value("document.body.textContent")
    assert place.desk.of(officer.organisation) == []
