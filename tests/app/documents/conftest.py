"""A node of two firms, each with a program that sends its documents, asked in this process over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.documents.samples import buyer_code, seller_code

import tallystick.finance as finance
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.documents.waiting import Queue
from tallystick.app.http import create_app
from tallystick.app.machines.clients import Clients, NewClient
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.identity import AddKey, AddPerson
from tallystick.ledger import (
    Author,
    Body,
    Ledger,
    PrivateKey,
    SigningKey,
    SystemClock,
    payload_hash,
)

base_url = "http://127.0.0.1"


@dataclass
class Firm:
    """`token`: of its program; `person`: its maker, with a key of its own."""

    handle: str
    token: str
    person: str
    key: SigningKey


@dataclass
class Market:
    node: Node
    book: Ledger
    client: TestClient
    buyer: Firm
    seller: Firm

    def post(self, firm: Firm, data: bytes, path: str = "", **hints: str) -> Any:
        headers = {"Authorization": f"Bearer {firm.token}"}
        url = f"/v1/documents{path}"
        return self.client.post(url, content=data, params=hints, headers=headers)

    def get(self, firm: Firm, path: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {firm.token}"})

    def say(self, firm: Firm, entry_type: str, body: Body) -> tuple[int, str]:
        """By the firm's maker, through the running application; index and payload hash."""
        writer = Author(self.book.origin, firm.person, firm.key, self.book.clock)
        (answer,) = self.book.append([signed := writer.write(entry_type, body)])
        assert answer.accepted, answer
        return answer.index, payload_hash(signed.envelope).hex()

    def agree(self, firm: Firm, proposal: str) -> None:
        self.say(firm, "finance.agree/1", finance.Agree(proposal=proposal))

    def contract(self, number: str = "FC-1", **terms: Any) -> str:
        body = finance.Contract(
            number=number, buyer=self.buyer.handle, seller=self.seller.handle, currency="CNY",
            signed_on="2026-01-01", valid_from="2026-01-01", payment_days=60, **terms,
        )  # fmt: skip
        self.agree(self.seller, self.say(self.buyer, "finance.contract/1", body)[1])
        return f"{self.buyer.handle}#{number}"

    def items(self, *rows: finance.ItemRow, number: int = 1) -> None:
        body = finance.ItemMap(
            buyer=self.buyer.handle, seller=self.seller.handle, number=number, rows=rows
        )
        self.agree(self.buyer, self.say(self.seller, "finance.items/1", body)[1])

    @property
    def queue(self) -> Queue:
        return Queue(self.node, Pens(self.node, _Direct(self.book), self.book.origin).of)


@dataclass(frozen=True)
class _Direct:
    book: Ledger

    def submit(self, submissions: Any) -> Any:
        return self.book.append(submissions)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    yield from opened(f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path)


@pytest.fixture
def any_market(database_url: str, tmp_path: Path) -> Iterator[Market]:
    """On each database."""
    yield from opened(database_url, tmp_path)


def opened(database_url: str, tmp_path: Path) -> Iterator[Market]:
    settings = Settings(
        home=tmp_path, database_url=database_url, verify_processes=0, base_url=base_url
    )
    node = Node.at(settings)
    root = "99/O-ROOT000000000"
    node.create(NewLog("log.example/market/simulated", "99/L-LOG0000000000", root, {"en": "Root"}))
    with node.writer() as book:
        loopback: dict[str, Any] = {"base_url": base_url, "client": ("127.0.0.1", 5)}
        firms = []
        for name, capacity, number in (
            ("Buyer", "core", buyer_code),
            ("Seller", "supplier", seller_code),
        ):
            handle = register_organisation(
                node, book, NewOrganisation({"en": name}, capacity, "uscc", number, "CN")
            )
            firms.append((name, handle, *_maker(node, book, root, handle)))
        app = create_app(node, book)
        with TestClient(app, raise_server_exceptions=False, **loopback) as client:
            clients = Clients(node.store, SystemClock())
            made = [Firm(h, _token(clients, client, h), p, k) for _, h, p, k in firms]
            yield Market(node, book, client, *made)
    node.store.close()


def _maker(node: Node, book: Ledger, root: str, firm: str) -> tuple[str, SigningKey]:
    person = firm.replace("O-", "P-")
    key = SigningKey(f"300:{person}", PrivateKey.generate())
    pen = Author(book.origin, root, node.keys.get(f"300:{root}"), book.clock)
    body = AddKey(key=key.keyid, jwk=key.private.public.jwk(), custody="self", types=("finance.*",))
    said = [
        pen.write(
            "identity.person.add/1", AddPerson(person=person, organisation=firm, roles=("maker",))
        ),
        pen.write("identity.key.add/1", body, endorsers=[key]),
    ]
    answers = book.append(said)
    assert all(answer.accepted for answer in answers), [a.problem or a.refusal for a in answers]
    return person, key


def _token(clients: Clients, client: TestClient, firm: str) -> str:
    scopes = ("finance:read", "finance:write")
    made, secret = clients.add(NewClient("erp", organisation=firm, author=firm, scopes=scopes))
    told = {"grant_type": "client_credentials"}
    answer = client.post("/oauth/token", data=told, auth=(made.id, secret))
    return str(answer.json()["access_token"])
