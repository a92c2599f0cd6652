"""An order of codes, given to makers and their machines, and all that has to hold of it, whatever its size."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from tests.identity.minting.minted import Mint, code, prefix, record
from tests.ledger.world import World, core, node

from tallystick.app.minting import proving
from tallystick.identity import (
    AddDevice,
    DelegatePrefix,
    RegisterOrganisation,
    minting,
    resolve,
    speaker,
)
from tallystick.identity.minting import proofs
from tallystick.ledger import StreamAuthor, auditor_reader, export, log_verifier
from tallystick.ledger.store.tables import metadata

proven_at_random = 100
machines_asked_of = 10
ranked_max = 20_000
_serial = re.compile(rb"[0-9A-HJKMNP-TV-Z]{20}")


@dataclass
class Order:
    """`shares`: (firm, first position, end, [(machine, first position, end)]), as the log has them."""

    world: World
    mint: Mint
    home: Path
    issue: minting.Issue
    shares: list[minting.Share]
    machines: dict[str, StreamAuthor]

    @staticmethod
    def placed(url: str, home: Path, count: int, makers: int = 0, machines: int = 0) -> Order:
        world = World(url, home / "log")
        world.populate()
        mint = Mint.of(world, home)
        new = minting.NewBatch(
            prefix, count, home / "labels.csv", record, processes=minting.processes_sensible()
        )
        issue = mint.issuer().issue(new)
        shares = _shares(world, count, makers, machines)
        order = Order(world, mint, home, issue, shares, {})
        if shares:
            body = minting.AssignBatch(prefix=prefix, batch=issue.batch, shares=tuple(shares))
            assert code(mint.say(minting.assign_type, body)) == ""
        world.ledger.seal()
        return order

    def check(self) -> None:
        codes = self.codes_at_random(proven_at_random)
        self.one_entry_for_all()
        self.none_twice()
        self.prove_themselves(codes)
        self.nothing_without_the_secret()
        self.order_of_making_is_hidden()
        for handle in codes[:machines_asked_of] if self.shares else ():
            self.one_machine_may(handle)
        if self.shares:
            self.machines_say_seen(codes)

    def handles(self) -> Iterator[str]:
        with self.issue.labels.open(encoding="ascii") as lines:
            yield from (line.strip() for line in islice(lines, 1, None))

    def codes_at_random(self, count: int) -> list[str]:
        chosen = set(random.sample(range(self.issue.count), count))
        return [handle for place, handle in enumerate(self.handles()) if place in chosen]

    def one_entry_for_all(self) -> None:
        with self.world.reader.open() as snapshot:
            row, body = snapshot.row(self.issue.index), snapshot.stored_body(self.issue.index)
            batches = snapshot.view.names("batch")
        assert len(row.leaf) + len(body) < 2000
        assert list(batches) == [f"{prefix}/{self.issue.batch}"]

    def none_twice(self) -> None:
        """Equal codes have equal leaves, and each leaf is above the one before it."""
        assert sum(1 for _ in self.handles()) == self.issue.count
        with self.mint.folder.leaves(prefix, self.issue.batch) as kept:
            assert kept.count == self.issue.count
            kept.check(bytes.fromhex(self.issue.root))

    def prove_themselves(self, codes: list[str]) -> None:
        """In a file each, verified with nothing but the log's key."""
        issued = minting.IssuedCodes(self.mint.folder)
        with self.world.reader.open() as snapshot:
            key = log_verifier(snapshot.view)
            files = [proving.prove(snapshot, issued, handle).encode() for handle in codes]
        for handle, file in zip(codes, files, strict=True):
            found = proving.check(proving.read(file), key)
            assert (found.handle, found.count) == (handle, self.issue.count)

    def nothing_without_the_secret(self) -> None:
        """Whatever in a copy of database, export and leaves looks like a code, none is one."""
        copy = self.home / "copy"
        export.export_log(self.world.store, self.world.rules, copy, auditor_reader)
        shown = [path.read_bytes() for path in copy.rglob("*") if path.is_file()]
        shown += [path.read_bytes() for path in self.home.glob("*.sqlite*")]
        with self.world.store.read() as transaction:
            for table in metadata.sorted_tables:
                shown += [repr(row).encode() for row in transaction.rows(table.name)]
        leaves = self.mint.folder.leaves_path(prefix, self.issue.batch).read_bytes()
        data = b"\n".join([*shown, leaves])
        assert self.issue.root.encode() in data
        key = self.mint.folder.key(prefix, self.issue.batch)
        assert key not in data
        assert key.hex().encode() not in data
        issued = minting.IssuedCodes(self.mint.folder)
        with self.mint.look() as view:
            for told in set(_serial.findall(data)):
                assert issued.find(view, f"{prefix}/{told.decode()}") is None
            stolen = minting.IssuedCodes(minting.Folder(copy))
            assert resolve(view, next(self.handles()), issued=stolen) is None

    def order_of_making_is_hidden(self) -> None:
        """Rank correlation of making and position: beyond 5 standard deviations in one of 1.7 million runs."""
        key = self.mint.folder.key(prefix, self.issue.batch)
        made = islice(self.handles(), 0, None, -(-self.issue.count // ranked_max))
        with self.mint.folder.leaves(prefix, self.issue.batch) as kept:
            found = [kept.find(proofs.leaf_of(proofs.salt_of(key, one), one)) for one in made]
        places = [place for place in found if place is not None]
        assert len(places) == len(found)
        ranks = {place: rank for rank, place in enumerate(sorted(places))}
        count = len(ranks)
        squares = sum((made - ranks[place]) ** 2 for made, place in enumerate(places))
        spearman = 1 - 6 * squares / (count * (count**2 - 1))
        assert abs(spearman) < 5 / (count - 1) ** 0.5

    def one_machine_may(self, handle: str) -> None:
        """Of all machines one sees this code, and of all firms its own."""
        found = self.mint.find(handle)
        assert found is not None
        position = found.proof.position
        with self.mint.look() as view:
            machines = [one.to for share in self.shares for one in share.devices or ()]
            may = [
                one
                for one in (*machines, *(share.to for share in self.shares), core)
                if minting.may_see(view, found.batch, position, speaker(view, one))
            ]
        assert may == [self.machine_of(position), self.firm_of(position)]

    def machines_say_seen(self, codes: list[str]) -> None:
        """Two machines of two firms: each its own code, and not the other's."""
        mine: dict[str, str] = {}
        for handle in codes:
            position = self.mint.seen(handle).position
            mine.setdefault(self.firm_of(position), handle)
        pair = list(mine.values())[:2]
        machines = [self.machine_of(self.mint.seen(handle).position) for handle in pair]
        for machine in machines:
            firm = next(s.to for s in self.shares for d in s.devices or () if d.to == machine)
            self.world.add_key(firm, machine)
            self.mint.streams[machine] = StreamAuthor(self.world.author(machine))
        for machine, other in zip(machines, reversed(pair), strict=True):
            told = self.mint.say(minting.seen_type, self.mint.seen(other), machine)
            assert code(told) == "not-entitled"
        for machine, handle in zip(machines, pair, strict=True):
            seen = self.mint.seen(handle)
            assert code(self.mint.say(minting.seen_type, seen, machine)) == ""
            assert code(self.mint.say(minting.seen_type, seen, machine)) == "already-registered"

    def firm_of(self, position: int) -> str:
        return next(s.to for s in self.shares if s.start <= position < s.start + s.count)

    def machine_of(self, position: int) -> str:
        machines = (one for share in self.shares for one in share.devices or ())
        return next(one.to for one in machines if one.start <= position < one.start + one.count)


def _shares(world: World, count: int, makers: int, machines: int) -> list[minting.Share]:
    """Firms with their machines, registered in the log, and an equal part for each machine."""
    if not makers:
        return []
    firms = [f"99.100/O-MAKER{number:08d}" for number in range(makers)]
    at: dict[str, list[str]] = {}
    with world.together():
        for number, firm in enumerate(firms):
            own = f"99.100.{100 + number}"
            at[firm] = [f"{own}/press-{n}" for n in range(number, machines, makers)]
            _register(world, firm, own, at[firm])
    cuts = pairwise(count * number // machines for number in range(machines + 1))
    shares: list[minting.Share] = []
    for firm in firms:
        devices = tuple(
            minting.DeviceShare(to=machine, start=low, count=high - low)
            for machine, (low, high) in zip(at[firm], cuts, strict=False)
        )
        size = sum(one.count for one in devices)
        shares.append(minting.Share(to=firm, start=devices[0].start, count=size, devices=devices))
    assert shares[-1].start + shares[-1].count == count
    return shares


def _register(world: World, firm: str, own: str, machines: list[str]) -> None:
    told = RegisterOrganisation(
        organisation=firm, name={"en": "Maker", "zh": "制造商"}, scheme="none", capacities=("supplier",),
    )  # fmt: skip
    world.add(node, "identity.organisation.register/1", told)
    world.add_key(node, firm)
    leased = DelegatePrefix(prefix=own, holder=firm, role="enterprise")
    world.add(node, "identity.prefix.delegate/1", leased)
    for machine in machines:
        body = AddDevice(device=machine, organisation=firm, purpose="printer")
        world.add(firm, "identity.device.add/1", body)
