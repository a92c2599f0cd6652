"""The published case: one certificate, 65 transfers, 25 companies (research §6.4, §6.5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.finance.desk import Desk, bank

from tallystick import finance

pytestmark = pytest.mark.shared
face = 900_000_000
final = {
    "S17": 122470300,
    "S18": 58099300,
    "S19": 129799400,
    "S20": 90451900,
    "S21": 153870300,
    "S22": 109128600,
    "S23": 83358400,
    "S24": 60112100,
    "S25": 92709700,
}
financings = [
    ("S17", 122470300, 42000, "2026-03-16", 116, 1657431),
    ("S18", 58099300, 42000, "2026-03-16", 116, 786277),
    ("S19", 30000000, 43500, "2026-04-01", 100, 362500),
    ("S20", 90451900, 40500, "2026-05-06", 65, 661430),
    ("S21", 12345678, 43500, "2026-05-18", 53, 79064),
]
maturity = {
    "BANK": 313367178,
    "S19": 99799400,
    "S21": 141524622,
    "S22": 109128600,
    "S23": 83358400,
    "S24": 60112100,
    "S25": 92709700,
}
short = {
    "BANK": 278548603,
    "S19": 88710578,
    "S21": 125799664,
    "S22": 97003200,
    "S23": 74096355,
    "S24": 53432978,
    "S25": 82408622,
}


def firm(name: str) -> str:
    return bank if name == "BANK" else f"99.100/O-{name}"


def firms(amounts: dict[str, int]) -> dict[str, int]:
    return {firm(name): amount for name, amount in amounts.items()}


def played(shared: Path) -> tuple[Desk, str]:
    rows = json.loads((shared / "data/certificate-65/transfers.json").read_text())
    desk = Desk([f"99.100/O-S{number:02d}" for number in range(1, 26)])
    name = desk.live(face, seller=firm("S01"))
    for row in sorted(rows, key=lambda row: row["seq"]):
        desk.transfer(name, firm(row["from"]), firm(row["to"]), row["amount_cents"])
        desk.check_partition(name)
    assert len(desk.rows("transfer", name)) == 65
    assert sum(row["amount"] for row in desk.rows("transfer", name).values()) == 3_600_000_000
    return desk, name


def financed(shared: Path) -> tuple[Desk, str]:
    desk, name = played(shared)
    assert desk.balances(name) == firms(final)
    for holder, amount, rate, value_on, days, discount in financings:
        desk.time = f"{value_on}T02:00:00.000Z"
        quote = desk.quote(name, firm(holder), amount, rate, value_on)
        desk.take(quote, firm(holder))
        desk.disburse(quote, f"{value_on}T01:00:00.000Z")
        row = desk.row("financing", name, quote)
        assert (row["days"], row["discount"], row["net"]) == (days, discount, amount - discount)
        assert sum(lot["discount"] for lot in row["lots"]) == discount
        desk.check_partition(name)
    assert desk.balances(name) == firms(maturity)
    desk.time = "2026-07-10T01:00:00.000Z"
    return desk, name


def payouts(desk: Desk, name: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in desk.rows("payout", name).values():
        sums[row["holder"]] = sums.get(row["holder"], 0) + row["amount"]
    return sums


def test_paid_in_full_to_the_cent(shared_dir: Path) -> None:
    desk, name = financed(shared_dir)
    rows = desk.rows("financing", name).values()
    assert sum(row["amount"] for row in rows) == 313_367_178
    assert sum(row["discount"] for row in rows) == 3_546_702
    assert sum(row["net"] for row in rows) == 309_820_476
    desk.pay(name, face, "2026-07-10T00:30:00.000Z")
    assert desk.row("certificate", name)["status"] == "settled"
    assert payouts(desk, name) == firms(maturity)
    assert len(desk.rows("payout", name)) == 7


def test_short_payment_to_the_cent_and_its_completion(shared_dir: Path) -> None:
    desk, name = financed(shared_dir)
    desk.pay(name, 800_000_000, "2026-07-10T00:30:00.000Z")
    assert desk.row("certificate", name)["status"] == "partially_paid"
    assert payouts(desk, name) == firms(short)
    loss = maturity["BANK"] - short["BANK"]
    assert loss == 34_818_575
    assert finance.insured_claim(loss) == 31_336_718
    assert loss - finance.insured_claim(loss) == 3_481_857
    assert finance.late_interest(100_000_000, 10) == 500_000
    desk.block("2026-07-20T01:00:00.000Z")
    desk.pay(name, 100_000_000, "2026-07-20T00:30:00.000Z")
    assert desk.row("certificate", name)["status"] == "settled"
    assert payouts(desk, name) == firms(maturity)
