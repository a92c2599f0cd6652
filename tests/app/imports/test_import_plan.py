"""Documents to bodies: order of references, ids, exact money, and what is held back."""

from __future__ import annotations

import uuid
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick import finance, identity, trace
from tallystick.app.imports import (
    Party,
    Plan,
    entry_id,
    load_mapping,
    open_mapped,
    parse_mapping,
    read_trade,
)
from tallystick.app.imports.bodies import terms
from tallystick.app.imports.cells.values import Quantity
from tallystick.app.imports.drafts import InvoiceLine, Item
from tallystick.app.imports.trade import Trade
from tallystick.app.imports.worth import line_worth
from tallystick.ledger.rules import Act, RuleSet, Signer
from tallystick.ledger.state import Change, MemoryState

core = "99.100/O-CORE000000000"
text = """
title = "t"
kinds = ["orders", "despatches", "deliveries", "invoices"]
currency = "CNY"
[columns]
order_number = "单号"
order_date = "日期"
seller = "供应商"
item_name = "品名"
unit = "单位"
quantity = "数量"
gross_amount = "价税合计"
tax_rate = "税率"
despatch_number = "送货单号"
invoice_number = "发票号"
[constants]
buyer = "@importer"
[derive]
despatch_date = {from = "order_date", note = "n"}
delivery_date = {from = "order_date", note = "n"}
invoice_date = {from = "order_date", note = "n"}
"""
header = "单号,日期,供应商,品名,单位,数量,价税合计,税率,送货单号,发票号\n"


def handle(party: Party) -> str:
    return f"99.100/O-{party.name}"


def trade_of(tmp_path: Path, body: str) -> Trade:
    path = tmp_path / "file.csv"
    path.write_text(header + body, encoding="utf-8")
    mapping = parse_mapping(text)
    return read_trade(open_mapped(path, mapping), mapping)


rows = "1,2026-1-2,乙,电芯,kg,1.5,113,13%,D1,F1\n2,2026-1-3,丙,壳,个,3,100.01,13%,D2,F2\n1,2026-1-2,乙,铝箔,kg,2,226,13%,D1,F1\n"


@pytest.mark.parametrize("play", [False, True])
def test_bodies_refer_only_to_what_came_before(tmp_path: Path, play: bool) -> None:
    plan = Plan(trade_of(tmp_path, rows), importer=core, handle_of=handle, play=play)
    planned = list(plan)
    assert len(planned) == len(plan) == 8
    seen: set[str] = set()
    for entry in planned:
        for line in getattr(entry.body, "lines", ()):
            reference = getattr(line, "order", None)
            assert reference is None or reference in seen
        seen.add(entry.name)
    assert Counter(entry.type for entry in planned) == {
        "finance.order/1": 2, "finance.despatch/1": 2, "finance.delivery/1": 2, "finance.invoice/1": 2,
    }  # fmt: skip
    authors = {entry.author for entry in planned}
    assert authors == ({core, "99.100/O-乙", "99.100/O-丙"} if play else {core})


def test_documents_of_others_are_copies_in_an_ordinary_store(tmp_path: Path) -> None:
    trade = trade_of(tmp_path, rows)
    names = [entry.name for entry in Plan(trade, importer=core, handle_of=handle)]
    assert names[0] == f"{core}#1"
    assert f"{core}#99.100/O-乙#D1" in names
    played = [entry.name for entry in Plan(trade, importer=core, handle_of=handle, play=True)]
    assert "99.100/O-乙#D1" in played


def test_lines_carry_their_place_in_the_file_and_exact_money(tmp_path: Path) -> None:
    planned = list(Plan(trade_of(tmp_path, rows), importer=core, handle_of=handle))
    assert planned[0].lines == (2, 4)
    order = planned[0].body
    assert isinstance(order, finance.Order)
    assert [(line.line, line.unit, line.quantity, line.scale) for line in order.lines] == [
        (1, "KGM", 1500, 3), (2, "KGM", 2000, 3),
    ]  # fmt: skip
    assert order.lines[0].price == finance.Price(amount=20000, per=3)
    invoice = planned[-1].body
    assert isinstance(invoice, finance.Invoice)
    assert invoice.gross == 10001


def test_an_incomplete_order_is_held_back_with_all_that_rests_on_it(tmp_path: Path) -> None:
    plan = Plan(
        trade_of(tmp_path, rows + "1,2026-1-2,乙,x,个,?,1,13%,D9,F9\n"),
        importer=core,
        handle_of=handle,
    )
    assert {entry.name for entry in plan if entry.type == "finance.order/1"} == {f"{core}#2"}
    assert [(held.kind, held.number, held.lines) for held in plan.held] == [
        ("order", "1", (2, 4)), ("despatch", "D1", (2, 4)), ("delivery", "D1", (2, 4)), ("invoice", "F1", (2, 4)),
    ]  # fmt: skip
    assert plan.held[1].reason == "order 1 is held back"
    assert len(plan) == 4


def test_too_many_lines_are_held_back(tmp_path: Path) -> None:
    many = "1,2026-1-2,乙,电芯,个,1,113,13%,D1,F1\n" * 1001
    plan = Plan(trade_of(tmp_path, many), importer=core, handle_of=handle)
    assert list(plan) == []
    assert plan.held[0].reason == "it has more than 1000 lines"


def test_a_second_run_has_the_same_ids_and_bodies(tmp_path: Path) -> None:
    first = list(Plan(trade_of(tmp_path, rows), importer=core, handle_of=handle))
    shuffled = "".join(reversed(rows.splitlines(keepends=True)))
    second = list(Plan(trade_of(tmp_path, rows), importer=core, handle_of=handle))
    assert [(e.id, e.body.encode()) for e in first] == [(e.id, e.body.encode()) for e in second]
    other = list(Plan(trade_of(tmp_path, shuffled), importer=core, handle_of=handle))
    assert {e.id for e in first} == {e.id for e in other}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), st.dates())
def test_ids_are_uuids_of_version_7(author: str, name: str, day: object) -> None:
    text = entry_id(author, "finance.order/1", name, str(day)) if str(day) >= "1990" else ""
    if not text:
        return
    found = uuid.UUID(text)
    assert (found.version, found.variant, str(found)) == (7, uuid.RFC_4122, text)
    assert entry_id(author, "finance.invoice/1", name, str(day)) != text
    assert entry_id(author + "x", "finance.order/1", name, str(day)) != text


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 10**7), st.integers(0, 3), st.integers(0, 10**10),
    st.sampled_from([0, 10_000, 30_000, 60_000, 90_000, 130_000]), st.sampled_from(["net_amount", "gross_amount"]),
)  # fmt: skip
def test_finance_finds_the_value_of_the_file_to_the_minor_unit(
    value: int, scale: int, minor: int, ppm: int, field: str
) -> None:
    quantity = Quantity(value, scale)
    worth = line_worth({field: minor}, {}, ppm, quantity)  # type: ignore[dict-item]
    assert worth is not None
    line = InvoiceLine("1", "1", "", Item(), quantity, worth, 2)
    found = terms(line)
    assert found is not None
    price, rate = found
    net = (2 * value * price.amount + 10**scale * price.per) // (2 * 10**scale * price.per)
    assert net + (2 * net * rate + 10**6) // (2 * 10**6) == worth.gross


@pytest.mark.shared
def test_the_scms_file_in_full() -> None:
    path = Path(__file__).parents[4] / "shared/data/scms/SCMS_Delivery_History_Dataset.csv"
    if not path.exists():
        pytest.skip("the SCMS file is not beside the checkout")
    mapping = load_mapping(Path("scms"))
    trade = read_trade(open_mapped(path, mapping), mapping)
    assert (trade.rows, trade.taken, trade.errors) == (10_324, 10_324, ())
    assert (len(trade.orders), len(trade.despatches)) == (6_233, 7_030)
    assert trade.value == 162_758_445_729
    assert sum(invoice.gross for invoice in trade.invoices) == 162_758_445_729
    lines = [line for order in trade.orders for line in order.lines]
    assert sum(1 for line in lines if line.worth.gross == 0) == 17
    assert "HIV programme client in Côte d'Ivoire" in {party.name for party in trade.parties()}
    assert {field for invoice in trade.invoices for field in invoice.derived} == {
        "invoice_number", "invoice_date", "due_date",
    }  # fmt: skip
    numbers = {party.name: f"99.100/O-{at:013d}" for at, party in enumerate(trade.parties())}
    assert len(numbers) == 73 + 43
    plan = Plan(trade, importer=core, handle_of=lambda party: numbers[party.name], play=True)
    planned = list(plan)
    assert plan.held == ()
    assert len({entry.id for entry in planned}) == len(planned) == 6_233 + 3 * 7_030
    invoices = [entry.body for entry in planned if isinstance(entry.body, finance.Invoice)]
    assert sum(invoice.gross or 0 for invoice in invoices) == 162_758_445_729


@pytest.mark.parametrize("play", [False, True])
def test_the_rules_of_finance_take_what_is_planned(tmp_path: Path, play: bool) -> None:
    rules = RuleSet()
    for part in (identity, trace, finance):
        part.register(rules)
    state = MemoryState()
    for organisation in (core, "99.100/O-YI", "99.100/O-BING"):
        firm = {
            "name": {"en": "x"},
            "scheme": "none",
            "verified": False,
            "node": "99.100",
            "capacities": ["core"],
        }
        state.apply([Change("organisation", organisation, firm)])
        state.apply(
            [
                Change(
                    "person",
                    organisation + "-P",
                    {"organisation": organisation, "roles": ["maker"]},
                )
            ]
        )
    firms = {"乙": "99.100/O-YI", "丙": "99.100/O-BING"}
    plan = Plan(
        trade_of(tmp_path, rows),
        importer=core,
        handle_of=lambda party: firms[party.name],
        play=play,
    )
    list(plan)
    said = [
        ("finance.contract/1", by, name, by, body) for name, (by, body) in plan.contracts.items()
    ]
    said += [(entry.type, entry.author, entry.name, entry.id, entry.body) for entry in plan]
    assert len(plan.contracts) == 2
    for index, (entry_type, by, name, entry, body) in enumerate(said):
        author = by + "-P"
        signer = Signer(key="300:" + author, owner=author, custody="self", public="")
        act = Act(
            index=index, type=entry_type, author=author, id=entry, payload_hash=f"{index:064x}",
            time="2026-03-05T08:00:00.000Z", body=body, signers=(signer,),
        )  # fmt: skip
        state.apply(rules.judge(state, act))
        kind = entry_type.removeprefix("finance.").removesuffix("/1")
        assert state.get(kind, name) is not None
    invoice = state.get("invoice", f"{firms['丙']}#F2" if play else f"{core}#{firms['丙']}#F2")
    assert isinstance(invoice, dict)
    assert invoice["gross"] == 10001
