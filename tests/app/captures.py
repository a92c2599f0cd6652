"""A scan with its EPCIS document, for tests of what happens to attachments under the product's rules."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.world import World, a_vault, core

from tallystick import scanners
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Attachment, StreamAuthor, vault
from tallystick.trace import Capture, builders

device = "99.100.1/scanner-1"


def capture(world: World, number: int = 0) -> tuple[int, Attachment]:
    """A scan of a new pack: the index of its entry, and its document."""
    pack = f"99.100.1/PACK-{number}"
    made = HandleRecord(handle=pack, values=())
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(made,)))
    event = builders.object_event(
        [pack], time="2026-01-05T00:59:00.000Z", step="packing", read_point="99.100.1/GATE"
    )
    ready = scanners.prepare([event], "2026-01-05T01:00:00.000Z", world.random)
    with world.reader.open() as snapshot:
        last = snapshot.stream(device)
    seq, prev = last or (-1, "0" * 64)
    stream = StreamAuthor(world.author(device), seq + 1, prev)
    body = Capture.model_validate_json(ready.body)
    (answer,) = world.append([stream.write("trace.capture/1", body, ready.attachments)])
    world.ledger.seal()
    return answer.index, ready.attachments[0]


def lend_keys(home: Path) -> None:
    """Let the node in this folder open what the worlds of the tests seal."""
    vault.KeyFile(home / "master" / "keys.json").add([a_vault.keys.current()])
