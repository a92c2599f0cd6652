"""Lost operators, stopped witnesses and take-overs, as the tests of epochs make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ledger.governance import acts
from tests.ledger.witness.history import key as witness_key
from tests.ledger.world import World, a_vault, key, log

from tallystick.identity import Directory
from tallystick.ledger import (
    Checkpoint,
    FileMemory,
    Ledger,
    LogSigner,
    NamedKey,
    Note,
    SigningKey,
    Store,
    TallystickError,
    governance,
    log_verifier,
    take_over,
    witness,
)
from tallystick.ledger.governance import Epoch, Stopped, epoch_type

first_keys = (f"302:{log}", f"303:{log}")


def named(reference: str, suite: str = "ed25519") -> NamedKey:
    return NamedKey(key=reference, jwk=key(reference, suite).private.public.jwk())


def newest(world: World) -> tuple[int, str]:
    with world.reader.open() as snapshot:
        found = snapshot.checkpoint()
    assert found is not None
    return found


def stopped(world: World, name: str, note: str, proof: Sequence[bytes] = ()) -> Stopped:
    """The statement of a witness whose newest checkpoint is this one."""
    text = Note.parse(note).text
    checkpoint = Checkpoint.parse(text)
    with world.reader.open() as snapshot:
        verifier = log_verifier(snapshot.view, checkpoint.size)
    who = f"witness.example/{name}"
    line = witness.cosign(text, who, witness_key(who), 1_800_000_000)
    told = governance.StopStatement(verifier, checkpoint).sign(who, witness_key(who))
    return Stopped(
        statement=told.encode(),
        checkpoint=Note.parse(note).adding([line]).encode(),
        consistency=tuple(node.hex() for node in proof),
    )


def epoch_of(
    note: str, told: Sequence[Stopped], *names: str, number: int = 1, **change: Any
) -> Epoch:
    """From this checkpoint on, signed by the governance keys of these witnesses."""
    start = Checkpoint.parse(Note.parse(note).text)
    fields = {
        "number": number, "signatures": (), "size": start.size, "root": start.root.hex(),
        "log_key": named(first_keys[0]), "receipt_key": named(first_keys[1]), "stopped": tuple(told),
    }  # fmt: skip
    return acts.signed(epoch_type, Epoch(**{**fields, **change}), *names)


@dataclass
class Successor:
    """Another machine: a copy of the store, and the keys of a new epoch."""

    world: World
    url: str
    home: Path
    references: tuple[str, str] = first_keys
    store: Store = field(init=False)
    memory: FileMemory = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.url, vault=a_vault)
        self.world.store.copy_to(self.store)
        self.memory = FileMemory(self.home / "last.json")

    def keys(self) -> list[SigningKey]:
        return [key(reference) for reference in self.references]

    def ledger(self) -> Ledger:
        log_key, receipt_key = self.keys()
        signer = LogSigner(self.world.origin, log_key, self.memory)
        w = self.world
        return Ledger(
            self.store, w.rules, Directory(), signer, receipt_key, w.clock, w.checker, w.random
        )

    def take_over(self, epoch: Epoch) -> Ledger:
        made = self.ledger()
        take_over(made, epoch, self.keys(), self.memory, self.world.checker)
        return made

    def refused(self, epoch: Epoch) -> str:
        """The code of the refusal, which changed nothing."""
        with self.store.read() as transaction:
            before = transaction.tree()
        try:
            self.take_over(epoch)
        except TallystickError as error:
            with self.store.read() as transaction:
                assert transaction.tree() == before
            return error.code
        raise AssertionError("it was taken over")

    def as_world(self) -> World:
        """The world as the new operator runs it."""
        made = World.__new__(World)
        made.__dict__.update(self.world.__dict__)
        made.store, made.memory, made.ledger = self.store, self.memory, self.ledger()
        made.ledger.open()
        return made
