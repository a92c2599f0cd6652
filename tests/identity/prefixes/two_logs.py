"""Two logs in memory, judged by the real rules, between which prefixes move."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.ledger.world import key, rule_set

from tallystick.identity import (
    ArrivePrefix,
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    DeclinePrefix,
    LeavePrefix,
    Proven,
    ReturnPrefix,
    SweepPrefix,
    TakenRecord,
    TakeRecords,
    prefix_documents,
    prefix_templates_after,
    prefix_travel,
)
from tallystick.ledger import (
    Act,
    Body,
    Change,
    Checkpoint,
    Entry,
    MemoryState,
    RuleError,
    Signer,
    Verifier,
    body_hash,
    canonical,
    leaf_hash,
    merkle,
    new_id,
    sign_entry,
)

root, firm, other = "99/O-ROOT", "99/O-A", "99/O-B"
origins = ("log.example/a", "log.example/b")
urls = ("http://a.example", "http://b.example")
salt = bytes(32)


def hour(number: int) -> str:
    return f"2026-01-{2 + number // 24:02d}T{number % 24:02d}:00:00.000Z"


class Log:
    """Rules over a state in memory, and a tree of what was accepted."""

    def __init__(self, number: int) -> None:
        self.origin, self.url = origins[number], urls[number]
        self.rules, self.state = rule_set(), MemoryState()
        self.leaves: list[bytes] = []
        self.bodies: list[bytes] = []
        self.why = ""
        self.log_key = key(f"300:99/L-{number}").private
        organisation = {"name": {}, "scheme": "none", "verified": True, "node": "99",
                        "capacities": ["node"]}  # fmt: skip
        self.state.apply([Change("organisation", one, organisation) for one in (root, firm, other)])
        self.state.apply([Change("prefix", "99", {"holder": root, "role": "root", "since": 0})])
        self.state.apply([Change("log", "genesis", {"origin": self.origin, "root": root})])

    def say(self, author: str, kind: str, body: Body, time: str = hour(0)) -> str:
        """`accepted`, or the code of the refusal."""
        name = f"identity.{kind}/1"
        act: Act[Any] = Act(
            len(self.leaves), name, author, "id", "0" * 64, time, body,
            (Signer(f"300:{author}", author, "self", "p"),),
        )  # fmt: skip
        try:
            effects = self.rules.judge(self.state, act)
        except RuleError as error:
            self.why = f"{error.code}: {error.detail}"
            return error.code
        self.state.apply([*effects, Change("log", "block", {"time": time})])
        said = body.encode()
        entry = Entry(self.origin, name, author, new_id(0, bytes(10)), time, body_hash(salt, said))
        self.leaves.append(sign_entry(entry, [key(f"300:{author}")]))
        self.bodies.append(said)
        return "accepted"

    def done(self, author: str, kind: str, body: Body, time: str = hour(0)) -> int:
        """The index of what must be accepted."""
        assert self.say(author, kind, body, time) == "accepted", self.why
        return len(self.leaves) - 1

    def checkpoint(self) -> str:
        tree = merkle.Frontier()
        for leaf in self.leaves:
            tree.append(leaf_hash(leaf))
        return Checkpoint(self.origin, len(self.leaves), tree.root()).sign(self.log_key).encode()

    def vkey(self) -> str:
        return Verifier(self.origin, self.log_key.public).encode()

    def proven(self, index: int) -> Proven:
        hashes = [leaf_hash(leaf) for leaf in self.leaves]

        def node(level: int, n: int) -> bytes:
            return merkle.subtree_root(b"".join(hashes[n << level : (n + 1) << level]))

        path = merkle.inclusion_proof(node, index, len(hashes))
        return Proven(
            index=index,
            envelope=base64.b64encode(self.leaves[index]).decode(),
            body=self.bodies[index].decode(),
            salt=salt.hex(),
            path=tuple(one.hex() for one in path),
        )

    def row(self, prefix: str) -> Any:
        return self.state.get("prefix", prefix)

    def let(self, prefix: str, holder: str) -> None:
        row = {"holder": holder, "role": "enterprise", "since": 0}
        self.state.apply([Change("prefix", prefix, row)])


@dataclass
class Move:
    """A prefix on its way from one log to the other, step by step."""

    prefix: str
    here: Log
    there: Log
    holder: str = firm
    per_batch: int = 2
    left_by: int = 0
    carried_by: int = 0
    batches: list[TakeRecords] = field(default_factory=list)

    def leaving(self, **more: Any) -> LeavePrefix:
        told = {"origin": self.there.origin, "address": self.there.url}
        return LeavePrefix.model_validate(
            {"prefix": self.prefix, **told, "log_key": self.there.vkey(), **more}
        )

    def leave(self, time: str = hour(0)) -> str:
        told = self.here.say(self.holder, "prefix.leave", self.leaving(), time)
        if told == "accepted":
            self.left_by = len(self.here.leaves) - 1
        return told

    def documents(self) -> list[prefix_travel.Named]:
        """What goes along, as the log that it leaves has it."""
        found: list[prefix_travel.Named] = []
        move: dict[str, Any] = {"last": [], "templates": []}
        while some := list(prefix_documents(self.here.state, self.prefix, move))[:1]:
            found += some
            templates = prefix_templates_after(self.prefix, move, some)
            move = {"last": list(some[0][:3]), "templates": templates}
        return found

    def carry(self, time: str = hour(0)) -> None:
        chain, self.batches, count = prefix_travel.no_chain, [], 0
        while some := self._next():
            body = self.batch(len(self.batches), some)
            self.here.done(root, "prefix.carry", body, time)
            taken = tuple(
                TakenRecord(kind=k, name=n, part=p or None, document=canonical.encode(d).decode())
                for k, n, p, d in some
            )
            self.batches.append(
                TakeRecords(prefix=self.prefix, before=chain, salt=salt.hex(), records=taken)
            )
            digests = [one.digest for one in body.records]
            chain, count = prefix_travel.chained(chain, salt.hex(), digests), count + len(some)
        told = CarriedPrefix(prefix=self.prefix, count=count, chain=chain)
        self.carried_by = self.here.done(root, "prefix.carried", told, time)

    def _next(self) -> list[prefix_travel.Named]:
        move: Any = self.here.state.get("prefix-move", self.prefix)
        return list(islice(prefix_documents(self.here.state, self.prefix, move), self.per_batch))

    def batch(self, number: int, some: list[prefix_travel.Named]) -> CarryPrefix:
        records = tuple(
            CarriedRecord(kind=k, name=n, part=p or None, digest=prefix_travel.digest(k, n, p, d))
            for k, n, p, d in some
        )
        return CarryPrefix(prefix=self.prefix, number=number, salt=salt.hex(), records=records)

    def arriving(self) -> ArrivePrefix:
        return ArrivePrefix(
            prefix=self.prefix, holder=self.holder, role="enterprise", log_key=self.here.vkey(),
            address=self.here.url, checkpoint=self.here.checkpoint(),
            leave=self.here.proven(self.left_by), carried=self.here.proven(self.carried_by),
        )  # fmt: skip

    def take(self, time: str = hour(0)) -> bool:
        """The next batch, or the next sweep; False when there is nothing more to do."""
        row = self.there.row(self.prefix)
        if row is None or "arriving" not in row:
            return False
        if self.batches:
            self.there.done(root, "prefix.take", self.batches.pop(), time)
        else:
            self.there.done(root, "prefix.sweep", SweepPrefix(prefix=self.prefix), time)
        return True

    def whole(self) -> None:
        """Every step, up to the end."""
        assert self.leave() == "accepted", self.here.why
        self.carry()
        self.there.done(root, "prefix.arrive", self.arriving())
        while self.take():
            pass

    def declining(self) -> DeclinePrefix:
        return DeclinePrefix(prefix=self.prefix, origin=self.here.origin, leave=self.left_by)

    def returning(self, declined_by: int) -> ReturnPrefix:
        return ReturnPrefix(
            prefix=self.prefix,
            checkpoint=self.there.checkpoint(),
            decline=self.there.proven(declined_by),
        )

    def back(self) -> Move:
        """The way home."""
        return Move(self.prefix, self.there, self.here, self.holder, self.per_batch)
