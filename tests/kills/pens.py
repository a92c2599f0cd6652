"""What the clients of the kill loops send: batches and singles, scans in a stream, and bad ones among them."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from itertools import count

from tests.kills.senders import Sent

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.organisations import NewOrganisation, accepted, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import AddDevice, AddKey, CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import (
    Author,
    PrivateKey,
    SigningKey,
    StreamAuthor,
    Submission,
    SystemClock,
)
from tallystick.scanners import prepare
from tallystick.trace import Capture
from tallystick.trace import builders as epcis

origin = "log.example/kills"
prefix = "99.7"
gate = f"{prefix}/GATE-1"
batch_entries_max = 40
happened = "2026-01-05T01:00:00.000Z"


@dataclass
class Pens:
    """Everybody who signs; entries of each request are new, their order does not matter."""

    node: Node
    maker: Author
    devices: list[StreamAuthor]

    def __post_init__(self) -> None:
        self._number = count(1)

    @staticmethod
    def found(settings: Settings, policy: str = "", devices: int = 1) -> Pens:
        """Make the log with a maker and its scanners."""
        node = Node.at(settings)
        root = "99/O-KILLS00000000"
        new = NewLog(origin, "99/L-KILLS00000000", root, {"en": "Root"})
        node.create(replace(new, policy=policy) if policy else new)
        with node.writer() as book:
            firm = register_organisation(
                node, book, NewOrganisation({"en": "Maker"}, "supplier", prefix=prefix)
            )
            author = Author(origin, firm, node.keys.get(f"300:{firm}"), SystemClock())
            operator = Author(origin, root, node.keys.get(f"300:{root}"), SystemClock())
            streams = []
            for number in range(1, devices + 1):
                device = f"{prefix}/SCAN-{number}"
                key = SigningKey(f"300:{device}", PrivateKey.generate())
                add = AddDevice(device=device, organisation=firm, purpose="scanner")
                named = AddKey(
                    key=key.keyid,
                    jwk=key.private.public.jwk(),
                    custody="hardware",
                    types=("trace.capture/1",),
                )
                said = [
                    operator.write("identity.device.add/1", add),
                    operator.write("identity.key.add/1", named, endorsers=[key]),
                ]
                accepted(book.append(said))
                streams.append(StreamAuthor(Author(origin, device, key, SystemClock())))
            accepted(book.append([_handles(author, gate)]))
            book.seal()
        node.store.close()
        return Pens(node, author, streams)

    def one(self) -> Sent:
        """A lone entry."""
        return Sent.of([(self._named(), "accepted")])

    def many(self, entries: int) -> Sent:
        return Sent.of([(entry, "accepted") for entry in self.named(entries)])

    def named(self, entries: int) -> list[Submission]:
        """Handles, each by an entry of its own."""
        return [self._named() for _ in range(entries)]

    def batch(self, rng: random.Random) -> Sent:
        """Some entries; now and then one with another's body, and one twice."""
        entries = [(self._named(), "accepted") for _ in range(rng.randint(2, batch_entries_max))]
        if rng.random() < 0.3:
            wrong = replace(self._named(), body=b"{}")
            entries.insert(rng.randrange(len(entries)), (wrong, "body-mismatch"))
        if rng.random() < 0.3:
            entries.append(entries[0] if entries[0][1] == "accepted" else entries[1])
        return Sent.of(entries)

    def scans(self, rng: random.Random, device: int = 0) -> Sent:
        """New things and their scans, in the scanner's stream; a scan of an unknown thing is refused and recorded."""
        return Sent.of(self.scanned(rng, device))

    def scanned(self, rng: random.Random, device: int = 0) -> list[tuple[Submission, str]]:
        """What `scans` sends, and what becomes of each."""
        entries: list[tuple[Submission, str]] = []
        for _ in range(rng.randint(1, 3)):
            name = f"{prefix}/IT-{next(self._number):07d}"
            known = rng.random() < 0.8
            if known:
                entries.append((_handles(self.maker, name), "accepted"))
            said = prepare([_commissioned(name)], happened, os.urandom)
            body = Capture.model_validate_json(said.body)
            scan = self.devices[device].write("trace.capture/1", body, said.attachments)
            entries.append((scan, "accepted" if known else "refused"))
        return entries

    def _named(self) -> Submission:
        return _handles(self.maker, f"{prefix}/SN-{next(self._number):07d}")


def _handles(author: Author, name: str) -> Submission:
    value = HandleValue(index=1, type="NAME", data="电池包")
    record = HandleRecord(handle=name, values=(value,))
    return author.write("identity.handle.create/1", CreateHandles(handles=(record,)))


def _commissioned(name: str) -> epcis.Event:
    return epcis.commissioning([name], time=happened, read_point=gate)
