"""An invoice is paid beside its certificate: stated by command, seen by both sides over HTTP and on pages, explained in the
daily equality, paid back; on both databases."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote as quoted

import pytest
from tests.app.limits.bourse import face
from tests.app.payments.banker import Banker, at_home, pdf, text
from tests.app.settlement.till import (
    Till,
    core_maker,
    funder,
    maker,
    payer,
    seller,
    supplier,
)
from tests.ledger.world import core, node

from tallystick.app.equality import keeping

path = "/finance/v1/ordinary-payments"


@pytest.fixture
def banker(place: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Banker:
    return at_home(place, tmp_path, monkeypatch)


def seen(place: Till, person: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.get(person, path)["invoices"]
    return found


def test_from_the_second_payment_until_the_money_is_back(
    banker: Banker, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = banker.place
    monkeypatch.setattr(keeping, "now_ms", lambda _view: place.site.world.clock.now_ms())
    name = place.certificate("ONE")
    place.financed(name, 100_000_000)
    invoice = place.get(core_maker, f"/finance/v1/certificates/{quoted(name, safe='')}")["head"][
        "invoice"
    ]
    place.until("2026-03-02")
    paid = ("ordinary", "paid", invoice, text(face), "--reference", "SAP-77", "--paid-at")
    now = place.now()
    index = banker.said(seller, *paid, now, *banker.evidence(pdf("credit")))
    refused = banker.refused(seller, *paid, now, *banker.evidence(pdf("credit, again")))
    assert "ordinary-payment-stated" in refused
    for person in (seller, core_maker):
        (one,) = seen(place, person)
        assert (one["gross"], one["certified"], one["paid"], one["excess"]) == (
            face,
            face,
            face,
            face,
        )
    for person in (maker(funder), maker(payer)):
        assert seen(place, person) == []
    assert place.ask("", path).status_code in (401, 404)
    # The certificate's own bank saw the debit, and the debtor has the seller's record of it.
    banker.said(maker(payer), *paid, now, "--certificate", name, *banker.evidence(pdf("debit")))
    (row,) = place.get(core_maker, f"/v1/entries/{index}")["attachments"]
    told = place.get(core_maker, f"/v1/entries/{index}/attachments/{row['hash']}")
    assert base64.b64decode(told["data"]) == pdf("credit")
    assert seen(place, maker(payer)) == []
    _on_pages(place, name)
    assert "paid twice: 2,500,125.00" in banker.ran("ordinary", "list", core)
    place.until("2026-03-03")
    place.contract("FC-LATER")
    _equality(place, "2026-03-02", -face)
    close = ("ordinary", "close", invoice)
    about = ("--reference", "SAP-77", "--at")
    banker.said(core_maker, *close, "paid-back", *about, place.now(), *banker.evidence(pdf("back")))
    assert seen(place, core_maker)[0]["excess"] == 0
    assert "nothing of it is paid twice" in banker.ran("ordinary", "list", supplier)
    place.until("2026-03-04")
    place.contract("FC-AFTER")
    _equality(place, "2026-03-03", 0)
    # The certificate is owed to whoever holds it, as if nothing had been.
    place.until("2026-07-01")
    place.contract("FC-STILL-LATER")
    place.pay_due(face, "ee" * 32)
    place.audit()


def _on_pages(place: Till, name: str) -> None:
    """Both sides see it where they look at the certificate and at what is due; others see nothing of it."""
    page = f"/certificates/{quoted(name, safe='')}"
    for person in (core_maker, seller):
        for where in (page, "/maturity"):
            for lang, twice in (("en", "Paid twice"), ("zh", "重复支付")):
                assert twice in place.ask(person, where, lang=lang).text, (person, where)
    assert "SAP-77" not in place.ask(maker(funder), page, lang="en").text
    assert "SAP-77" not in place.ask(maker(funder), "/maturity", lang="en").text


def _equality(place: Till, day: str, twice: int) -> None:
    """Everything of the day is explained, and so much of it by a payment made twice: to all, and to the debtor."""
    keeping.keep(place.site.node, day)
    for person in (maker(node), core_maker):
        days = place.get(person, "/finance/v1/equality", since=day, limit=1)["days"]
        if not days:  # Nothing of that day is the debtor's.
            assert (person, twice) == (core_maker, 0)
            continue
        (kept,) = days
        assert (kept["day"], kept["unexplained"]) == (day, 0)
        lines = {one["name"]: one for one in kept["reports"][0]["lines"]}
        told = lines["ordinary"]["because"] if "ordinary" in lines else {}
        assert told.get("paid-twice", 0) == twice
