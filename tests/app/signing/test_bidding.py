"""A holder asks for bids, and a bank seals and opens one, in a real Chromium; before the deadline no file has the rate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.app.bank_files.camt import Entry, notification
from tests.app.pages import browser
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_confirming import Room, choose, confirmed, press
from tests.ledger.authenticator import Authenticator
from tests.patience import patience_s

from tallystick import finance
from tallystick.app.demo import cast, goods
from tallystick.ledger import instant

rate, rate_ppm = "6.1803", 61_803
hour_ms = 3_600_000


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("bidding")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        yield Room(place, at)


def test_a_bid_is_sealed_and_opened_on_pages(room: Room, tmp_path: Path) -> None:
    at, place = room.seat, room.place
    certificate = confirmed(room)
    seller, bank = goods.maker, cast.bank
    at.login(place.passkey(seller.maker), "/certificates")
    at.tab.open(f"{place.url}/certificates/{quote(certificate, safe='')}?lang=en")
    press(at, "finance.certificate.accept/1")
    at.until("document.querySelector('a[href^=\"/tenders?\"]') !== null")
    at.tab.open(f"{place.url}/tenders?lang=en&certificate={quote(certificate, safe='')}")
    fields = "document.querySelector('form[data-sign=\"finance.tender.open/1\"]').elements"
    at.tab.value(
        f"{fields}['/amount'].value='150,000.00'; {fields}['/value_on'].value='2026-01-20';"
        f'document.querySelector(\'[name="/funders"][value="{bank.handle}"]\').checked = true'
    )
    press(at, "finance.tender.open/1", says="150,000.00")
    at.until("document.querySelector('main tbody a') !== null")
    name = str(at.tab.value("document.querySelector('main tbody a').pathname.split('/').pop()"))

    maker = place.passkey(bank.maker)
    at.login(maker, "/tenders")
    page = f"{place.url}/tenders/{name}?lang=en"
    at.tab.open(page)
    at.tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    at.until("document.readyState === 'complete'")
    form = "document.querySelector('form[data-bid=seal]')"
    at.tab.value(f"{form}.elements.rate.value = '{rate}'; {form}.querySelector('button').click()")
    at.sign()
    at.until("document.querySelector('form[data-bid=open]') !== null")
    kept = _saved(at, tmp_path / f"bid-{name[:12]}.json")
    assert kept["rate_ppm"] == rate_ppm
    sealed = finance.commitment(name, bank.handle, rate_ppm, kept["salt"])
    with place.node.reader.open() as snapshot:
        bid = snapshot.view.get("bid", name, bank.handle)
        assert bid is not None
        assert bid["commitment"] == sealed
    figures = finance.discounted(
        finance.DiscountTerms(15_000_000, rate_ppm, "2026-01-20", "2026-07-10")
    )
    _nowhere(place, [str(rate_ppm), rate, str(figures.net), str(figures.discount), kept["salt"]])

    # Too early: the rule says so, in words. Then the hour comes.
    assert _opens(at, tmp_path / f"bid-{name[:12]}.json").startswith("Bids are still sealed")
    place.clock.advance(49 * hour_ms)
    holder = place.passkey(seller.maker, 322)
    place.ledger.seal()
    at.tab.open(page)
    at.until("document.readyState === 'complete'")
    choose(at, "form[data-bid=open] input[type=file]", tmp_path / f"bid-{name[:12]}.json")
    at.tab.value("document.querySelector('form[data-bid=open] button').click()")
    at.sign()
    at.until(
        "document.querySelector('form[data-bid=open]') === null && document.querySelector('main tbody') !== null"
    )
    assert "6.1803 %" in at.tab.value("document.querySelector('main tbody').innerText")

    # Before its bid can be accepted, the bank states that it searched the register.
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(b"%PDF-1.7\nnothing earlier was found")
    search = "document.querySelector('form[data-sign=\"finance.search/1\"]').elements"
    searched_at = instant(place.clock.now_ms() - hour_ms)[:16]
    at.tab.value(
        f"{search}['/number'].value='CX-1'; {search}['/searched_at'].value='{searched_at}'"
    )
    choose(at, "form[data-sign='finance.search/1'] input[type=file]", proof)
    press(at, "finance.search/1")
    at.login(holder, "/tenders")
    at.tab.open(page)
    press(at, "finance.quote.accept/1")
    at.until("location.pathname.startsWith('/certificates/')")
    with place.node.reader.open() as snapshot:
        (found,) = snapshot.view.find("quote-of-certificate", certificate, limit=5)
        assert (found.value["net"], found.value["tender"]) == (figures.net, name)
    _paid_on_the_page(room, certificate, maker, holder, tmp_path)
    assert at.tab.complaints() == []


def _paid_on_the_page(
    room: Room, certificate: str, bank: Authenticator, holder: Authenticator, home: Path
) -> None:
    """Sent, paid with the bank's receipt, arrived: each on the certificate's page, by a form that nobody else has."""
    at, place = room.seat, room.place
    page = f"{place.url}/certificates/{quote(certificate, safe='')}?lang=en"
    at.tab.open(page)
    assert at.tab.value("document.getElementById('payments') !== null")
    assert at.tab.value("document.querySelector('form[data-sign=\"finance.instruct/1\"]') === null")
    while instant(place.clock.now_ms())[:10] < "2026-01-20":
        place.clock.advance(hour_ms)
    # Whatever anybody says brings the day about: here another key of the holder's.
    place.passkey(goods.maker.maker, 323)
    place.ledger.seal()
    at.login(bank, "/certificates")
    at.tab.open(page)
    now = instant(place.clock.now_ms() - 60_000)[:16]
    _fill(
        at,
        "finance.instruct/1",
        {"/reference": "E2E-7", "/registration/number": "ZDW-7", "/sent_at": now},
    )
    press(at, "finance.instruct/1", says="ZDW-7")
    at.until("document.querySelector('form[data-sign=\"finance.disburse/1\"]') !== null")
    _keeps_others_here(at, home / "day.xml", now)
    receipt = home / "receipt.pdf"
    receipt.write_bytes(b"%PDF-1.7\nreceipt of a payment")
    _fill(at, "finance.disburse/1", {"/paid_at": now})
    choose(at, "form[data-sign='finance.disburse/1'] input[type=file]", receipt)
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    press(at, "finance.disburse/1")
    at.until("document.querySelector('form[data-sign=\"finance.disburse.return/1\"]') !== null")
    at.login(holder, "/certificates")
    at.tab.open(page)
    press(at, "finance.disburse.receive/1")
    at.until("document.getElementById('payments') === null")
    with place.node.reader.open() as snapshot:
        (paid,) = snapshot.view.group("financing", certificate).values()
    assert (paid["record"], paid["evidence"]) == (
        "application/pdf",
        hashlib.sha256(receipt.read_bytes()).hexdigest(),
    )
    at.tab.open(f"{place.url}/log/entries/{paid['index']}?lang=en")
    link = at.tab.value(
        "document.querySelector('section[aria-labelledby=body] a[download]').pathname"
    )
    assert str(link).startswith(f"/log/entries/{paid['index']}/attachments/")


def _keeps_others_here(at: Seat, day: Path, now: str) -> None:
    """A notification of several payments does not leave the browser."""
    day.write_bytes(notification([Entry(), Entry(reference="SALARY")]))
    _fill(at, "finance.disburse/1", {"/paid_at": now})
    form = "form[data-sign='finance.disburse/1']"
    choose(at, f"{form} input[type=file]", day)
    at.tab.value(f'document.querySelector("{form} button").click()')
    said = f'document.querySelector("{form} [role=status]").innerText'
    at.until(f'{said}.includes("several payments")')
    assert at.tab.value("document.querySelector('dialog#signing[open]') === null")


def _fill(at: Seat, entry_type: str, told: dict[str, str]) -> None:
    """In a form behind a summary, which is opened."""
    at.until("document.readyState === 'complete'")
    form = f"document.querySelector('form[data-sign=\"{entry_type}\"]')"
    said = "".join(f"form.elements['{name}'].value='{text}';" for name, text in told.items())
    at.tab.value(
        f"(() => {{ const form = {form}; form.closest('details').open = true; {said} }})()"
    )


def _saved(at: Seat, file: Path) -> dict[str, object]:
    from time import monotonic, sleep

    end = monotonic() + patience_s
    while not file.exists():
        assert monotonic() < end, at.tab.complaints()
        sleep(0.05)
    return dict(json.loads(file.read_bytes()))


def _opens(at: Seat, file: Path) -> str:
    """What the page says when the bank opens its bid now."""
    choose(at, "form[data-bid=open] input[type=file]", file)
    said = "document.querySelector('form[data-bid=open] [role=status]').innerText"
    at.tab.value("document.querySelector('form[data-bid=open] button').click()")
    at.until("!document.querySelector('form[data-bid=open] button').disabled")
    return str(at.tab.value(said))


def _nowhere(place: Invoiced, secrets: list[object]) -> None:
    """In no file of the node: store, its journal, logs, published files."""
    place.ledger.seal()
    searched = 0
    for file in place.node.settings.folder.rglob("*"):
        if file.is_file():
            searched += 1
            data = file.read_bytes()
            for secret in secrets:
                assert str(secret).encode() not in data, (file, secret)
    assert searched > 3
