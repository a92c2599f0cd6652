"""Devices looked after on their page: where one stands, how it is calibrated, and its end; by whom the rules let."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.pages import browser
from tests.app.pages.places import Place

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
    assert place.tab.value("document.querySelector('[data-sign^=\"identity.device\"]')") is None
