"""Devices looked after on their page: where one stands, how it is calibrated, and its end; by whom the rules let.
Factories whose certificates are accepted, too.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.pages.places import Place
from tests.identity.devices.factories import Factory

from tallystick.app.demo import cast
from tallystick.identity import devices

core = cast.core


def act(at: Place, entry_type: str, **values: str) -> None:
    form = f"form[data-sign={json.dumps(entry_type)}]"
    for name, value in values.items():
        at.tab.value(
            f"document.querySelector({json.dumps(form)}).elements[{json.dumps(f'/{name}')}].value"
            f" = {json.dumps(value)}"
        )
    at.press(f"{form} button")
    at.confirm()


def found(place: Place, handle: str) -> devices.Device:
    with place.node.look() as view:
        return devices.device(view, handle)


@pytest.fixture
def gate(place: Place) -> str:
    """The first device of the core enterprise that is in use."""
    with place.node.look() as view:
        (first, *_) = (
            one for one in devices.devices_of(view, core.handle) if one.state == "active"
        )
    return first.handle


def test_a_device_is_placed_calibrated_and_retired_on_its_page(
    place: Place, gate: str, tmp_path: Path
) -> None:
    place.tab.look(browser.phone_px)
    place.play(core.person("warehouse"), "/devices?lang=en")
    assert place.tab.value("document.querySelector('[data-sign*=retire]')") is None
    act(place, devices.place_type, device=gate, place=f"{gate}-hall")
    assert found(place, gate).place == f"{gate}-hall"
    paper = tmp_path / "calibration.pdf"
    paper.write_bytes(b"measured, and in order")
    document = place.tab.call("DOM.getDocument")["root"]["nodeId"]
    field = place.tab.call(
        "DOM.querySelector", nodeId=document, selector="[data-digest='/certificate']"
    )["nodeId"]
    place.tab.call("DOM.setFileInputFiles", files=[str(paper)], nodeId=field)
    act(
        place, devices.calibrate_type,
        device=gate, valid_from="2026-01-01T00:00", valid_until="2027-01-01T00:00",
    )  # fmt: skip
    calibration = found(place, gate).calibration
    assert calibration is not None
    assert calibration["valid_until"][:4] in ("2026", "2027")
    place.play(core.administrator, "/devices?lang=zh")
    assert place.tab.complaints() == []
    act(place, devices.retire_type, device=gate, reason="broken", suspect_from="7")
    gone = found(place, gate)
    assert (gone.state, gone.row["retired"]["reason"]) == ("retired", "broken")
    assert dict(gone.keys) == {}
    options = "[...document.querySelectorAll('[data-sign*=retire] option')].map((one) => one.value)"
    assert gate not in place.tab.value(options)


def test_nobody_else_is_offered_it(place: Place) -> None:
    place.play(core.person("audit-administrator"), "/devices")
    assert (
        place.tab.value(
            'document.querySelector(\'[data-sign^="identity.device"], [data-sign^="identity.factory"]\')'
        )
        is None
    )


def accepted(place: Place) -> list[tuple[str, str]]:
    with place.node.look() as view:
        return [(one.name, one.ca) for one in devices.factories_of(view, core.handle)]


def shown_digest(place: Place, digest: str) -> None:
    place.tab.until(f"document.getElementById('factory').elements['/ca'].value === '{digest}'")


def test_a_factory_is_accepted_and_dropped_on_the_page(place: Place, tmp_path: Path) -> None:
    """By the text of its root or of a chain to it, and by a file, in PEM or DER; nothing else has a digest."""
    by_text, by_file = Factory("Works"), Factory("Other works")
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in by_text.device().chain)
    place.tab.look(browser.phone_px)
    place.play(core.administrator, "/devices?lang=en")
    place.tab.value("document.querySelector('#factory').closest('details').open = true")
    typed = "(() => {{ const at = document.querySelector('#factory [name=pem]'); at.value = {0};" \
        " at.dispatchEvent(new Event('input')); return at.validity.customError; }})()"  # fmt: skip
    for wrong in ("nothing", chain.decode().replace("\n-----END", "AAAA\n-----END")):
        assert place.tab.value(typed.format(json.dumps(wrong))) is True
        shown_digest(place, "")
    assert place.tab.value(typed.format(json.dumps(chain.decode()))) is False
    shown_digest(place, by_text.ca)
    assert place.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    act(place, devices.list_factory_type, name="Works")
    assert accepted(place) == [("Works", by_text.ca)]
    for number, form in enumerate((Encoding.DER, Encoding.PEM)):
        file = tmp_path / f"{number}.crt"
        choose(place, file, by_file.root.public_bytes(form))
        shown_digest(place, by_file.ca)
    act(place, devices.list_factory_type, name="Other works")
    assert sorted(accepted(place)) == [("Other works", by_file.ca), ("Works", by_text.ca)]
    place.play(core.administrator, "/devices?lang=zh")
    assert Look(place.tab, place.url, {}).faults() == []
    place.press("button[aria-label='不再认可 Works']")
    place.confirm()
    assert accepted(place) == [("Other works", by_file.ca)]
    assert place.tab.complaints() == []


def choose(place: Place, file: Path, data: bytes) -> None:
    file.write_bytes(data)
    document = place.tab.call("DOM.getDocument")["root"]["nodeId"]
    field = place.tab.call("DOM.querySelector", nodeId=document, selector="#factory [name=file]")[
        "nodeId"
    ]
    place.tab.call("DOM.setFileInputFiles", files=[str(file)], nodeId=field)
