"""Certificates on pages, in a real Chromium: issued, shown to one buyer field by field, verified, revoked."""

from __future__ import annotations

import base64
from pathlib import Path

from fastapi.testclient import TestClient
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.pages.places import Place
from tests.app.played import here, log_in

from tallystick.app.credentials import checking
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.demo import cast
from tallystick.identity.credentials import Asked, credentials
from tallystick.ledger import SystemClock, log_verifier
from tallystick.ledger.bundle import Pins

issuer, supplier, buyer = cast.auditor, cast.suppliers[0], cast.core


def presented(data: bytes, place: Place) -> checking.Verified:
    """As the buyer verifies it offline: the file, and the log's key."""
    with place.node.reader.open() as snapshot:
        pins = Pins(log_keys=(log_verifier(snapshot.view),))
    file = PresentationFile.parse(data)
    return checking.verify(file, pins, Asked(buyer.handle, "answer-1", _now_ms()))


def _now_ms() -> int:
    return SystemClock().now_ms()


def test_one_buyer_sees_number_and_expiry_and_nothing_else(place: Place, tmp_path: Path) -> None:
    tab = place.tab
    tab.look(browser.phone_px)
    place.play(issuer.maker, "/qualifications/issue?lang=en")
    place.fill(
        holder=supplier.handle, kind="iso-14001", number="EMS-7", scope="Modules",
        sites="Works 1\nWorks 2", issued="2026-01-01", expiry="2031-12-31",
    )  # fmt: skip
    place.press("form.paper button[type=submit]")
    place.confirm()
    assert "/qualifications/issued" in tab.value("location.pathname")
    assert "14001" in tab.value("document.querySelector('main').textContent")
    credential = told_of(place)
    place.play(supplier.maker, f"/qualifications/{credential}")
    place.tab.until("document.querySelectorAll('[name=field]').length === 7")
    assert Look(tab, place.url, {}).faults() == []
    for name in ("number", "expiry"):
        place.press(f"[name=field][value={name}]")
    place.fill(buyer=buyer.handle, nonce="answer-1")
    place.press("button[value=file]")
    place.tab.until("document.querySelector('[data-part=link]').href")
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    place.press("[data-part=link]")
    kept = tmp_path / f"{credential[:16]}.json"
    place.wait_for(kept)
    data = kept.read_bytes()
    found = presented(data, place)
    assert found.fields == {"number": "DEMO-QMS-0001", "expiry": "2028-10-31"}
    assert found.revealed.hidden == 5
    assert (found.issuer, found.holder) == (issuer.handle, supplier.handle)
    for secret in ("演示一厂".encode(), b"production of modules", b"iso-9001"):
        for shift in range(3):
            coded = base64.b64encode(bytes(shift) + secret)[4:-4]
            assert coded not in data
        assert secret not in data

    place.play(buyer.maker, "/qualifications/verify")
    assert verdict(place, kept) == ("true", "DEMO-QMS-0001")
    assert verdict(place, kept, "another") == ("false", "presentation-wrong-nonce")
    place.play(cast.bank.maker, "/qualifications/verify")
    assert verdict(place, kept) == ("false", "presentation-wrong-audience")

    place.play(issuer.maker, "/qualifications/issued")
    place.press(
        f"form[data-sign='identity.credential.revoke/1']:has([value='{credential}']) button"
    )
    place.confirm()
    place.play(buyer.maker, "/qualifications/verify")
    assert verdict(place, kept) == ("false", "credential-revoked")


def told_of(place: Place) -> str:
    """The ISO certificate of the story, which everybody's witnesses cosigned."""
    with place.node.look() as view:
        rows = credentials(view, supplier.handle, "holder", _now_ms())
    (found,) = (one for one in rows if one.kind == "iso-9001")
    return found.credential


def verdict(place: Place, file: Path, nonce: str = "answer-1") -> tuple[str, str]:
    """What the page says of a file: whether it verifies, and the number or the code of the refusal."""
    tab = place.tab
    tab.open(f"{place.url}/qualifications/verify")
    document = tab.call("DOM.getDocument")["root"]["nodeId"]
    found = tab.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(file)], nodeId=found)
    place.fill(nonce=nonce)
    place.press("form.paper button[type=submit]")
    good = place.tab.until("document.getElementById('verdict').dataset.good")
    part = "dd" if good == "true" else "[data-part=why]"
    told = str(tab.value(f"document.querySelector('#verdict {part}').textContent"))
    return good, told if good == "true" else told.rpartition("(")[2].rstrip(")")


def test_who_is_no_party_gets_none_of_it(demo: TestClient) -> None:
    name = "0" * 64
    for path in ("/qualifications/issue", "/qualifications/issued", "/qualifications/verify"):
        assert demo.get(path).status_code == 404
    log_in(demo, cast.bank.maker)
    assert demo.get("/qualifications/issue").status_code == 200
    assert demo.get(f"/qualifications/{name}").status_code == 404
    assert demo.get(f"/v1/credentials/{name}/whole").json()["code"] == "credential-unknown"
    said = {
        "number": "1", "kind": "iso-9001", "scope": "x", "sites": ["y"], "issued": "2026-01-01",
        "expiry": "2030-01-01", "issuer": "z",
    }  # fmt: skip
    told = {"key": f"300:{cast.core.handle}", "holder": supplier.handle, "said": said}
    answer = demo.post("/v1/credentials/drafts", json=told)
    assert answer.json()["code"] == "credential-key-refused"
    log_in(demo, cast.bank.administrator)
    assert demo.get("/qualifications/issue").status_code == 403
    assert here in str(demo.base_url)
