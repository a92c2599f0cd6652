"""Attachments that are erased, and a backup that still has them: put together from copies of different days."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ledger.world import NoteBody, core
from tests.simulator.chance import Violation
from tests.simulator.clients import Said, note
from tests.simulator.store import SimStore

from tallystick.identity import Directory
from tallystick.ledger import Attachment, AttachmentRef, TallystickError

if TYPE_CHECKING:
    from tests.simulator.run import Simulation

tables = ("attachment", "attachment_key")
Named = tuple[int, str]
own_key = f"300:{core}"


class Erasing:
    """What has attachments, what of it was erased, and the older copy of the tables that hold them."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.held: list[tuple[Said, str]] = []
        self.asked: list[tuple[Said, Named]] = []
        self.old: dict[str, list[tuple[Any, ...]]] = {}
        self.ending = False

    def end(self, settle: Callable[[], None]) -> None:
        """Once in each run, when all is well: attach, copy, erase, restore. `settle` has all answered."""
        self.speak()
        settle()
        self.old = {name: _rows(self.simulation.store, name) for name in tables}
        self.ending = True
        self.speak()
        settle()
        self.restore()
        settle()

    def speak(self) -> None:
        """Somebody attaches something, or has it erased."""
        clients = self.simulation.clients
        named = {name for _, name in self.asked}
        ready = [
            (one.answers[0][0], digest)
            for one, digest in self.held
            if one.answers and one.answers[0][2] == "accepted"
        ]
        ready = [name for name in ready if name not in named]
        author = clients.author(core, own_key)
        if ready and (self.ending or self.simulation.chance.one_in(2)):
            from tallystick.ledger.erasure import Erase, erase_type

            index, digest = self.simulation.chance.among(ready)
            body = Erase(entry=index, hash=digest, reason="mistake", text_class="free-text")
            said = Said(author.write(erase_type, body), {"accepted"}, own_key)
            self.asked.append((said, (index, digest)))
            self.simulation.chance.reached("erasure asked for")
        else:
            attached = Attachment("text/plain", clients.random(40), clients.random(32), "parties")
            ref = AttachmentRef(hash=attached.hash(), type="text/plain", size=40, grade="parties")
            body = NoteBody(text="see", attachments=(ref,))
            said = Said(author.write(note, body, attachments=[attached]), {"accepted"}, own_key)
            self.held.append((said, attached.hash()))
        clients.say(said)

    def erased(self) -> set[Named]:
        """(entry, hash) of every erasure that was acknowledged."""
        return {name for one, name in self.asked if one.answers}

    def restore(self) -> None:
        """Copy the tables of attachments; another time restore a backup in which they stand again."""
        simulation = self.simulation
        if not any(self.old.values()):
            self.old = {name: _rows(simulation.store, name) for name in tables}
            return
        if simulation.store.unreachable or not self.erased():
            return
        for operator in (simulation.operator, simulation.paused):
            if operator is not None:
                simulation.dead(operator)
        for name in tables:
            for row in self.old[name]:
                marks = ", ".join("?" * len(row))
                simulation.store.raw.execute(f"INSERT OR IGNORE INTO {name} VALUES ({marks})", row)
        simulation.chance.reached("backup restored")
        self._through_backup()
        self.check(simulation.store)

    def _through_backup(self) -> None:
        """Written, and restored into an empty database, as an operator does it; then it is served again."""
        from tallystick.ledger import backup, erasure

        s = self.simulation
        quiet, s.chance.quiet = s.chance.quiet, True
        try:
            with tempfile.TemporaryDirectory(prefix="tallystick-simulator-") as place:
                folder = Path(place) / "backup"
                backup.write_backup(
                    s.store, s.rules, folder, s.memory, "2026-01-05T02:00:00.000Z", _step
                )
                s.store.reset(s.template.empty, s.chance)
                backup.restore_backup(
                    folder, s.store, s.rules, Directory(), s.checker, lambda _store: [],
                    Path(place) / "scratch", _step, erase=erasure.apply_erasures, vault=s.store.vault,
                )  # fmt: skip
        except TallystickError as error:
            raise Violation(f"a backup is not restored: {error.code}: {error.detail}") from None
        finally:
            s.chance.quiet = quiet
        s.store.confirm()

    def check(self, store: SimStore) -> None:
        """Raises `Violation` if anything of an erased attachment is there."""
        for name in tables:
            there = {(row[0], row[1]) for row in _rows(store, name)}
            back = there & self.erased()
            if back:
                raise Violation(f"{name} holds {min(back)}, which was erased")


def _rows(store: SimStore, table: str) -> list[tuple[Any, ...]]:
    return store.raw.execute(f"SELECT * FROM {table} ORDER BY idx, hash").fetchall()


@contextmanager
def _step(_name: str) -> Iterator[Any]:
    yield lambda _done, _total: None
