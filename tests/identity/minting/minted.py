"""A log in which a firm issues batches, and a pen that signs for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.ledger.world import World, core

from tallystick.identity import AddDevice, HandleValue, Said
from tallystick.identity.devices import ClassName
from tallystick.identity.minting.bodies import Seen
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.issuing import BookOfState, Issue, Issuer, NewBatch
from tallystick.identity.minting.lookup import Issued, IssuedCodes
from tallystick.ledger import Answer, StreamAuthor, View

prefix = "99.100.1"
#: For tests of what the database keeps.
on_both = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)
record = (HandleValue(index=1, type="NAME", data="号牌"),)


@dataclass
class TestPen:
    """Signs with the key of an author of the tests' log; a known id gets its first answer."""

    __test__ = False
    world: World
    author: str = core
    organisation: str = core
    written: list[Said] = field(default_factory=list)

    def write(self, said: Sequence[Said]) -> list[Answer]:
        self.written += said
        with self.world.reader.open() as snapshot:
            known = snapshot.known([one.id for one in said if one.id])
        fresh = [one for one in said if (self.author, one.id) not in known]
        author = self.world.author(self.author)
        answers = iter(
            self.world.ledger.append(
                [author.write(one.type, one.body, entry_id=one.id) for one in fresh]
            )
        )
        return [
            next(answers)
            if one in fresh
            else Answer.of(known[self.author, str(one.id)], duplicate=True)
            for one in said
        ]


@dataclass
class Mint:
    """A world, its folder, and what was issued in it."""

    world: World
    folder: Folder
    home: Path
    pen: TestPen
    streams: dict[str, StreamAuthor] = field(default_factory=dict)

    @staticmethod
    def of(world: World, home: Path) -> Mint:
        return Mint(world, Folder(home), home, TestPen(world))

    @contextmanager
    def look(self) -> Iterator[View]:
        with self.world.reader.open() as snapshot:
            yield snapshot.view

    def issuer(self) -> Issuer:
        return Issuer(self.folder, self.pen, BookOfState(self.look), self.world.clock)

    def issue(
        self, count: int, name: str = "labels.ndjson", **more: Any
    ) -> tuple[Issue, list[str]]:
        """A batch, and its handles as the label file has them."""
        new = NewBatch(prefix, count, self.home / name, **{"record": record, **more})
        found = self.issuer().issue(new)
        return found, handles(found.labels)

    def find(self, handle: str) -> Issued | None:
        with self.look() as view:
            return IssuedCodes(self.folder).find(view, handle)

    def seen(self, handle: str, **more: Any) -> Seen:
        """What says that a code was seen."""
        found = self.find(handle)
        assert found is not None
        told = {
            "handle": found.handle, "batch": found.batch.row["batch"],
            "salt": found.proof.salt.hex(), "position": found.proof.position,
            "path": tuple(one.hex() for one in found.proof.path),
        }  # fmt: skip
        return Seen.model_validate({**told, **more})

    def say(self, entry_type: str, body: Any, author: str = core) -> Answer:
        """One entry; a device's is the next of its stream."""
        by = self.streams.get(author) or self.world.author(author)
        return self.world.ledger.append([by.write(entry_type, body)])[0]

    def device(self, owner: str, name: str, purpose: ClassName = "printer") -> str:
        handle = f"{prefix if owner == core else '99.100.2'}/{name}"
        body = AddDevice(device=handle, organisation=owner, purpose=purpose)
        self.world.add(owner, "identity.device.add/1", body)
        self.world.add_key(owner, handle)
        self.streams[handle] = StreamAuthor(self.world.author(handle))
        return handle


def handles(path: Path) -> list[str]:
    return [orjson.loads(line)["handle"] for line in path.read_bytes().splitlines()]


def code(answer: Answer) -> str:
    """Of the refusal; empty if the entry was accepted."""
    wrong = answer.problem or answer.refusal
    return wrong.code if wrong else ""
