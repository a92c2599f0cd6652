"""What the map of heads says of finance: nothing that binds goes unseen, and nothing that never was is there."""

from __future__ import annotations

import pytest
from tests.finance.desk import Desk, maker, supplier

import tallystick.finance as finance

face = 90_000
value_on = "2026-01-12"
friend = "99.100/O-FRIEND"


@pytest.fixture
def desk() -> Desk:
    return Desk([friend])


def test_a_line_is_touched_by_each_confirmation_and_by_nothing_before(desk: Desk) -> None:
    invoice = desk.delivered(face)
    head = finance.invoice_line_head(invoice, 1)
    first = desk.propose(invoice, face)
    assert desk.touching(head) == []
    name = desk.approve(first)
    assert desk.touching(head) == ["finance.confirm.approve/1"]
    body = finance.CertificateRefuse(certificate=name)
    desk.play("finance.certificate.refuse/1", maker(supplier), body)
    desk.approve(desk.propose(invoice, face))
    assert desk.touching(head) == [
        "finance.confirm.approve/1",
        "finance.certificate.refuse/1",
        "finance.confirm.approve/1",
    ]


def test_the_receipts_behind_a_certificate_are_touched_with_it(desk: Desk) -> None:
    name = desk.approve(desk.propose(desk.delivered(face), face))
    (backing,) = desk.rows("backing", name).values()
    for receipt in backing["receipts"]:
        head = finance.receipt_line_head(backing["order"], backing["order_line"], receipt["part"])
        assert desk.touching(head) == ["finance.confirm.approve/1"]


def test_every_act_on_a_certificate_touches_it(desk: Desk) -> None:
    name = desk.live(face)
    desk.transfer(name, supplier, friend, 10_000)
    quote = desk.quote(name, supplier, 20_000, 42_000, value_on)
    desk.take(quote, supplier)
    desk.disburse(quote, "2026-01-12T03:00:00.000Z")
    desk.time = "2026-07-10T03:00:00.000Z"
    desk.pay(name, face, desk.time)
    told = desk.touching(finance.certificate_head(name))
    for kind in ("confirm.approve", "certificate.accept", "transfer.accept", "disburse", "pay"):
        assert f"finance.{kind}/1" in told
    changed = [
        act.type
        for act, effects in zip(desk.acts, desk.effects, strict=True)
        if any(c.kind in ("certificate", "holding") and c.name == name for c in effects)
    ]
    assert told == changed
    assert "finance.quote/1" not in told


def test_a_certificate_that_lapses_is_touched_by_the_block(desk: Desk) -> None:
    invoice = desk.delivered(face)
    name = desk.approve(desk.propose(invoice, face))
    desk.block("2026-01-22T02:00:00.000Z")
    assert desk.touching(finance.certificate_head(name))[-1] == "ledger.block/1"
    assert desk.touching(finance.invoice_line_head(invoice, 1))[-1] == "ledger.block/1"
