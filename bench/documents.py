"""Trade documents in UBL: read, held against what was agreed, signed, and durable in the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_rate
from bench.pens import core, maker, suppliers

from tallystick import finance
from tallystick.app.documents.forms.reading import read_document
from tallystick.app.documents.resolving import resolve
from tallystick.ledger import Body, payload_hash

seller = suppliers[0]
batch = 256
_cac = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_cbc = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        _contract(log)
        numbers, wanted = count(1), bench.scale.batches * batch
        folder = bench.new_folder()

        def fresh() -> list[bytes]:
            return [_order(next(numbers)) for _ in range(wanted)]

        spent = in_turn(
            bench.scale.rounds,
            ours=lambda: _taken_in(log, fresh()),
            bare=lambda: _inserted(folder, fresh()),
        )
        yield Row(
            "trade documents (UBL orders) read, resolved, signed and durable on SQLite",
            median_rate(spent["ours"]),
            median_rate(spent["bare"]),
            "documents/s",
            "the same bytes parsed by ElementTree and inserted as a row each",
        )


def _taken_in(log: BenchLog, documents: Sequence[bytes]) -> int:
    for start in range(0, len(documents), batch):
        with log.reader.open() as snapshot:
            found = [
                resolve(snapshot.view, core, read_document(data)).body
                for data in documents[start : start + batch]
            ]
        bodies: list[Body] = [body for body in found if body is not None]
        log.append([[log.pens.write(maker(core), "finance.order/1", one) for one in bodies]])
    return len(documents)


def _inserted(folder: Path, documents: Sequence[bytes]) -> int:
    """Durable as the ledger's commits are: WAL, synchronous=FULL, the same batches."""
    with sqlite3.connect(folder / "bare.sqlite3", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS document (number TEXT, data BLOB)")
        for start in range(0, len(documents), batch):
            some = documents[start : start + batch]
            told = [(ElementTree.fromstring(data).findtext(f"{{{_cbc}}}ID"), data) for data in some]
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO document VALUES (?, ?)", told)
            connection.execute("COMMIT")
    return len(documents)


def _contract(log: BenchLog) -> None:
    body = finance.Contract(
        number="FC-1", buyer=core, seller=seller, currency="CNY", signed_on="2026-01-01",
        valid_from="2026-01-01", payment_days=60,
    )  # fmt: skip
    proposed = log.pens.write(maker(core), "finance.contract/1", body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    log.append([[proposed, log.pens.write(maker(seller), "finance.agree/1", agree)]])


def _party(role: str, handle: str) -> str:
    return (
        f"<cac:{role}><cac:Party><cac:PartyIdentification><cbc:ID>{handle}</cbc:ID>"
        f"</cac:PartyIdentification></cac:Party></cac:{role}>"
    )


def _order(number: int) -> bytes:
    root = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
    lines = "".join(
        f"<cac:OrderLine><cac:LineItem><cbc:ID>{line}</cbc:ID>"
        '<cbc:Quantity unitCode="H87">1000</cbc:Quantity><cac:Price><cbc:PriceAmount>88.50'
        "</cbc:PriceAmount></cac:Price><cac:Item><cbc:Name>cell</cbc:Name></cac:Item>"
        "</cac:LineItem></cac:OrderLine>"
        for line in range(1, 4)
    )
    return (
        f'<Order xmlns="{root}" xmlns:cac="{_cac}" xmlns:cbc="{_cbc}"><cbc:ID>UBL-{number}</cbc:ID>'
        "<cbc:IssueDate>2026-01-02</cbc:IssueDate>"
        "<cbc:DocumentCurrencyCode>CNY</cbc:DocumentCurrencyCode>"
        f"{_party('BuyerCustomerParty', core)}{_party('SellerSupplierParty', seller)}{lines}</Order>"
    ).encode()
