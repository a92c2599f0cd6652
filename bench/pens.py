"""Everybody who signs in the bench: one node, one core enterprise, 25 suppliers, a bank, scanners.

`Pens` makes signed entries ready to be sent. They fit any log with the bench's origin, so one stock of
entries is appended to SQLite and to PostgreSQL alike; keys and random bytes are derived, nobody is real.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    CreateHandles,
    DelegatePrefix,
    HandleRecord,
    HandleValue,
    RegisterOrganisation,
)
from tallystick.ledger import (
    Attachment,
    Author,
    Body,
    Clock,
    PrivateKey,
    SigningKey,
    StreamAuthor,
    Submission,
    from_instant,
)
from tallystick.scanners import prepare
from tallystick.trace import Capture
from tallystick.trace import builders as epcis

origin = "tallystick.example/bench/simulated"
root = "99/O-ROOT000000000"
log = "99/L-BENCH00000000"
node = "99/O-NODE000000000"
core = "99.100/O-CORE000000000"
bank = "99.100/O-BANK000000000"
prefix = "99.100.1"
gate = f"{prefix}/GATE-1"
suppliers = tuple(f"99.100/O-SUPPLIER{n:05d}" for n in range(1, 26))
scanners = tuple(f"{prefix}/SCAN-{n:02d}" for n in range(1, 17))
started = "2026-03-05T08:00:00.000Z"
handles_per_entry = 100
chunk_entries = 1024
kept_chunks_max = 128


class RunningClock:
    """Starts on a fixed day and then runs as fast as any clock."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    def now_ms(self) -> int:
        return from_instant(started) + (time.monotonic_ns() - self._began_ns) // 1_000_000


class Seeded:
    """Bytes that are the same in every run."""

    def __init__(self, seed: str = "bench") -> None:
        self._seed, self._count = seed, 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(f"{self._seed}/{self._count}".encode()).digest(size)


def key(reference: str) -> SigningKey:
    """The key of a reference, derived from it."""
    seed = hashlib.sha256(b"tallystick bench\n" + reference.encode()).digest()
    return SigningKey(reference, PrivateKey.from_seed(seed))


def maker(organisation: str) -> str:
    return organisation.replace("/O-", "/P-M", 1)


def checker(organisation: str) -> str:
    return organisation.replace("/O-", "/P-C", 1)


class Pens:
    """Signs for everybody in one log.

    Entries of a stream must be appended in the order in which they were made. What is kept in `minted`
    was signed for an earlier log and fits this one as well.
    """

    def __init__(
        self, number: int, minted: dict[int, list[Submission]], clock: Clock | None = None
    ) -> None:
        self.clock = clock or RunningClock()
        self.random = Seeded(f"bench/{number}")
        self._minted = minted
        self._items = 0
        self._streams = [StreamAuthor(self.author(scanner)) for scanner in scanners]
        self._turn = 0

    def author(self, handle: str) -> Author:
        return Author(origin, handle, key(f"300:{handle}"), self.clock, self.random)

    def write(self, handle: str, entry_type: str, body: Body, *endorsers: SigningKey) -> Submission:
        return self.author(handle).write(entry_type, body, endorsers=endorsers)

    def minted(self, start: int, count: int) -> list[Submission]:
        """Entries [start, start+count) of those that create one handle each; kept for the next log."""
        first, last = start // chunk_entries, (start + count - 1) // chunk_entries
        chunks = [entry for n in range(first, last + 1) for entry in self._chunk(n)]
        skip = start - first * chunk_entries
        return chunks[skip : skip + count]

    def items(self, count: int) -> tuple[list[str], list[Submission]]:
        """Things that may be scanned once the entries with their handles are in the log."""
        names = [f"{prefix}/IT-{n:07d}" for n in range(self._items, self._items + count)]
        self._items += count
        pen = self.author(core)
        return names, [
            pen.write(
                "identity.handle.create/1",
                CreateHandles(handles=_bare(names[low : low + handles_per_entry])),
            )
            for low in range(0, count, handles_per_entry)
        ]

    def capture(self, events: Sequence[epcis.Event]) -> Submission:
        """One capture by the scanner whose turn it is, with its EPCIS document."""
        stream = self._streams[self._turn % len(self._streams)]
        self._turn += 1
        body, attachments = prepared(events, self.random)
        return stream.write("trace.capture/1", body, attachments)

    def founding(self) -> Iterator[list[Submission]]:
        """Batches that register everybody, to be appended in order."""
        first = DelegatePrefix(prefix="99.100", holder=node, role="secondary")
        yield [self._organisation(root, node, "node"), self._key(root, node)]
        yield [self.write(root, "identity.prefix.delegate/1", first)]
        firms = {core: "core", bank: "bank", **dict.fromkeys(suppliers, "supplier")}
        for number, (firm, capacity) in enumerate(firms.items(), start=1):
            yield [self._organisation(node, firm, capacity), self._key(node, firm)]
            yield [self._delegate(f"99.100.{number}", firm), *self._persons(firm)]
        yield [entry for device in scanners for entry in self._device(core, device)]
        place = CreateHandles(handles=_bare([gate]))
        yield [self.write(core, "identity.handle.create/1", place)]

    def _chunk(self, n: int) -> list[Submission]:
        found = self._minted.get(n)
        if found is None:
            pen, low = self.author(core), n * chunk_entries
            found = [
                pen.write("identity.handle.create/1", CreateHandles(handles=(_named(position),)))
                for position in range(low, low + chunk_entries)
            ]
            if n < kept_chunks_max:
                self._minted[n] = found
        return found

    def _organisation(self, by: str, handle: str, capacity: Any) -> Submission:
        name = {"en": f"Bench {handle[-8:]}", "zh": f"测量{handle[-8:]}"}
        body = RegisterOrganisation(
            organisation=handle, name=name, scheme="none", capacities=(capacity,)
        )
        return self.write(by, "identity.organisation.register/1", body)

    def _key(self, by: str, owner: str, types: tuple[str, ...] = ("*",)) -> Submission:
        new = key(f"300:{owner}")
        body = AddKey(
            key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=types, played=True
        )
        return self.write(by, "identity.key.add/1", body, new)

    def _delegate(self, name: str, holder: str) -> Submission:
        body = DelegatePrefix(prefix=name, holder=holder, role="enterprise")
        return self.write(node, "identity.prefix.delegate/1", body)

    def _device(self, firm: str, device: str) -> Iterator[Submission]:
        body = AddDevice(device=device, organisation=firm, purpose="scanner")
        yield self.write(firm, "identity.device.add/1", body)
        yield self._key(firm, device, ("trace.capture/1",))

    def _persons(self, firm: str) -> Iterator[Submission]:
        for person, role in ((maker(firm), "maker"), (checker(firm), "checker")):
            body = AddPerson(person=person, organisation=firm, roles=(role,))  # type: ignore[arg-type]
            yield self.write(firm, "identity.person.add/1", body)
            yield self._key(firm, person, ("finance.*",))


def commissioning(name: str) -> epcis.Event:
    """One new thing at the gate."""
    return epcis.commissioning([name], time=started, read_point=gate)


def prepared(
    events: Sequence[epcis.Event], random: Seeded
) -> tuple[Capture, tuple[Attachment, ...]]:
    """Body and attachments, as a device makes them."""
    done = prepare(events, started, random)
    return Capture.model_validate_json(done.body), done.attachments


def _bare(names: Sequence[str]) -> tuple[HandleRecord, ...]:
    return tuple(HandleRecord(handle=name, values=()) for name in names)


def _named(position: int) -> HandleRecord:
    value = HandleValue(index=1, type="NAME", data="电池包")
    return HandleRecord(handle=f"{prefix}/SN-{position:07d}", values=(value,))
