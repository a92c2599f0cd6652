"""Maker and checker confirm a certificate with passkeys, in a real Chromium."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat

from tallystick import finance
from tallystick.app.bundles.make import make
from tallystick.app.bundles.verify import verify
from tallystick.app.demo import cast, days, goods
from tallystick.identity import Decide, Dismiss, Propose, SetControl, Tier, devices, key_at
from tallystick.ledger import (
    Author,
    Body,
    Checker,
    Envelope,
    Reader,
    SystemClock,
    auditor_reader,
    export,
    log_verifier,
    payload_hash,
)
from tallystick.ledger.bundle import Pins, Request

due_on = "2026-07-10"
maker, checker = cast.core.maker, cast.core.checker


@dataclass
class Room:
    place: Invoiced
    seat: Seat


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("confirming")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        yield Room(place, at)


def officers() -> list[str]:
    return [cast.core.person(role) for role in ("administrator", "security-administrator")]


def said(seat: Seat, entry_type: str, body: str, author: str) -> str:
    """What a draft of this page comes to: the code of the refusal, or empty."""
    asked = f"Signing.draft('{entry_type}', {body}, {{author: '{author}'}}).then(() => '', (e) => e.code)"
    return str(seat.done(asked))


def propose(at: Seat, amount: str) -> None:
    """Fill the form of the one invoice, and press its button."""
    form = "document.querySelector('form[data-sign=\"finance.confirm.propose/1\"]')"
    at.tab.value(
        f"{form}.elements['/due_on'].value = '{due_on}';"
        f"{form}.elements['/lines/0/amount'].value = '{amount}';"
        f"{form}.querySelector('button').click()"
    )


def confirmed(room: Room) -> str:
    """The name of the certificate, once maker and checker have confirmed the invoice."""
    at, place = room.seat, room.place
    at.login(place.passkey(maker), "/confirmations")
    propose(at, "5,000,000.00")
    at.sign()
    at.until("document.querySelectorAll('article.act').length === 1")
    at.login(place.passkey(checker), "/confirmations")
    press(at, "finance.confirm.approve/1")
    at.until("location.pathname === '/certificates'")
    with place.node.reader.open() as snapshot:
        (certificate,) = snapshot.view.names("certificate", limit=5)
    return certificate


def test_maker_and_checker_confirm_by_passkey(room: Room, tmp_path: Path) -> None:
    at, place = room.seat, room.place
    first, second = place.passkey(maker), place.passkey(checker)

    at.login(first, "/confirmations")
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    propose(at, "5,000,000.00")
    shown = at.shown()
    assert "CNY 5,000,000.00" in shown.replace("\u00a0", " ")
    assert due_on in shown
    at.sign()
    at.until("document.querySelectorAll('article.act').length === 1")
    at.until("document.readyState === 'complete'")

    # The same person cannot be the second one, whichever of its keys it uses.
    assert (
        at.tab.value("document.querySelector('form[data-sign=\"finance.confirm.approve/1\"]')")
        is None
    )
    with place.node.reader.open() as snapshot:
        (waiting,) = snapshot.view.find("proposal-of", cast.core.handle, limit=5)
    body = f"{{proposal: '{waiting.name}'}}"
    assert said(at, "finance.confirm.approve/1", body, maker) == "not-entitled"
    assert said(at, "finance.confirm.approve/1", body, checker) == "draft-not-yours"

    at.login(second, "/confirmations?lang=zh")
    at.tab.value(
        "document.querySelector('form[data-sign=\"finance.confirm.approve/1\"] button').click()"
    )
    shown = at.shown()
    # What is approved by its hash is shown in full, from the proposal's own bytes.
    assert goods.invoice in shown
    assert due_on in shown
    at.sign()
    at.until("location.pathname === '/certificates'")
    assert at.tab.complaints() == []
    place.ledger.seal()
    with place.node.reader.open() as snapshot:
        (certificate,) = snapshot.view.names("certificate", limit=5)
        signed = {row.author: row.leaf for row in snapshot.recent(limit=10)}
        size = snapshot.size()
    assert b"webauthn" in signed[maker]
    assert b"webauthn" in signed[checker]
    assert certificate.startswith(f"{cast.core.handle}#C-")

    # And all of it verifies from the export alone, passkeys' signatures among the rest.
    export.export_log(place.node.store, place.node.rules, tmp_path / "export", auditor_reader)
    opened = export.Export(tmp_path / "export")
    checked = export.audit_export(opened, place.node.rules, place.node.directory, Checker())
    assert checked.size == size


def test_a_due_date_may_roll_by_a_published_calendar(room: Room) -> None:
    at, place = room.seat, room.place
    at.login(place.known(maker), "/confirmations")
    form = "document.querySelector('form[data-sign=\"finance.confirm.propose/1\"]')"
    at.tab.value(f"{form}.elements['/roll'].value = 'following'")
    at.tab.value(f"{form}.elements['/rolled_days'].value = 'issuer'")
    assert "version" in at.tab.value(f"{form}.elements['/calendar'].selectedOptions[0].text")
    propose(at, "1.00")
    shown = at.shown()
    assert "following" in shown
    assert days.calendar in shown
    at.tab.value("document.querySelector('#signing [data-part=cancel]').click()")
    # Never moved: neither calendar nor bearer is said.
    at.tab.value(f"{form}.elements['/roll'].value = ''")
    propose(at, "1.00")
    assert days.calendar not in at.shown()
    at.tab.value("document.querySelector('#signing [data-part=cancel]').click()")


def test_the_supplier_accepts_and_passes_on(room: Room) -> None:
    at, place = room.seat, room.place
    seller, other = goods.maker, cast.suppliers[3]
    with place.node.reader.open() as snapshot:
        (certificate,) = snapshot.view.names("certificate", limit=5)
    page = f"/certificates/{quote(certificate, safe='')}"
    at.login(place.passkey(seller.maker), "/certificates")
    at.tab.open(f"{place.url}{page}?lang=en")
    press(at, "finance.certificate.accept/1")
    at.until("document.querySelector('form[data-sign=\"finance.transfer.offer/1\"]') !== null")
    owed = _contract(place, seller, other)
    fields = "document.querySelector('form[data-sign=\"finance.transfer.offer/1\"]').elements"
    at.tab.value(
        f"{fields}['/evidence/0/amount'].value='1234.56'; {fields}['/to'].value='{other.handle}';"
        f"{fields}['/evidence/0/kind'].value='contract'; {fields}['/evidence/0/name'].value='{owed}'"
    )
    press(at, "finance.transfer.offer/1", says="1,234.56")
    at.until("document.querySelector('form[data-sign=\"finance.transfer.withdraw/1\"]') !== null")
    at.login(place.passkey(other.checker), "/certificates")
    at.tab.open(f"{place.url}{page}?lang=en")
    press(at, "finance.transfer.accept/1", says="1,234.56")
    at.until(
        "document.querySelector('#holders') && "
        "document.querySelectorAll('form[data-sign=\"finance.transfer.accept/1\"]').length === 0"
    )
    with place.node.reader.open() as snapshot:
        (moved,) = snapshot.view.find("transfer-of", other.handle, limit=5)
    assert moved.value["amount"] == 123_456
    with place.node.reader.open() as snapshot:
        used = snapshot.view.get("evidence-use", f"contract {owed}")
    assert used == {"used": 123_456}


def test_a_contract_is_agreed_to_and_another_declined_by_passkey(room: Room) -> None:
    at, place = room.seat, room.place
    seller = cast.suppliers[5]
    told = {"buyer": cast.core.handle, "seller": seller.handle, "currency": "CNY"}
    days_of = {"signed_on": "2026-01-05", "valid_from": "2026-01-05"}
    names = [
        _say(
            place,
            cast.core.maker,
            "finance.contract/1",
            finance.Contract.model_validate(
                {**told, **days_of, "number": number, "payment_days": 75}
            ),
        )
        for number in ("PAGE-1", "PAGE-2")
    ]
    at.login(place.passkey(seller.maker), "/documents")
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    for name, act in zip(names, ("agree", "decline"), strict=True):
        form = (
            f'document.querySelector(\'form[data-sign="finance.{act}/1"] [value="{name}"]\').form'
        )
        at.tab.value(f"window.before = true; {form}.requestSubmit()")
        # It is said by hash alone: what it is about is shown from its own bytes.
        shown = at.shown()
        assert "PAGE-" in shown
        assert "75" in shown
        at.sign()
        at.until("window.before !== true")
    with place.node.reader.open() as snapshot:
        rows = [snapshot.view.get("agreement", name) for name in names]
    assert [row and row["status"] for row in rows] == ["agreed", "declined"]
    assert rows[1] is not None
    assert rows[1]["reason"] == "price"
    assert "Nothing waits for your answer" in at.tab.value("document.body.innerText")
    # Who only looks after people is asked nothing, and sees no form.
    at.login(place.passkey(seller.administrator), "/notices")
    at.tab.open(f"{place.url}/documents?lang=en")
    assert at.tab.value("document.querySelectorAll('main form[data-sign]').length") == 0


def press(at: Seat, entry_type: str, says: str = "") -> None:
    """The button of the form of this act, and then that of the dialog."""
    at.until("document.readyState === 'complete'")
    at.tab.value(f"document.querySelector('form[data-sign=\"{entry_type}\"] button').click()")
    assert says in at.shown()
    at.sign()
    at.until("document.querySelector('dialog#signing[open]') === null")


def _contract(place: Invoiced, giver: cast.Firm, taker: cast.Firm) -> str:
    """The contract by which the giver owes the taker, agreed by both."""
    body = finance.Contract(
        number="FC-TIER-2", buyer=giver.handle, seller=taker.handle, currency="CNY",
        signed_on="2026-01-02", valid_from="2026-01-02", payment_days=90, total=1_000_000,
    )  # fmt: skip
    proposal = _say(place, giver.maker, "finance.contract/1", body)
    _say(place, taker.maker, "finance.agree/1", finance.Agree(proposal=proposal))
    return f"{giver.handle}#FC-TIER-2"


def test_a_part_is_pledged_and_released_on_pages(room: Room, tmp_path: Path) -> None:
    """Also on a phone: nothing is wider than its screen."""
    at, place, name = room.seat, room.place, _certificate(room)
    page, paper = f"{place.url}/certificates/{quote(name, safe='')}?lang=en", tmp_path / "loan.txt"
    paper.write_text("a loan of the bank")
    form = 'form[data-sign="finance.pledge.offer/1"]'
    at.login(place.known(goods.maker.maker), "/certificates")
    at.tab.open(f"{page}&amount=1,000.00")
    assert "this part costs 1" in at.tab.value("document.body.innerText")
    at.tab.look(browser.phone_px)
    at.tab.value("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    choose(at, f"{form} input[type=file]", paper)
    fields = f"document.querySelector('{form}').elements"
    at.tab.value(f"{fields}['/amount'].value='1000.00'; {fields}['/to'].value='{cast.bank.handle}'")
    press(at, "finance.pledge.offer/1", says="1,000.00")
    at.login(place.passkey(cast.bank.checker), "/certificates")
    at.tab.open(page)
    taking = "document.querySelector('form[data-sign=\"finance.pledge.accept/1\"]').elements"
    at.tab.value(f"{taking}['/registration_number'].value='ZDW-P-1'")
    press(at, "finance.pledge.accept/1", says="1,000.00")
    at.until("document.querySelector('form[data-sign=\"finance.pledge.release/1\"]') !== null")
    with place.node.reader.open() as snapshot:
        (pledge,) = snapshot.view.find("pledge-of", cast.bank.handle, limit=5)
    assert (pledge.value["status"], pledge.value["registration_number"]) == ("pledged", "ZDW-P-1")
    press(at, "finance.pledge.release/1", says="1,000.00")
    at.until("document.querySelector('form[data-sign=\"finance.pledge.release/1\"]') === null")
    with place.node.reader.open() as snapshot:
        (pledge,) = snapshot.view.find("pledge-of", cast.bank.handle, limit=5)
    assert pledge.value["status"] == "released"


def test_two_people_of_the_node_freeze_by_an_order_on_a_page(room: Room, tmp_path: Path) -> None:
    at, place, name = room.seat, room.place, _certificate(room)
    first, second = (cast.operator(role) for role in cast.operators[:2])
    paper = tmp_path / "order.txt"
    paper.write_text("an order of a court")
    form = 'form[data-sign="finance.freeze.propose/1"]'
    at.login(place.passkey(first), "/freezes")
    at.tab.open(f"{place.url}/freezes?lang=zh")
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)
    at.tab.open(f"{place.url}/freezes?lang=en")
    choose(at, f"{form} input[type=file]", paper)
    fields = f"document.querySelector('{form}').elements"
    at.tab.value(
        f"{fields}['/certificate'].value='{name}'; {fields}['/holder'].value='{goods.maker.handle}';"
        f"{fields}['/amount'].value='500.00'; {fields}['/case'].value='（2026）京01执保12号';"
        f"{fields}['/ends_on'].value='2026-06-30'"
    )
    press(at, "finance.freeze.propose/1", says="京01执保12号")
    at.until("document.querySelectorAll('article.act').length === 1")
    assert at.tab.value("document.querySelector('article.act form') === null")  # not by oneself
    at.login(place.passkey(second), "/freezes")
    at.tab.open(f"{place.url}/freezes?lang=en")
    press(at, "finance.freeze.approve/1", says="京01执保12号")
    at.until("document.querySelectorAll('article.act').length === 0")
    with place.node.reader.open() as snapshot:
        (freeze,) = snapshot.view.find("freeze-of", goods.maker.handle, limit=5)
        count = finance.views.freeze_count(snapshot.view)
    assert (freeze.value["status"], freeze.value["amount"]) == ("frozen", 50_000)
    assert freeze.value["order"] == hashlib.sha256(paper.read_bytes()).hexdigest()
    assert count["in_force"] == 1
    # The holder is told; a stranger reads the number and nothing else.
    at.login(place.known(goods.maker.maker), "/notices")
    assert "京01执保12号" in at.tab.value("document.body.innerText")
    public = httpx.get(f"{place.url}/freezes?lang=en")
    assert goods.maker.handle not in public.text
    assert httpx.get(f"{place.url}/finance/v1/freezes/count").json() == count


def _certificate(room: Room) -> str:
    with room.place.node.reader.open() as snapshot:
        (name,) = snapshot.view.names("certificate", limit=5)
    return str(name)


def choose(at: Seat, selector: str, file: Path) -> None:
    """A file, as whoever sits there would."""
    at.until("document.readyState === 'complete'")
    whole = at.tab.call("DOM.getDocument")["root"]["nodeId"]
    found = at.tab.call("DOM.querySelector", nodeId=whole, selector=selector)["nodeId"]
    at.tab.call("DOM.setFileInputFiles", nodeId=found, files=[str(file)])


def test_above_an_amount_a_second_device_signs_too(room: Room) -> None:
    at, place = room.seat, room.place
    by = officers()
    tier = Tier(currency="CNY", above=100, persons=1, keys=2)
    body = Propose(organisation=cast.core.handle, what=SetControl(kind="control", tiers=(tier,)))
    first = _say(place, by[0], "identity.propose/1", body)
    at.login(place.passkey(by[1]), f"/pending/{first}")
    assert Look(at.tab, place.url, {}).faults() == []
    _say(place, by[1], "identity.decide/1", Decide(proposal=first, decision="approve"))

    known, spare = place.known(maker), place.passkey(maker, 321)
    with seat(place.url) as phone:
        phone.holds(spare)
        at.login(known, "/confirmations")
        propose(at, "4000000")
        at.shown()
        status = "document.querySelector('#signing [data-part=said]').textContent"
        at.until(f"{status}.endsWith('1/2')")
        at.sign()
        at.until(f"{status}.endsWith('2/2')")
        # Its other passkey is at hand here too, and is not offered: another device shows the text.
        assert at.tab.value("document.querySelectorAll('#signing input[type=radio]').length") == 1
        at.tab.value("[...document.querySelectorAll('#signing input[type=radio]')].at(-1).click()")
        at.sign()
        code = "document.querySelector('#signing .code:not([hidden]) code')?.textContent"
        phone.tab.open(at.until(code))
        assert "4,000,000.00" in phone.shown()
        phone.sign()
        at.until("document.querySelectorAll('article.act').length === 1")
    with place.node.reader.open() as snapshot:
        row = next(one for one in snapshot.recent(limit=5) if one.author == maker)
    keys = [one.keyid for one in Envelope.parse(row.leaf).signatures]
    assert keys == [f"320:{maker}", f"321:{maker}"]


def _say(place: Invoiced, by: str, entry_type: str, body: Body) -> str:
    """Said with the played key; the payload hash."""
    author = Author(place.ledger.origin, by, cast.key(f"300:{by}"), SystemClock())
    entry = author.write(entry_type, body)
    (answer,) = place.ledger.append([entry])
    assert answer.accepted, answer
    return payload_hash(entry.envelope).hex()


def test_what_they_signed_stays_proven_when_they_are_gone(room: Room) -> None:
    """The checker is dismissed and the gate's scanner retired; their firm can still prove it all."""
    place, by = room.place, officers()
    gate = cast.core.device("GATE-SCAN")
    what = Dismiss(kind="dismiss", person=checker, reason="left")
    asked = Propose(organisation=cast.core.handle, what=what)
    proposal = _say(place, by[0], "identity.propose/1", asked)
    _say(place, by[1], "identity.decide/1", Decide(proposal=proposal, decision="approve"))
    retired = devices.RetireDevice(device=gate, reason="broken")
    _say(place, by[0], devices.retire_type, retired)
    place.ledger.seal()
    with place.node.reader.open() as snapshot:
        view, end = snapshot.view, snapshot.size() - 1
        (certificate,) = view.names("certificate", limit=5)
        part = next(iter(view.group("receipt", f"{goods.order}#1")))
        scanned = int(part.partition("-")[0])
        keys = [f"320:{checker}", f"300:{gate}"]
        wanted = (
            Request.of("entry", index=int(certificate.rpartition("#C-")[2])),
            Request.of("entry", index=scanned),
            *(
                Request.of("key-at", key=key, index=index)
                for key in keys
                for index in (scanned, end)
            ),
        )
        data = make(snapshot, Reader.party(cast.core.handle), wanted)
        pins = Pins(log_keys=(log_verifier(view),))
        held = {key: key_at(view, key, end) for key in keys}
    said = [one.document() for one in verify(data, pins)]
    grades = {row["says"]: row["grade"] for row in said}
    assert grades["signers.proven"] == "proven"
    signed = [row["grade"] for row in said if row["says"] == "entry.signed"]
    assert signed == ["proven", "proven"]
    ended = {row["key"]: row for row in said if row["says"] == "key.at.ended"}
    for key, reason in zip(keys, ("left", "broken"), strict=True):
        assert (ended[key]["reason"], held[key].row["reason"]) == (reason, reason)
        assert ended[key]["ended"] == held[key].row["until"] - 1
    assert [row["key"] for row in said if row["says"] == "key.at.valid"] == [keys[1]]
    assert not {"key.maybe-revoked", "key.at.maybe-ended"} & grades.keys()
