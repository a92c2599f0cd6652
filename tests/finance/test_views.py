"""Who may read what, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from tests.finance.desk import Desk, bank, core, other_bank, supplier

from tallystick.finance import router, views
from tallystick.finance.errors import NotReadable
from tallystick.ledger import Reader, auditor_reader, public_reader
from tallystick.ledger.canonical import Document
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.state import Found

face = 900_000_000
friend, stranger = "99.100/O-FRIEND", "99.100/O-STRANGER"


class MemoryView:
    """Indexes computed from the kinds, over the state in memory."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.indexes = {
            index: (kind.name, keys)
            for kind in desk.rules.kinds.values()
            for index, keys in kind.indexes.items()
        }

    def get(self, kind: str, name: str, part: str = "") -> Document | None:
        return self.desk.state.get(kind, name, part)

    def group(self, kind: str, name: str) -> Mapping[str, Document]:
        return self.desk.state.group(kind, name)

    def find(
        self, index: str, key: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Found]:
        wanted, keys = self.indexes[index]
        rows = [
            Found(kind, name, part, value)
            for (kind, name, part), value in self.desk.state.documents()
            if kind == wanted and key in keys(name, part, value)
        ]
        rows.sort(key=lambda row: (row.name, row.part))
        return [row for row in rows if after is None or (row.name, row.part) > after][:limit]

    def below(self, kind: str, name: str, before: str = "", limit: int = 100) -> Sequence[Found]:
        raise NotImplementedError

    def keys(
        self,
        index: str,
        start: str,
        end: str,
        *,
        after: tuple[str, str, str] | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[str, str, str]]:
        wanted, keys = self.indexes[index]
        rows = sorted(
            (key, name, part)
            for (kind, name, part), value in self.desk.state.documents()
            if kind == wanted
            for key in keys(name, part, value)
        )
        return [row for row in rows if (after or (start, "", "")) < row and row[0] < end][:limit]

    def count(self, index: str, key: str) -> int:
        return len(self.find(index, key, limit=10**6))

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        found = {key[1] for key, _ in self.desk.state.documents() if key[0] == kind}
        return sorted(name for name in found if name > after)[:limit]


@dataclass(frozen=True)
class Reading:
    view: MemoryView
    reader: Reader


@pytest.fixture
def desk() -> Desk:
    return Desk([friend, stranger])


@pytest.fixture
def name(desk: Desk) -> str:
    name = desk.live(face)
    desk.transfer(name, supplier, friend, 100_000_000)
    found = desk.quote(name, supplier, 300_000_000, 42_000, "2026-01-12")
    desk.take(found, supplier)
    desk.disburse(found, "2026-01-12T01:00:00.000Z")
    return name


@pytest.fixture
def read(desk: Desk) -> Callable[[str | None], Reading]:
    view = MemoryView(desk)
    return lambda who: Reading(view, Reader.party(who) if who else public_reader)


def test_a_certificate_as_its_parties_see_it(
    desk: Desk, name: str, read: Callable[[str | None], Reading]
) -> None:
    held = {bank: 300_000_000, friend: 100_000_000, supplier: 500_000_000}
    for party in (core, supplier, friend, bank):
        seen = views.certificate(read(party), name)
        assert seen.holders == {who: held[who] for who in held if who == party}
        assert [row["to"] for row in seen.transfers] == [friend] * (party in (supplier, friend))
        assert len(seen.financings) == (party in (supplier, bank))
    assert views.certificates_held(read(friend)).rows == (name,)
    assert views.certificates_issued(read(core)).rows == (name,)
    assert views.certificates_of(read(bank)).rows == (name,)
    auditor = Reading(read(None).view, auditor_reader)
    assert views.certificate(auditor, name).head["face"] == face


def test_everybody_else_sees_nothing(
    desk: Desk, name: str, read: Callable[[str | None], Reading]
) -> None:
    for reader in (read(stranger), read(None), read(other_bank)):
        for ask in (
            lambda reader=reader: views.certificate(reader, name),
            lambda reader=reader: views.lineage(reader, name),
            lambda reader=reader: views.invoice_match(reader, f"{supplier}#INV-1"),
            lambda reader=reader: views.certificates_held(reader, supplier),
        ):
            with pytest.raises(NotReadable):
                ask()
    # Any bank could once read any certificate by quoting for it unasked.
    desk.quote(name, supplier, 10_000, 42_000, "2026-03-16", by=other_bank)
    with pytest.raises(NotReadable):
        views.certificate(read(other_bank), name)
    desk.offer(name, friend, stranger, 10_000)
    assert views.certificate(read(stranger), name).offers[0]["to"] == stranger


def test_quotes_of_others_do_not_hide_the_bank_whose_quote_was_accepted(
    desk: Desk, name: str, read: Callable[[str | None], Reading]
) -> None:
    """Access looked at the first thousand quotes only, and any bank may put as many as it likes."""
    for _ in range(600):
        desk.quote(name, supplier, 10_000, 42_000, "2026-03-16", by=bank)
    taken = desk.quote(name, supplier, 10_000, 41_000, "2026-03-16", by=other_bank)
    with pytest.raises(NotReadable):
        views.certificate(read(other_bank), name)
    desk.take(taken, supplier)
    found = [row.name for row in read(None).view.find("quote-of-certificate", name, limit=10)]
    assert found == [taken]
    assert views.certificate(read(other_bank), name).head["face"] == face


def test_lineage_walks_to_the_scan(name: str, read: Callable[[str | None], Reading]) -> None:
    (backing,) = views.lineage(read(supplier), name)
    assert (backing.start, backing.end) == (0, face)
    (bought,) = views.lineage(read(bank), name)
    assert (bought.start, bought.end) == (100_000_000, 400_000_000)
    with pytest.raises(NotReadable):
        views.lineage(read(friend), name)
    assert backing.invoice == f"{supplier}#INV-1"
    (receipt,) = backing.receipts
    assert (receipt.quantity, receipt.lots) == (1000, ("99.100.7/LOT-1",))
    assert receipt.evidence == "device"
    (part,) = views.lineage(read(core), name, 5, 10)
    assert (part.start, part.end) == (5, 10)


def test_documents_by_pages(desk: Desk, read: Callable[[str | None], Reading]) -> None:
    for number in range(5):
        desk.delivered(1_000_000, str(number))
    seen, after = [], None
    while True:
        page = views.documents(read(core), "order", after=after, limit=2)
        seen += [row.name for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == [f"{core}#PO-{number}" for number in range(5)]
    assert len(views.receipts(read(supplier)).rows) == 5
    assert len(views.receipts_of_despatch(read(core), f"{supplier}#DA-1")) == 1
    assert views.receipts_of_line(read(core), f"{core}#PO-1", 1)[0].accepted == 1000
    assert views.document(read(core), "invoice", f"{supplier}#INV-1").lines[1]["quantity"] == 1000


def client(reader: Reading) -> TestClient:
    app = FastAPI()
    app.include_router(router(lambda: reader))

    @app.exception_handler(TallystickError)
    def problem(_request: Request, error: TallystickError) -> JSONResponse:
        return JSONResponse(error.problem(), error.status)

    return TestClient(app)


def test_http(name: str, read: Callable[[str | None], Reading]) -> None:
    mine = client(read(supplier))
    at = f"/finance/v1/certificates/{quote(name, safe='')}"
    body = mine.get(at).json()
    assert body["face_capitals"] == "人民币玖佰万元整"
    assert body["holders"] == {supplier: 500_000_000}
    assert body["splits"][supplier] > 0
    splits = mine.get(f"{at}/splits", params={"amount": 10_000}).json()
    assert (splits["costs"], splits["possible"], splits["rule"]) == (
        1,
        True,
        "tallystick/split-budget/1",
    )
    assert mine.get(f"{at}/splits", params={"amount": face}).json()["code"] == "not-enough-free"
    assert client(read(None)).get("/finance/v1/freezes/count").json()["in_force"] == 0
    assert mine.get(f"{at}/lineage").json()["backing"][0]["receipts"][0]["quantity"] == 1000
    listed = mine.get("/finance/v1/certificates", params={"holder": supplier})
    assert listed.json() == {"names": [name], "after": None}
    invoice = quote(f"{supplier}#INV-1", safe="")
    match = mine.get(f"/finance/v1/invoices/{invoice}/match").json()
    assert (match["status"], match["confirmable"]) == ("matched", 0)
    assert mine.get("/finance/v1/invoices").json()["documents"][0]["name"] == f"{supplier}#INV-1"
    assert mine.get("/finance/v1/orders", params={"after": "x"}).status_code == 422
    other = client(read(stranger)).get(at)
    assert (other.status_code, other.json()["code"]) == (404, "not-found-or-not-yours")
