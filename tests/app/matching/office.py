"""A served node with a core enterprise, a supplier and a bank; everything is said and asked over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
from tests.app.played import proof
from tests.app.signing.rig import Site, served
from tests.ledger.world import core, key, node, supplier

from tallystick import finance, scanners
from tallystick.app.login import session_cookie
from tallystick.identity import (
    AddPerson,
    CreateHandles,
    HandleRecord,
    RegisterOrganisation,
    Role,
)
from tallystick.ledger import Attachment, Body, StreamAuthor, Submission, payload_hash, write_batch
from tallystick.trace import Capture, Quantity, Reference, builders
from tallystick.trace.builders import Event

bank = "99.100/O-BANK000000000"
maker, checker = "99.100/P-MAKER00000000", "99.100/P-CHECKER000000"
seller = "99.100/P-SELLER0000000"
scanner = "99.100.1/scanner-1"
gate = "99.100.1/GATE-1"
scanned_at = "2026-01-05T00:59:00.000Z"
price, dear = finance.Price(amount=8850), finance.Price(amount=8900)
vat = 130_000
timeout_s = 60


@dataclass
class Office:
    """`http`: a client of the served node. Every act is an entry that its author signed, posted to `/v1/entries`."""

    site: Site
    http: httpx.Client
    stream: StreamAuthor
    _sessions: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def say(self, author: str, entry_type: str, body: Body) -> str:
        """Accepted over HTTP; the payload hash by which others answer."""
        return self.post(self.site.world.write(author, entry_type, body))

    def refused(self, author: str, entry_type: str, body: Body) -> str:
        """The code with which the node refuses it."""
        (row,) = self.posted(self.site.world.write(author, entry_type, body))
        return str(row["problem"]["code"] if "problem" in row else row["code"])

    def post(self, submission: Submission) -> str:
        (row,) = self.posted(submission)
        assert row.get("outcome") == "accepted", row
        self.site.world.ledger.seal()
        return payload_hash(submission.envelope).hex()

    def index_of(self, submission: Submission) -> int:
        (row,) = self.posted(submission)
        assert row.get("outcome") == "accepted", row
        self.site.world.ledger.seal()
        return int(row["index"])

    def posted(self, submission: Submission) -> list[dict[str, Any]]:
        answer = self.http.post("/v1/entries", content=write_batch([submission]))
        assert answer.status_code == 200, answer.text
        return cast(list[dict[str, Any]], answer.json()["results"])

    def get(self, person: str, path: str, **asked: str | int) -> Any:
        answer = self.ask(person, path, **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, person: str, path: str, **asked: str | int) -> httpx.Response:
        """As this person; nobody if empty."""
        return self.http.get(path, params=asked, headers=self.headers(person))

    def headers(self, person: str) -> dict[str, str]:
        """Of a person logged in by its own key; none of nobody."""
        if person and person not in self._sessions:
            answer = self.http.post(
                "/v1/login", json=proof(self.http, person, key(f"300:{person}"))
            )
            assert answer.status_code == 200, answer.text
            self._sessions[person] = str(answer.cookies[session_cookie])
            self.http.cookies.clear()
        return {"Cookie": f"{session_cookie}={self._sessions[person]}"} if person else {}

    # Trade

    def contract(self, number: str = "FC-1", **terms: Any) -> str:
        body = finance.Contract(
            number=number,
            buyer=core,
            seller=supplier,
            currency="CNY",
            signed_on="2026-01-01",
            valid_from="2026-01-01",
            payment_days=190,
            **terms,
        )
        proposal = self.say(maker, "finance.contract/1", body)
        self.say(seller, "finance.agree/1", finance.Agree(proposal=proposal))
        return f"{core}#{number}"

    def order(self, number: str, quantity: int = 1000, contract: str = f"{core}#FC-1") -> str:
        line = finance.OrderLine(line=1, text="cell", quantity=quantity, price=price, tax_ppm=vat)
        body = finance.Order(
            number=number,
            buyer=core,
            seller=supplier,
            contract=contract,
            currency="CNY",
            ordered_on="2026-01-02",
            lines=(line,),
        )
        self.say(maker, "finance.order/1", body)
        return f"{core}#{number}"

    def deliver(self, number: str, order: str, quantity: int, rejected: int = 0) -> str:
        """A despatch and its receiving scans by the buyer's device; `rejected` of it arrives damaged."""
        despatch = self.send(number, order, quantity)
        self.scan(despatch, quantity - rejected)
        if rejected:
            self.scan(despatch, rejected, disposition="damaged")
        return despatch

    def send(self, number: str, order: str, quantity: int) -> str:
        """A despatch of a lot of its own."""
        lot = _lot(number)
        made = CreateHandles(handles=(HandleRecord(handle=lot, values=()),))
        self.say(core, "identity.handle.create/1", made)
        line = finance.DespatchLine(
            line=1,
            order=order,
            order_line=1,
            quantity=quantity,
            lots=(finance.LotQuantity(lot=lot, quantity=quantity),),
        )
        body = finance.Despatch(
            number=number,
            seller=supplier,
            buyer=core,
            despatched_on="2026-01-04",
            lines=(line,),
        )
        self.say(seller, "finance.despatch/1", body)
        return f"{supplier}#{number}"

    def scan(
        self,
        despatch: str,
        quantity: int,
        *also: tuple[str, int],
        disposition: str = "in_progress",
    ) -> None:
        """One receiving scan of so much of a despatch's lot, and of further ones."""
        came = ((despatch, quantity), *also)
        event = builders.receiving(
            lots=[Quantity(lot=_lot(name), quantity=size) for name, size in came],
            time=self._moment(_lot(despatch)),
            read_point=gate,
            disposition=disposition,
            references=[Reference(type="desadv", id=name) for name, _ in came],
            source=supplier,
            destination=core,
        )
        self.capture(event)

    def give_back(self, *gone: tuple[str, int]) -> None:
        """The buyer's device scans so much of each despatch out, under one return authorisation."""
        lots = [_lot(despatch) for despatch, _ in gone]
        event = builders.shipping(
            lots=[
                Quantity(lot=lot, quantity=quantity)
                for lot, (_, quantity) in zip(lots, gone, strict=True)
            ],
            time=self._moment(lots[0]),
            read_point=gate,
            references=[
                *(Reference(type="desadv", id=despatch) for despatch, _ in gone),
                Reference(type="rma", id=f"{core}#RMA-1"),
            ],
            source=core,
            destination=supplier,
        )
        self.capture(event)

    def _moment(self, lot: str) -> str:
        self._numbers[lot] = self._numbers.get(lot, 0) + 1
        return f"2026-01-05T00:{self._numbers[lot]:02d}:00.000Z"

    def capture(self, event: Event) -> None:
        ready = scanners.prepare([event], scanned_at, self.site.world.random)
        attachments = [
            Attachment(*one) if isinstance(one, tuple) else one for one in ready.attachments
        ]
        body = Capture.model_validate_json(ready.body)
        self.post(self.stream.write("trace.capture/1", body, attachments))

    def bill(self, number: str, order: str, quantity: int, at: finance.Price = price) -> str:
        line = finance.InvoiceLine(
            line=1, order=order, order_line=1, quantity=quantity, price=at, tax_ppm=vat
        )
        body = finance.Invoice(
            number=number,
            seller=supplier,
            buyer=core,
            currency="CNY",
            invoiced_on="2026-01-05",
            lines=(line,),
        )
        self.say(seller, "finance.invoice/1", body)
        return f"{supplier}#{number}"

    def credit(self, number: str, invoice: str, net: int, tax: int, quantity: int = 0) -> None:
        line = finance.CreditLine(line=1, invoice_line=1, quantity=quantity, net=net, tax=tax)
        body = finance.Credit(
            number=number,
            seller=supplier,
            buyer=core,
            currency="CNY",
            credited_on="2026-01-06",
            invoice=invoice,
            lines=(line,),
        )
        self.say(seller, "finance.credit/1", body)

    def stated(self, contract: str, disputed: Sequence[int] = ()) -> str:
        """What waits under the contract, proposed by the buyer and agreed to, but for these lines; the statement."""
        told = self.get(maker, f"/finance/v1/statements/drafts/{quote(contract, safe='')}")
        body = finance.statements.StatementPropose.model_validate_json(json.dumps(told["body"]))
        self.say(maker, "finance.statement.propose/1", body)
        name = finance.statements.statement_name(contract, body.number)
        answer = finance.statements.StatementAnswer(
            statement=name,
            disputed=tuple(
                finance.statements.LineDispute(line=line, reason="goods") for line in disputed
            ),
            others="agree",
        )
        self.say(seller, "finance.statement.answer/1", answer)
        return name

    def bill_statement(self, statement: str, number: str) -> str:
        """The invoice of its agreed lines."""
        with self.site.node.reader.open() as snapshot:
            body = finance.statements.invoice(snapshot.view, statement, number, "2026-01-05")
        assert body is not None
        self.say(seller, "finance.invoice/1", body)
        return f"{supplier}#{number}"

    def proposed(self, invoice: str, amount: int) -> finance.ConfirmPropose:
        return finance.ConfirmPropose(
            invoice=invoice,
            amount=amount,
            currency="CNY",
            due_on="2026-07-01",
            paying_bank=bank,
            lines=(finance.ConfirmLine(line=1, amount=amount),),
        )

    def confirm(self, invoice: str, amount: int) -> str:
        """By maker and checker; the certificate."""
        proposal = self.say(maker, "finance.confirm.propose/1", self.proposed(invoice, amount))
        body = finance.ConfirmApprove(proposal=proposal)
        index = self.index_of(self.site.world.write(checker, "finance.confirm.approve/1", body))
        return f"{core}#C-{index}"

    def tolerances(self, **stated: Any) -> None:
        told = {
            "currency": "CNY",
            "over_delivery_ppm": 5_000,
            "under_delivery_ppm": 0,
            "price_ppm": 5_000,
            "price_absolute_minor": 100_00,
            "rounding_minor": 1,
            "release_minor": 0,
            "after": 0,
        }
        body = finance.TolerancesPropose(**{**told, **stated})
        proposal = self.say(maker, "finance.tolerances.propose/1", body)
        approval = finance.TolerancesApprove(proposal=proposal)
        self.say(checker, "finance.tolerances.approve/1", approval)

    def match(self, invoice: str, person: str = maker) -> Any:
        return self.get(person, f"/finance/v1/invoices/{quote(invoice, safe='')}/match")

    def line(self, invoice: str, person: str = maker) -> Any:
        return self.get(person, f"/finance/v1/invoices/{quote(invoice, safe='')}/match/1")


def _lot(despatch: str) -> str:
    return f"99.100.1/LOT-{despatch.rpartition('#')[2]}"


@contextmanager
def office(home: Path, url: str) -> Iterator[Office]:
    with served(home, url) as site:
        world = site.world
        name = {"en": "Bank", "zh": "银行"}
        registered = RegisterOrganisation(
            organisation=bank, name=name, scheme="none", capacities=("bank",)
        )
        world.add(node, "identity.organisation.register/1", registered)
        roles: tuple[Role, ...] = ("maker",)
        body = AddPerson(person=seller, organisation=supplier, roles=roles)
        world.add(supplier, "identity.person.add/1", body)
        world.add_key(supplier, seller)
        place = CreateHandles(handles=(HandleRecord(handle=gate, values=()),))
        world.add(core, "identity.handle.create/1", place)
        world.ledger.seal()
        with httpx.Client(base_url=site.url, timeout=timeout_s) as client:
            yield Office(site, client, StreamAuthor(world.author(scanner)))
