"""One run: a seed decides who does what when, and what goes wrong; then all heals, and everything is judged."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Self

from tests.ledger.world import key, log
from tests.simulator import oracle, parts
from tests.simulator.attacks import Forger, crooked_rules, honest_rules
from tests.simulator.chance import Chance, Crash, SimClock, Violation, World
from tests.simulator.clients import Clients, Said
from tests.simulator.erasing import Erasing
from tests.simulator.memories import SimMemory
from tests.simulator.network import LyingWitness, SimWitness, Wire
from tests.simulator.operator import Operator
from tests.simulator.replica import SimMirror
from tests.simulator.store import SimStore, rows
from tests.simulator.template import mirror_name, origin, plain, quorum, start, template

from tallystick.app import witnessing
from tallystick.identity import Directory
from tallystick.ledger import (
    Checker,
    Checkpoint,
    LogFenced,
    LogReader,
    NotSound,
    TallystickError,
    Verifier,
    audit,
    from_instant,
    witness,
)
from tallystick.ledger.errors import DataLost
from tallystick.ledger.mirror import MirrorRefuses
from tallystick.ledger.store import StoreUnusable

steps_min, steps_max = 30, 90
heal_rounds_max = 40
mirror_clock_ms_max = 60_000
#: What is wrong with the operator, if anything is.
characters = ("honest", "honest", "honest", "honest", "forger", "crooked", "old copy")


collecting: Any = importlib.import_module("tallystick.ledger.witness.collect")
keys: Any = importlib.import_module("tallystick.ledger.keys")
_checks = keys._ed25519_verifies
following: Any = importlib.import_module("tallystick.ledger.mirror.follow")


class Ended(Exception):
    """The run is over before its end, as it should: the log stopped, and said why."""


@dataclass
class InFlight:
    """A batch that was handed to a process, and the answers to come."""

    operator: Operator
    said: list[Said]
    answers: Future[Any]


@cache
def _stores() -> tuple[SimStore, SimStore]:
    return SimStore(), SimStore()


class Simulation:
    """The consortium of one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = Chance(seed)
        self.world = World(from_instant(start))
        self.clock = SimClock(self.world)
        large = chance.one_in(4)
        self.character = chance.among(characters)
        self.template = template(large=large)
        chance.reached("log that fills its first tile") if large else None
        self.store, mirror_store = _stores()
        self.store.reset(self.template.log, chance)
        mirror_store.reset(self.template.mirror, chance, faulty=False)
        self.memory = SimMemory(chance, lambda: self.store.confirmed_size)
        self.memory.size, self.memory.root = self.template.size, self.template.root
        self.honest_rules = honest_rules()
        self.rules = crooked_rules() if self.character == "crooked" else self.honest_rules
        self.checker = _checker()
        self.verifier = Verifier(origin, key(f"300:{log}").private.public)
        self.reader = LogReader(self.store, self.rules)
        self.clients = Clients(chance, self.clock, crooked=self.character == "crooked")
        self.in_flight: list[InFlight] = []
        self.signed: dict[int, bytes] = {}
        self.jumped = self.went_back = self.lying = self.moved = False
        self.old_image: tuple[bytes, int, bytes] | None = None
        self.paused: Operator | None = None
        self.started = 0
        self.operator: Operator | None = None
        self._people(mirror_store)
        erasing = parts.has_erasure and self.character == "honest" and chance.one_in(3)
        self.erasing = Erasing(self) if erasing else None
        self.forger = Forger(self) if self.character == "forger" else None
        chance.say(f"{self.character} large={large} liar={self.lying}")

    def _people(self, mirror_store: SimStore) -> None:
        chance = self.chance
        self.witnesses: dict[str, SimWitness] = {}
        self.lying = chance.one_in(3) and self.character != "old copy"
        for name in plain:
            kind = LyingWitness if self.lying and name == plain[-1] else SimWitness
            self.witnesses[name] = kind(name, self.verifier, chance, SimClock(self.world))
        self.mirror = SimMirror(
            mirror_name,
            self.verifier,
            chance,
            SimClock(self.world),
            mirror_store,
            self.reader,
            self.honest_rules,
            self.checker,
        )
        self.witnesses[mirror_name] = self.mirror
        self.wire = Wire(self.witnesses, chance, self.leaves)

    # --- what may leave the log ------------------------------------------------------------------

    def leaves(self, checkpoint: Checkpoint) -> None:
        """Nothing is served before it is durable, and no two trees of one size are ever signed."""
        if checkpoint.size > self.store.confirmed_size and not self.went_back:
            said = f"checkpoint {checkpoint.size} left, durable are {self.store.confirmed_size}"
            raise Violation(said)
        first = self.signed.setdefault(checkpoint.size, checkpoint.root)
        if first != checkpoint.root and not self.went_back:
            raise Violation(f"two trees of {checkpoint.size} entries were signed")

    # --- steps ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Raises `Violation`."""
        try:
            self.restart()
            for _ in range(self.chance.rng.randrange(steps_min, steps_max)):
                self.step()
            self.heal()
            if self.erasing is not None and not self.memory.fenced:
                self.erasing.end(self._heal_round)
        except Ended as end:
            self.chance.reached(f"ended: {end}")
            self.check_witnesses()
            return
        self.check()

    def step(self) -> None:
        roll = self.chance.rng.randrange(100)
        self.world.ms += self.chance.rng.randrange(5, 400)
        if roll < 24:
            if self.erasing is not None and self.chance.one_in(2):
                self.erasing.speak()
            else:
                self.clients.speak()
        elif roll < 44:
            self.send()
        elif roll < 54:
            self.on_operator("begin", Operator.begin)
        elif roll < 72:
            self.on_operator("take", Operator.take)
        elif roll < 80:
            self.on_operator("seal", lambda one: one.seal())
        elif roll < 88:
            self.on_operator("cosign", lambda one: one.cosign(self._asking, self.clock))
        elif roll < 91:
            self.follow()
        else:
            self.misfortune()
        if self.operator is None and self.chance.one_in(2):
            self.restart()
        if self.store.unreachable and self.chance.one_in(12):
            self.chance.say("the standby is back")
            self.store.unreachable = False
            self.store.confirm()

    def misfortune(self) -> None:
        chance = self.chance
        if self.forger is not None and chance.one_in(2):
            self.forger.attack()
        elif self.character == "old copy" and chance.one_in(3):
            self.old_copy()
        elif self.paused is not None and chance.one_in(2):
            self.wake()
        elif self.store.unreachable and chance.one_in(2):
            self.dying_primary()
        elif chance.fault("paused-sequencer"):
            self.pause()
        elif self.erasing is not None and chance.one_in(2):
            self.erasing.restore()
        elif parts.has_terms and chance.fault("unconfirmed-commit"):
            self.store.unreachable = True
        elif chance.fault("moved-session"):
            self.store.between = self._moved
        elif chance.fault("failover"):
            self.fail_over()
        elif chance.fault("clock-jump"):
            self.jump()
        elif chance.fault("restart"):
            self.operator = None

    def send(self) -> None:
        said = self.clients.batch()
        if self.operator is None or not said:
            return
        answers = self.operator.hand_in([one.submission for one in said])
        self.in_flight.append(InFlight(self.operator, said, answers))

    def on_operator(self, what: str, act: Callable[[Operator], object]) -> None:
        if self.operator is not None:
            self.act(self.operator, what, act)

    def act(self, operator: Operator, what: str, act: Callable[[Operator], object]) -> None:
        """A step of a process of the operator's: it may fail by name, or die."""
        self.store.fired.clear()
        self.memory.fired.clear()
        try:
            act(operator)
        except Crash as crash:
            self.chance.say(f"{operator.name} died: {crash}")
            self.dead(operator)
        except (TallystickError, OSError) as error:
            self.explained(what, error)
        self.collect_answers()
        if getattr(operator.sequencer, "fenced", None) is not None:
            # Its process ends, as the server does.
            self.dead(operator)

    def explained(self, what: str, error: BaseException) -> None:
        """Every error has its cause; raises `Violation` for one without."""
        code = error.code if isinstance(error, TallystickError) else type(error).__name__
        self.chance.reached(f"{what}: {code}")
        if isinstance(error, DataLost):
            if self.went_back:
                raise Ended("the log lost acknowledged data, and says so")
        elif isinstance(error, LogFenced):
            if self.memory.fenced:
                return
        elif isinstance(error, StoreUnusable):
            if self.store.fired and "UNIQUE" not in error.detail:
                return
        elif code in parts.fenced_codes:
            if self.paused or self.moved:
                return
        elif code == "replication-unconfirmed":
            if self.store.unreachable or self.store.fired:
                return
        elif isinstance(error, OSError):
            if self.memory.fired:
                return
        elif isinstance(error, witness.QuorumMissing):
            return
        elif self.went_back and code in ("signer-refused", "witness-conflict"):
            raise Ended("the log went back, and its signer noticed")
        raise Violation(f"{what}: {code} without a cause: {error}")

    def collect_answers(self) -> None:
        for flying in list(self.in_flight):
            if not flying.answers.done():
                continue
            self.in_flight.remove(flying)
            error = flying.answers.exception()
            if isinstance(error, Crash):
                continue
            if error is not None:
                self.explained("answer", error)
            elif self.went_back:
                # What an old copy of the log answers was promised by nobody.
                self.clients.open = [one for one in self.clients.open if one not in flying.said]
            elif self.receipted(flying) and not self.chance.fault("lost-reply"):
                for one, answer in zip(flying.said, flying.answers.result(), strict=True):
                    self.require_durable(one, answer)
                    self.clients.answered(one, answer)

    def receipted(self, flying: InFlight) -> bool:
        """Whether the process gives a receipt for what it answers."""
        answers = flying.answers.result()
        try:
            if any(answer.index >= 0 for answer in answers):
                flying.operator.ledger.receipt(answers)
        except parts.unconfirmed as error:
            self.explained("receipt", error)
            return False
        return True

    def require_durable(self, one: Said, answer: Any) -> None:
        if answer.index >= self.store.confirmed_size and not self.went_back:
            said = f"{one.id} was answered at {answer.index}, durable are"
            raise Violation(f"{said} {self.store.confirmed_size}")

    # --- what goes wrong ----------------------------------------------------------------------------

    def dead(self, operator: Operator) -> None:
        """What its clients were waiting for never comes."""
        self.in_flight = [one for one in self.in_flight if one.operator is not operator]
        if self.operator is operator:
            self.operator = None
        if self.paused is operator:
            self.paused = None
        if self.store.raw.in_transaction:
            self.store.raw.execute("ROLLBACK")

    def restart(self) -> None:
        """A fresh process over store and memory; if it may not start, it says why."""
        if self.operator is not None:
            self.dead(self.operator)
        fresh = self._operator()
        self.operator = fresh
        opened = False

        def opens(one: Operator) -> None:
            nonlocal opened
            one.ledger.open()
            opened = True

        self.act(fresh, "open", opens)
        if not opened and self.operator is fresh:
            self.dead(fresh)

    def fail_over(self) -> None:
        """The primary is gone; its standby goes on, and the log starts again on it."""
        if self.operator is not None:
            self.dead(self.operator)
        self.store.fail_over()

    def dying_primary(self) -> None:
        """It has commits that its standby lacks: processes start over, sessions move, or it is gone."""
        way = self.chance.among((0, 0, 0, 1, 1, 2))
        self.chance.reached(("restart", "moved", "failover")[way] + " with an unconfirmed commit")
        if way == 0:
            self.on_operator("seal", lambda one: one.seal())
            self.restart()
        elif way == 1:
            self.store.between = self._moved
        else:
            self.fail_over()

    def _moved(self) -> None:
        """Amid a transaction: the session goes on at the promoted standby."""
        self.store.fired.append("moved-session")
        self.moved = True
        self.store.fail_over()

    def pause(self) -> None:
        """The process sleeps, and another is started in its place."""
        if self.operator is None or self.paused is not None or self.operator.begun is None:
            return
        self.paused, self.operator = self.operator, None
        self.restart()

    def wake(self) -> None:
        paused = self.paused
        if paused is not None:
            self.chance.reached("a paused sequencer woke up")
            self.act(paused, "woken", Operator.take)
            if self.paused is paused:
                self.act(paused, "woken", lambda one: one.seal())
            self.dead(paused)

    def jump(self) -> None:
        """A machine's clock is wrong from now on."""
        off = self.chance.among((-3_600_000, -90_000, -5_000, 5_000, 90_000, 600_000))
        machine = self.chance.among([self.clock, *(w.clock for w in self.witnesses.values())])
        machine.off_ms = off
        self.jumped = True

    def old_copy(self) -> None:
        """Somebody restores the database, and perhaps the whole machine, from a copy."""
        if self.old_image is None:
            self.old_image = (self.store.confirmed, self.memory.size, self.memory.root)
            return
        if self.operator is not None:
            self.dead(self.operator)
        self.paused = None
        image, size, root = self.old_image
        self.store.reset(image, self.chance)
        whole = self.chance.one_in(2)
        if whole:
            self.memory.size, self.memory.root = size, root
        self.chance.reached("old copy of the machine" if whole else "old copy of the database")
        self.went_back = True
        for one in self.clients.said:
            one.lost_by_lie = bool(one.answers) and one.answers[0][0] >= self.store.size()

    def follow(self) -> None:
        error = self.mirror.follow()
        if error is not None:
            self.chance.reached(f"mirror: {error.code}")
        if isinstance(error, MirrorRefuses):
            self.require_blame(error)

    def require_blame(self, error: TallystickError) -> None:
        """A mirror blames the log only for what the log did."""
        if self.jumped or self.went_back or self.character in ("crooked", "forger"):
            return
        raise Violation(f"the mirror blames an honest log: {error.detail}")

    def _asking(self, policy: witness.Policy) -> witnessing.Asking:
        """As the worker makes it, over the simulated wire."""
        wire: Any = self.wire
        asked = [
            witness.RemoteWitness(one.name, one.cosigner, one.url, wire, self.clock, self._wait)
            for one in policy.witnesses
        ]
        return witnessing.Asking(policy, asked, witnessing.Rounds(self.world.now_ns))

    def _wait(self, ms: int) -> None:
        self.world.ms += ms

    def _operator(self) -> Operator:
        self.started += 1
        return Operator(
            f"sequencer-{self.started}",
            origin,
            self.store,
            self.memory,
            self.clock,
            self.rules,
            self.checker,
            self.chance,
        )

    # --- the end ------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Nothing goes wrong any more: everything that was said must come to its end."""
        chance = self.chance
        chance.quiet = True
        self.store.between = None
        if self.store.unreachable:
            self.store.unreachable = False
            self.store.confirm()
        if self.paused is not None:
            self.wake()
        self.operator = None
        for machine in [self.clock, *(w.clock for w in self.witnesses.values())]:
            machine.off_ms = 0
        for one in self.witnesses.values():
            one.start()
        for _ in range(heal_rounds_max):
            self.world.ms += 10_000
            self._heal_round()
            if not self.clients.open and (self._cosigned() or not self._must_be_final()):
                return
        if self.went_back:
            raise Ended("the log went back, and nobody cosigns it")
        if self.clients.open:
            raise Violation(f"{len(self.clients.open)} entries get no answer, though all is well")
        raise Violation("the quorum does not cosign, though all is well")

    def _heal_round(self) -> None:
        if self.memory.fenced is not None:
            if self.went_back:
                raise Ended("a witness is ahead, and the log stands still")
            # Also an answer garbled on its way: nobody signs the size that a witness names.
            if not (self.lying or self.forger or self.chance.cases["network"]):
                raise Violation(f"a fence without a cause: {self.memory.fenced.detail}")
            self.memory.lift_fence(self.memory.fenced.size)
        if self.operator is None:
            self.restart()
        while self.clients.open and self.operator is not None:
            before = len(self.clients.open)
            self.send()
            self.on_operator("begin", Operator.begin)
            self.on_operator("take", Operator.take)
            if len(self.clients.open) == before:
                break
        self.on_operator("seal", lambda one: one.seal())
        self.on_operator("cosign", lambda one: one.cosign(self._asking, self.clock))
        self.follow()

    def _cosigned(self) -> bool:
        with self.reader.open() as snapshot:
            found = snapshot.finality()
        return found.final == found.sealed == found.size

    def _must_be_final(self) -> bool:
        """Three of four are honest and can follow."""
        usable = [w for w in self.witnesses.values() if w.honest and w not in self._lost()]
        return len(usable) >= quorum

    def _lost(self) -> list[SimWitness]:
        """Honest, and yet of no use: led away by a forged history, or refusing a jump of clocks."""
        lost = [] if self.forger is None else list(self.forger.deceived)
        return [*lost, self.mirror] if self.mirror.refusals.kept else lost

    def check(self) -> None:
        """Everything that may never be, looked for in the healed run."""
        leaves = self._leaves()
        oracle.check_order(leaves)
        self._check_promises(leaves)
        hashes = [leaf.hash for leaf in leaves]
        self._check_trees(hashes)
        self.check_witnesses()
        self._check_tiles(hashes)
        if self.character == "crooked":
            self._check_crooked(leaves)
            return
        told = self._audit(self.store)
        if told.size != len(leaves):
            raise Violation(f"audited {told.size} of {len(leaves)} entries")
        if not self.went_back:
            self._check_mirror(leaves)
        if self.erasing is not None:
            self.erasing.check(self.store)
        self.chance.reached("healed, and sound")

    def _leaves(self) -> list[oracle.Leaf]:
        query = (
            "SELECT e.idx, e.leaf, e.outcome, b.data FROM entry e JOIN body b ON b.idx = e.idx "
            "ORDER BY e.idx"
        )
        return [oracle.opened(row) for row in self.store.raw.execute(query)]

    def _check_promises(self, leaves: Sequence[oracle.Leaf]) -> None:
        """Nothing acknowledged is lost, and nothing that was kept out is in."""
        by_id = {leaf.id: leaf for leaf in leaves}
        kept_out = {"key-not-valid", "stream-gap", "note-refused-by-rule"}
        for one in self.clients.said:
            if one.answers and not one.lost_by_lie:
                index, leaf_hash, outcome = one.answers[0]
                if index >= len(leaves) or leaves[index].hash.hex() != leaf_hash:
                    raise Violation(f"{one.id} was acknowledged at {index}, and is not there")
                if leaves[index].outcome != outcome:
                    raise Violation(f"{one.id} was {outcome}, and is {leaves[index].outcome}")
            elif one.result in kept_out and by_id.get((one.author, one.id)):
                raise Violation(f"{one.id} was kept out ({one.result}), and is in the log")

    def _check_trees(self, hashes: Sequence[bytes]) -> None:
        """Every checkpoint that was signed is a tree of this log's own leaves."""
        notes = dict(
            oracle.told_by(note) for _, note in rows(self.store, "checkpoint", "size, note", "size")
        )
        told = {**self.signed, **notes} if not self.went_back else notes
        sizes = {*told, self.memory.size}
        roots = oracle.roots(hashes, sizes)
        for size, root in told.items():
            if roots.get(size) != root:
                raise Violation(f"the checkpoint of {size} is not of these {len(hashes)} entries")
        if roots.get(self.memory.size) != self.memory.root:
            raise Violation("the signer remembers another tree")

    def check_witnesses(self) -> None:
        """An honest witness never signs two inconsistent trees, and never goes back."""
        forged = self.forger.roots if self.forger is not None else {}
        real = oracle.roots([leaf.hash for leaf in self._leaves()], self._emitted_sizes())
        for one in self.witnesses.values():
            if not one.honest:
                continue
            last = 0
            history: set[str] = {"real", *(name for name, _ in forged)}
            for checkpoint in one.emitted:
                if checkpoint.size < last:
                    raise Violation(f"{one.name} signed {last}, then {checkpoint.size}")
                last = checkpoint.size
                fits = {
                    name
                    for (name, size), root in forged.items()
                    if size == last and root == checkpoint.root
                }
                if real.get(last) == checkpoint.root or self.signed.get(last) == checkpoint.root:
                    fits.add("real")
                history &= fits
                if not history:
                    raise Violation(f"{one.name} signed two inconsistent trees, at {last}")

    def _emitted_sizes(self) -> set[int]:
        return {one.size for who in self.witnesses.values() for one in who.emitted}

    def _check_tiles(self, hashes: Sequence[bytes]) -> None:
        """What is served of the tree, at widths full and partial."""
        with self.reader.open() as snapshot:
            for n in range((len(hashes) + 255) // 256):
                whole = min(256, len(hashes) - 256 * n)
                for width in {1, whole // 2, whole - 1, whole} - {0}:
                    if snapshot.tile(0, n, width) != oracle.tile(hashes, n, width):
                        raise Violation(f"tile 0/{n} of width {width} has other hashes")

    def _check_crooked(self, leaves: Sequence[oracle.Leaf]) -> None:
        """An operator that accepts what the rule refuses: audit and mirror find it."""
        broken = [
            leaf.index
            for leaf in leaves
            if leaf.body.get("text") == "refuse" and leaf.outcome == "accepted"
        ]
        try:
            self._audit(self.store)
        except Violation:
            if not broken:
                raise
            self.chance.reached("crooked operator found by the audit")
        else:
            if broken:
                raise Violation(f"entry {broken[0]} was accepted against its rule, unnoticed")
        if broken and max((c.size for c in self.mirror.emitted), default=0) > broken[0]:
            raise Violation(f"the mirror cosigned entry {broken[0]}, accepted against its rule")
        if broken and self.mirror.refusals.kept:
            self.chance.reached("crooked operator refused by the mirror")

    def _check_mirror(self, leaves: Sequence[oracle.Leaf]) -> None:
        """Refused is refused on every replica; its store is as sound as the log's."""
        told = self.mirror.outcomes()
        for index, outcome, _ in told:
            if index < len(leaves) and leaves[index].outcome != outcome:
                raise Violation(
                    f"entry {index} is {leaves[index].outcome}, {outcome} at the mirror"
                )
        self._audit(self.mirror.store, memory=False)
        if len(told) == len(leaves):
            self.chance.reached("mirror has it all")
        elif not self.mirror.refusals.kept:
            raise Violation(f"the mirror has {len(told)} of {len(leaves)} entries")

    def _audit(self, store: SimStore, *, memory: bool = True) -> Any:
        try:
            return audit(
                store,
                self.honest_rules,
                Directory(),
                self.checker,
                memory=self.memory if memory else None,
            )
        except NotSound as error:
            raise Violation(f"the audit: {error.detail}") from None


@cache
def _checker() -> Checker:
    return Checker()


@lru_cache(maxsize=200_000)
def _verifies(*given: Any) -> bool:
    """Ed25519 itself is not what is simulated: the same signature is checked once."""
    return _checks(*given)


class _Inline:
    """`ThreadPoolExecutor` that does at once what it is given."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def shutdown(self, *_: object, **__: object) -> None:
        return None

    def submit(self, act: Callable[..., Any], *given: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(act(*given))
        except Exception as error:  # noqa: BLE001 - told by the future, as an executor does
            done.set_exception(error)
        return done


@contextmanager
def one_thread() -> Iterator[None]:
    """Where the services have pools of threads, they work in this one."""
    services = (collecting, following)
    before, state = [one.ThreadPoolExecutor for one in services], random.getstate()
    for one in services:
        one.ThreadPoolExecutor = _Inline
    checks, keys._ed25519_verifies = keys._ed25519_verifies, _verifies
    try:
        yield
    finally:
        keys._ed25519_verifies = checks
        for one, pool in zip(services, before, strict=True):
            one.ThreadPoolExecutor = pool
        random.setstate(state)


@dataclass
class Result:
    """What came of a seed."""

    seed: int
    violation: str = ""
    cases: dict[str, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    digest: str = ""


def run(seed: int) -> Result:
    """One seed from the beginning to its verdict."""
    with one_thread():
        random.seed(seed)
        simulation = Simulation(seed)
        violation = ""
        try:
            simulation.run()
        except Violation as found:
            violation = str(found)
        chance = simulation.chance
        return Result(seed, violation, dict(chance.cases), chance.trace, chance.digest())
