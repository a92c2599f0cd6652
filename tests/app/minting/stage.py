"""A node over a log of the tests, with batches and devices that scan them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.app.captures import lend_keys
from tests.identity.minting.minted import Mint, prefix, record
from tests.ledger.world import World, core, key

from tallystick import scanners
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.minting.seeing import SeeingLog
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.identity import minting
from tallystick.ledger import Answer, StreamAuthor, Submission
from tallystick.trace import Capture, builders

time = "2026-01-05T00:59:00.000Z"


class Running:
    """The world's ledger as a node has it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        return self.world.ledger.append(submissions)

    def receipt(self, answers: list[Answer]) -> dict[str, object]:
        return self.world.ledger.receipt(answers)


class Stage:
    def __init__(self, home: Path, url: str) -> None:
        self.world = World(url, home / "signer", rules=rule_set())
        self.world.populate()
        node = Node.at(Settings(home=home, database_url=url))
        self.node = replace(node, reader=self.world.reader)
        lend_keys(home)
        self.node.keys.add(key(f"300:{core}"))
        running = Running(self.world)
        self.pens = Pens(self.node, running, self.world.origin, self.world.clock)
        self.folder = minting.Folder(home)
        self.codes = minting.IssuedCodes(self.folder)
        self.log = SeeingLog(running, self.pens, self.codes, self.folder)
        self.mint = Mint.of(self.world, home)
        self.home = home
        self._streams: dict[str, StreamAuthor] = {}

    def issue(self, count: int, name: str = "labels.ndjson") -> list[str]:
        issuer = minting.Issuer(
            self.folder, self.pens.of(core), minting.BookOfState(self.node.look), self.world.clock
        )
        found = issuer.issue(minting.NewBatch(prefix, count, self.home / name, record))
        return [line.split('"')[3] for line in found.labels.read_text().splitlines()]

    def scan(
        self,
        codes: Sequence[str],
        device: str = "99.100.1/scanner-1",
        key_of: str = "",
        **more: Any,
    ) -> Answer:
        """A device's capture of these codes, as it comes in from outside."""
        told: dict[str, Any] = {"action": "ADD", "step": "commissioning", **more}
        event = builders.object_event(list(codes), time=time, **told)
        ready = scanners.prepare([event], "2026-01-05T01:00:00.000Z", self.world.random)
        author = self.world.author(device, f"300:{key_of or device}")
        stream = self._streams.setdefault(device, StreamAuthor(author))
        before = replace_stream(stream)
        stream.author = author
        body = Capture.model_validate_json(ready.body)
        sent = stream.write("trace.capture/1", body, ready.attachments)
        (answer,) = self.log.submit([sent])
        if answer.index < 0:
            stream.seq, stream.prev = before
        return answer

    def seen(self, handle: str) -> dict[str, Any] | None:
        with self.node.look() as view:
            found: Any = view.get("handle", handle)
        return found


def replace_stream(stream: StreamAuthor) -> tuple[int, str]:
    return stream.seq, stream.prev
