"""Clients of the load run: each first as fast as it is answered, then on a fixed timetable."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import httpx
from tests.kills.pens import Pens
from tests.kills.senders import Answered, Sender, Sent

from tallystick import finance
from tallystick.app.bootstrap import Node
from tallystick.app.organisations import NewOrganisation, accepted, register_organisation
from tallystick.identity import AddKey, AddPerson, RegisterOrganisation
from tallystick.ledger import Author, PrivateKey, SigningKey, SystemClock

#: So many that the processes beside the node check them.
batch_entries = 300
kept_every = 50
timeout_s = 300


@dataclass
class Client:
    """One sender with its own connection, and the latency of each of its answers."""

    name: str
    sender: Sender
    #: (seconds, milliseconds) of each answer, seconds by time.monotonic().
    latency: list[tuple[float, float]] = field(default_factory=list)
    entries: int = 0
    #: How far behind its timetable it was at the worst, and is.
    late_max_s: float = 0.0
    late_s: float = 0.0
    kept: list[Answered] = field(default_factory=list)
    problem: BaseException | None = None

    def run(self, url: str, until: float, every_s: float) -> None:
        """Until that moment; with `every_s` 0 as fast as answers come."""
        try:
            with httpx.Client(base_url=url, timeout=timeout_s) as client:
                due = time.monotonic()
                while time.monotonic() < until:
                    self._once(client)
                    due += every_s
                    wait = due - time.monotonic()
                    if not every_s:
                        continue
                    self.late_s = max(0.0, -wait)
                    self.late_max_s = max(self.late_max_s, self.late_s)
                    if wait > 0:
                        time.sleep(wait)
        except BaseException as error:  # noqa: BLE001 - told where the threads are joined
            self.problem = error

    def _once(self, client: httpx.Client) -> None:
        sender = self.sender
        sender.pending = sender.pending or sender.make()
        while True:
            began = time.monotonic()
            found = sender.send(client)
            if found is not None:
                break
            time.sleep(1)
        ended = time.monotonic()
        self.latency.append((ended, 1000 * (ended - began)))
        self.entries += len(found.results)
        if len(self.latency) % kept_every == 1:
            self.kept.append(found)
        sender.answered.clear()

    def reset(self) -> None:
        self.latency.clear()
        self.kept.clear()
        self.entries, self.late_max_s, self.late_s = 0, 0.0, 0.0


def clients(pens: Pens, seed: int) -> list[Client]:
    """Batches and lone entries, two scanners' streams, orders: what a node gets in production."""
    order = orders(pens.node, pens.maker)
    made: dict[str, Callable[[random.Random], Sent]] = {
        f"batch of {batch_entries}": lambda _: pens.many(batch_entries),
        "lone entry": lambda _: pens.one(),
        "scanner 1": lambda rng: pens.scans(rng, 0),
        "scanner 2": lambda rng: pens.scans(rng, 1),
        "order": lambda _: order(),
    }
    rngs = {name: random.Random(f"{seed}/{name}") for name in made}
    return [
        Client(name, Sender(lambda make=make, rng=rngs[name]: make(rng)))  # type: ignore[misc]
        for name, make in made.items()
    ]


def orders(node: Node, operator: Author) -> Callable[[], Sent]:
    """A second firm, and a buyer whose keys are its own; gives purchase orders of its person."""
    buyer, person = "99/O-BUYER00000000", "99/P-BUYER00000000"
    root = str(node.genesis()["root"])
    pen = Author(operator.origin, root, node.keys.get(f"300:{root}"), SystemClock())
    firm = Author(operator.origin, buyer, _new_key(buyer), SystemClock())
    buying = Author(operator.origin, person, _new_key(person), SystemClock())
    name = {"en": "Buyer"}
    register = RegisterOrganisation(
        organisation=buyer, name=name, scheme="none", capacities=("core",)
    )
    with node.writer() as book:
        seller = register_organisation(node, book, NewOrganisation({"en": "Seller"}, "supplier"))
        said = [
            pen.write("identity.organisation.register/1", register),
            pen.write("identity.key.add/1", _self_held(firm.key), endorsers=[firm.key]),
            firm.write(
                "identity.person.add/1",
                AddPerson(person=person, organisation=buyer, roles=("maker",)),
            ),
            firm.write("identity.key.add/1", _self_held(buying.key), endorsers=[buying.key]),
        ]
        accepted(book.append(said))
        framework = finance.Contract(
            number="FC-1",
            buyer=buyer,
            seller=seller,
            currency="CNY",
            signed_on="2026-01-01",
            valid_from="2026-01-01",
            payment_days=60,
        )
        accepted(book.append([buying.write("finance.contract/1", framework)]))
    node.store.close()
    number, contract = count(1), f"{buyer}#FC-1"
    price = finance.Price(amount=9_000_000_000, per=1000)

    def order() -> Sent:
        line = finance.OrderLine(line=1, text="cell", quantity=1000, price=price)
        body = finance.Order(
            number=f"PO-{next(number)}",
            buyer=buyer,
            seller=seller,
            contract=contract,
            currency="CNY",
            ordered_on="2026-01-02",
            lines=(line,),
        )
        return Sent.of([(buying.write("finance.order/1", body), "accepted")])

    return order


def _new_key(handle: str) -> SigningKey:
    return SigningKey(f"300:{handle}", PrivateKey.generate())


def _self_held(key: SigningKey) -> AddKey:
    return AddKey(key=key.keyid, jwk=key.private.public.jwk(), custody="self", types=("*",))


def run_all(
    made: list[Client],
    url: str,
    seconds: float,
    every_s: dict[str, float],
    tick: Callable[[], None],
) -> float:
    """All clients for so long; `tick` is called once a second. Returns when it began."""
    began = time.monotonic()
    until = began + seconds
    threads = [
        threading.Thread(target=client.run, args=(url, until, every_s.get(client.name, 0.0)))
        for client in made
    ]
    for thread in threads:
        thread.start()
    while (left := until - time.monotonic()) > 0:
        tick()
        if any(client.problem for client in made):
            break
        time.sleep(min(1.0, left))
    for thread in threads:
        thread.join(2 * timeout_s)
    for client in made:
        if client.problem:
            raise client.problem
    return began
