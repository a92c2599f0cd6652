"""What stands beside the log: what people of the owner's began, its webhook, the leaves of a batch, an anchor."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.app.joining.asked import Kept
from tallystick.app.webhooks.hooks import Hook, KeptSecret, Told, Wish
from tallystick.app.webhooks.signing import Seeds
from tallystick.identity import HandleValue, Said
from tallystick.identity.minting import BookOfState, Folder, Issuer, NewBatch
from tallystick.ledger import (
    AnchorRow,
    Answer,
    DeliveryRow,
    HandOverRow,
    InvitationRow,
    SystemClock,
)

until = "2036-01-01"
_far_ms, _far = 2_082_758_400_000, f"{until}T00:00:00.000Z"
_hash = bytes(32)


class Beside:
    """`hand_over` is its checker's; `request` waits for its officers."""

    def __init__(self, node: Node, stage: Stage, owner: cast.Firm) -> None:
        self._node, self._owner = node, owner
        self.webhook = self._hooked()
        self.hand_over = self._handed_over()
        self.request = self._requested()
        self.batch, self.leaf = self._issued(stage)

    def anchored(self) -> None:
        """The newest checkpoint stands on a chain."""
        with self._node.store.write() as transaction:
            newest = transaction.checkpoint()
            assert newest is not None
            size, note = newest
            told = hashlib.sha256(note.encode()).digest()
            contract = f"0x{'ab' * 20}"
            placed = AnchorRow(31337, contract, size, "confirmed", told, _hash, _hash, block=7, block_hash=_hash, block_time=_far)  # fmt: skip
            transaction.anchors.put(placed)

    def _hooked(self) -> str:
        """With a delivery."""
        seed = Seeds(self._node.settings.folder).current()
        wish = Wish(address="https://hooks.example/in")
        secret = KeptSecret(number=0, seed=seed, since_ms=0)
        told = Told(wish=wish, by=self._owner.checker, made=until, secrets=(secret,))
        hook = Hook(f"wh_{'c' * 24}", self._owner.handle, "active", 0, None, told)
        with self._node.store.write() as transaction:
            transaction.webhooks.make(hook.row())
            transaction.webhooks.add([DeliveryRow(hook.id, "0" * 20, 0, "waiting")])
        return hook.id

    def _handed_over(self) -> str:
        row = HandOverRow("a" * 32, "a" * 64, self._owner.checker, _far_ms, "{}")
        with self._node.store.note() as transaction:
            transaction.hand_overs.add(row)
        return row.id

    def _requested(self) -> str:
        firm, by = self._owner.handle, self._owner.administrator
        jwk = cast.key(f"301:{by}").private.public.jwk()
        kept = Kept(purpose="person", firm=firm, person=f"{cast.node_prefix}/P-INVITED", by=by, name="Guest", jwk=jwk)  # fmt: skip
        row = InvitationRow("b" * 32, "b" * 64, firm, "requested", _far, None, kept.text(), "person")  # fmt: skip
        with self._node.store.write() as transaction:
            transaction.invitations.add(row)
        return row.id

    def _issued(self, stage: Stage) -> tuple[str, str]:
        """Number of a batch, and the first of its leaves."""
        folder = Folder(self._node.settings.folder)
        pen = StagePen(stage, self._owner.handle)
        record = (HandleValue(index=1, type="NAME", data="Plate"),)
        labels: Path = self._node.settings.folder / "labels.ndjson"
        issuer = Issuer(folder, pen, BookOfState(self._node.look), SystemClock())
        issued = issuer.issue(NewBatch(self._owner.prefix, 5, labels, record))
        with folder.leaves(issued.prefix, issued.batch) as leaves:
            return issued.batch, leaves.leaf(0).hex()


class StagePen:
    """Writes with the key that the story gave an author."""

    def __init__(self, stage: Stage, author: str) -> None:
        self.stage, self.author = stage, author

    def write(self, said: Sequence[Said]) -> list[Answer]:
        return self.stage.append([self.stage.sign(self.author, one.type, one.body) for one in said])
