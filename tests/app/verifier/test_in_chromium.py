"""The page in a real Chromium with the network off: every bundle gets the code, or the statements, it must."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from tests import loopback
from tests.app.pages import browser
from tests.app.pages.test_browser import contrast
from tests.app.verifier.conftest import expected
from tests.conftest import missing
from tests.patience import patience_s

from tallystick.app import verifier_page

_page = verifier_page.folder()
#: What the issue names: each must be refused with its own code.
_named = {
    "byte-changed": "bundle-crc-fails",
    "body-changed": "bundle-body-differs",
    "wrong-log-key": "bundle-wrong-log-key",
    "policy-replaced": "bundle-policy-replaced",
    "signer-revoked": "bundle-signer-revoked",
    "signer-revoked-left-out": "bundle-incomplete",
    "transfer-left-out": "bundle-incomplete",
    "transfer-left-out-of-head": "bundle-head-differs",
    "cosignature-missing": "bundle-not-final",
    "field-wrong-salt": "bundle-field-differs",
    "never-confirmed-forged": "bundle-head-differs",
    "not-revoked-false": "bundle-key-revoked",
}


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    if not (_page / verifier_page.sums_file).exists():
        missing("the built verifier page (./dev pages)")
    with browser.tab() as opened:
        opened.call("DOM.enable")
        yield opened


@pytest.fixture
def from_disk(tab: browser.Tab, tmp_path: Path) -> browser.Tab:
    """The folder copied somewhere, opened as a file, then without any network."""
    shutil.copytree(_page, tmp_path / "page")
    tab.look(browser.desktop_px)
    tab.call("Network.emulateNetworkConditions", **_offline(True))
    tab.open((tmp_path / "page" / "index.html").as_uri())
    return tab


def _offline(off: bool) -> dict[str, Any]:
    return {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def pin(tab: browser.Tab, text: str) -> None:
    """As typed; `setRangeText` and events would be the same."""
    script = (
        "(() => { const pins = document.getElementById('pins'); pins.value = %s;"
        " pins.dispatchEvent(new Event('input')); })()"
    )
    tab.value(script % json.dumps(text))


def choose(tab: browser.Tab, file: Path) -> dict[str, Any]:
    """Give the page a file, and wait for what it says, as JSON."""
    tab.value("document.getElementById('result').replaceChildren()")
    document = tab.call("DOM.getDocument")["root"]["nodeId"]
    node = tab.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)
    end = monotonic() + patience_s
    while not (told := tab.value("document.getElementById('json')?.textContent")):
        assert monotonic() < end, f"the page says nothing of {file.name}"
        sleep(0.01)
    found: dict[str, Any] = json.loads(told)
    return found


def outside(tab: browser.Tab) -> list[str]:
    """Addresses that were asked for beside the page's own files."""
    asked = [
        event["params"]["request"]["url"]
        for event in tab.events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    return [url for url in asked if not url.startswith("file://")]


def test_every_bundle_offline(from_disk: browser.Tab, laid_down: Path) -> None:
    rows = expected(laid_down)
    told = {row["name"]: row["error"] for row in rows}
    assert {name: told[name] for name in _named} == _named
    for row in rows:
        pin(from_disk, "\n".join(row["pins"].values()))
        found = choose(from_disk, laid_down / f"{row['name']}.tally")
        code = found["error"]["code"] if found["error"] else None
        assert code == row["error"], (row["name"], found["error"])
        assert found["statements"] == row["statements"], row["name"]
    assert outside(from_disk) == []
    assert from_disk.complaints() == []


def test_what_is_shown_in_both_languages_on_a_phone_and_in_the_dark(
    from_disk: browser.Tab, laid_down: Path, tmp_path: Path
) -> None:
    tab = from_disk
    rows = {row["name"]: row for row in expected(laid_down)}
    said = json.loads((laid_down / "said.json").read_text(encoding="utf-8"))
    for language, width, dark in (("en", 360, False), ("zh", 390, True), ("zh", 1280, False)):
        tab.look(width, dark=dark)
        tab.value(f"document.getElementById('language-{language}').click()")
        pin(tab, "\n".join(rows["certificate"]["pins"].values()))
        choose(tab, laid_down / "certificate.tally")
        lines = tab.value("[...document.querySelectorAll('.sentence')].map(e => e.textContent)")
        assert lines == said["certificate"][language]
        assert tab.value("document.getElementById('simulated').hidden") is False
        assert tab.value("document.documentElement.scrollWidth") == width
        assert tab.value("document.activeElement.id") == "verdict", "a screen reader goes on there"
        announced = tab.value("document.getElementById('live').textContent")
        assert announced == {"en": "Proven", "zh": "已证明"}[language]
        choose(tab, laid_down / "transfer-left-out.tally")
        shown = tab.value("document.querySelector('.verdict').innerText")
        assert "bundle-incomplete" in shown
        assert {"en": "What to do:", "zh": "怎么办："}[language] in shown
        assert tab.value("document.querySelectorAll('.sentence').length") == 0
        assert tab.value("document.getElementById('simulated').hidden") is True
    picture = tmp_path / "page.png"
    tab.picture(picture, whole=False)
    assert len(Image.open(picture).convert("RGB").getcolors(1 << 20) or ()) > 50


def test_what_is_pinned_is_remembered_and_what_is_not_is_said(
    from_disk: browser.Tab, laid_down: Path
) -> None:
    tab = from_disk
    rows = {row["name"]: row for row in expected(laid_down)}
    tab.value("document.getElementById('language-en').click()")
    pin(tab, "")
    assert choose(tab, laid_down / "entry.tally")["error"]["code"] == "bundle-nothing-pinned"
    assert "Nothing is pinned" in tab.value("document.getElementById('pinned').innerText")
    key = rows["entry"]["pins"]["log_key"]
    pin(tab, key)
    shown = tab.value("document.getElementById('pinned').innerText")
    assert "Pinned log key" in shown
    assert "stands on the word of the log's genesis" in shown
    tab.value("document.getElementById('again').click()")
    pin(tab, f"{key}\nquorum none\n")
    shown = tab.value("document.getElementById('pinned').innerText")
    assert "the operator's word" in shown
    pin(tab, "log.example+00000000+AAAA")
    assert choose(tab, laid_down / "entry.tally")["error"]["code"] == "verifier-key-refused"
    pin(tab, key)
    tab.call("Page.reload")
    end = monotonic() + patience_s
    while tab.value("document.readyState + document.getElementById('pins')?.value") != (
        f"complete{key}"
    ):
        assert monotonic() < end
        sleep(0.01)
    pin(tab, "")


def test_text_of_a_file_never_becomes_markup(from_disk: browser.Tab, tmp_path: Path) -> None:
    """A name in a container is shown in the refusal; and a file's own name is shown as well."""
    nasty = tmp_path / "<img src=x onerror=document.title='gone'>.tally"
    name = b"<img/src=x/onerror=document.title='gone'>"
    central = bytearray(46)
    central[:4], central[28:30] = b"PK\x01\x02", len(name).to_bytes(2, "little")
    end = bytearray(22)
    end[:4], end[8], end[10] = b"PK\x05\x06", 1, 1
    end[12:16] = (46 + len(name)).to_bytes(4, "little")
    nasty.write_bytes(bytes(central) + name + bytes(end))
    pin(from_disk, "0" * 64)
    found = choose(from_disk, nasty)
    assert found["error"]["code"] == "bundle-name-refused"
    assert "onerror" in from_disk.value("document.querySelector('.verdict').textContent")
    assert from_disk.value("document.querySelectorAll('main img').length") == 0
    assert from_disk.value("document.title") != "gone"
    pin(from_disk, "")


def test_it_works_by_keyboard_and_takes_dropped_files(from_disk: browser.Tab) -> None:
    """The file button can be reached and shows where it is; a file dropped anywhere stays on the page."""
    tab = from_disk
    tab.value("document.getElementById('file').focus()")
    assert tab.value("document.activeElement.id") == "file"
    assert tab.value("document.getElementById('zone').htmlFor") == "file"
    kept = tab.value(
        "(() => { const drop = new DragEvent('drop', {cancelable: true, bubbles: true});"
        " document.body.dispatchEvent(drop); return drop.defaultPrevented; })()"
    )
    assert kept is True
    heights = tab.value(
        "[...document.querySelectorAll('button, textarea, .zone')].filter(e => !e.hidden)"
        ".map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24
    for dark in (False, True):
        tab.look(browser.desktop_px, dark=dark)
        script = "getComputedStyle(document.documentElement).getPropertyValue('--{}').trim()"
        names = (
            "ink",
            "quiet",
            "green",
            "red",
            "ochre",
            "paper",
            "sheet",
            "green-soft",
            "red-soft",
        )
        colour = {name: tab.value(script.format(name)) for name in names}
        for ink, ground in (
            ("ink", "paper"), ("quiet", "paper"), ("green", "paper"), ("ochre", "paper"), ("quiet", "sheet"),
            ("green", "green-soft"), ("red", "red-soft"), ("ink", "red-soft"), ("ink", "green-soft"),
        ):  # fmt: skip
            assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground, dark)


def test_a_served_page_goes_on_when_its_server_is_gone(tab: browser.Tab, laid_down: Path) -> None:
    """Under the strict policy that the node sends; nothing is asked of it once the page is there."""
    app = FastAPI()
    app.include_router(verifier_page.router())
    tab.call("Network.emulateNetworkConditions", **_offline(False))
    with loopback.listening() as port, loopback.serving(app, port, lifespan=False):
        address = f"{loopback.address(port)}/verify/"
        tab.open(address)
    row = {row["name"]: row for row in expected(laid_down)}["certificate"]
    pin(tab, "\n".join(row["pins"].values()))
    found = choose(tab, laid_down / "certificate.tally")
    assert found == {"error": None, "statements": row["statements"]}
    assert {url.rpartition("/")[0] + "/" for url in outside(tab)} == {address}
    # An icon that is asked for late finds nobody; what the policy forbids would be said.
    assert [said for said in tab.complaints() if "Content Security Policy" in said] == []
