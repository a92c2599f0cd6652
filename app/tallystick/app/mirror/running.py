"""A mirror put together: store, rules, keys, operator and clock; and what it does after each round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import structlog

from tallystick.app.bootstrap import Node
from tallystick.app.minting.gathering import Gathering
from tallystick.app.mirror.home import Config, MirrorHome
from tallystick.ledger import (
    Checker,
    Checkpoint,
    Clock,
    PrivateKey,
    Submission,
    TallystickError,
    Verifier,
    bls,
    instant,
    mirror,
    read_batch,
)

#: An entry is handed on again at most so often.
hand_on_interval_ms = 5000
_log = structlog.get_logger()


@dataclass
class Running:
    """An open mirror. `at_work.start` makes it follow by itself."""

    node: Node
    config: Config
    log: Verifier
    at_work: mirror.Mirror
    witness: mirror.MirrorWitness
    statements: mirror.Statements
    seen: mirror.Seen
    operator: mirror.Operator
    erasing: mirror.Erasing
    gathering: Gathering
    signer: bls.CertificateSigner | None = None


def hand_on(
    operator: mirror.Operator, seen: mirror.Seen, submissions: list[Submission], request: bytes
) -> mirror.OperatorAnswer:
    """Give entries to the operator, and keep what it said of each."""
    answer = operator.send(request)
    rows = _results(answer.data)
    if len(rows) == len(submissions):
        for submission, row in zip(submissions, rows, strict=True):
            seen.answered(submission, row)
    return answer


@contextmanager
def opened(node: Node, home: MirrorHome, clock: Clock) -> Iterator[Running]:
    """The mirror, while this process holds it; raises `MirrorBusy`, `StateLost`, `NoMirror`, …"""
    with home.locked(), httpx.Client(trust_env=False) as http:
        config, log = home.config(), home.log()
        home.refusals.load()
        node.store.migrate()
        checker = node.checker()
        try:
            with home.witness.open(clock) as witnessing:
                operator = mirror.Operator(config.operator, home.token(), http)
                erasing = _erasing(node, home, clock, operator)
                seen, at_work = _following(node, home, clock, checker, operator, erasing)
                stating = _Stating(node, config, home.statement_key(), clock)
                statements = mirror.Statements(home.statement_file, stating)
                cosigning = mirror.MirrorWitness(witnessing, log, at_work, statements)
                gathering = Gathering(node, operator, keeps=not config.organisation)
                key = home.witness.quorum_key()
                signer = bls.CertificateSigner(witnessing, key) if key else None
                yield Running(
                    node, config, log, at_work, cosigning, statements, seen, operator, erasing,
                    gathering, signer,
                )  # fmt: skip
        finally:
            checker.close()


def _erasing(
    node: Node, home: MirrorHome, clock: Clock, operator: mirror.Operator
) -> mirror.Erasing:
    config = home.config()
    return mirror.Erasing(
        node.store,
        home.erasures_file,
        node.scrubs(),
        home.log().name,
        config.name,
        config.organisation,
        home.statement_key(),
        clock,
        operator.hand_in,
    )


def _following(
    node: Node,
    home: MirrorHome,
    clock: Clock,
    checker: Checker,
    operator: mirror.Operator,
    erasing: mirror.Erasing,
) -> tuple[mirror.Seen, mirror.Mirror]:
    config, log = home.config(), home.log()
    follows: mirror.Following | mirror.OwnFollowing
    if config.organisation:
        follows = own = mirror.OwnFollowing(
            node.store, node.rules, checker, operator, log, config.organisation
        )
        check = own.check
    else:
        again = mirror.Again(node.store, node.rules, node.directory, checker)
        follows, check = mirror.Following(again, operator, log), again.check
    seen = mirror.Seen(node.store, check, log.name, config.name, home.statement_key(), clock)
    after = _AfterRound(node, log, operator, seen, erasing, clock)
    return seen, mirror.Mirror(follows, operator, log, home.refusals, clock, after)


@dataclass
class _Stating:
    """What a mirror says of a checkpoint that it went up to."""

    node: Node
    config: Config
    key: PrivateKey
    clock: Clock

    def __call__(self, checkpoint: Checkpoint) -> Mapping[str, Any]:
        own = bool(self.config.organisation)
        with self.node.reader.open() as snapshot:
            block = orjson.loads(snapshot.stored_body(checkpoint.size - 1))
        return mirror.Statement(
            mirror=self.config.name,
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            scope="own" if own else "full",
            reader=self.config.organisation,
            executed=executed(self.node, checkpoint.size),
            state="" if own else str(block["state"]),
            time=instant(self.clock.now_ms()),
        ).sign(self.key)


def executed(node: Node, size: int) -> int:
    """How many of the first `size` entries were in a mirror's scope and checked: those with their bodies."""
    with node.store.read() as transaction:
        return transaction.count_bodies(size)


@dataclass
class _AfterRound:
    """Others' cosignatures, sightings that came true, erasures to answer, entries to hand on once more."""

    node: Node
    log: Verifier
    operator: mirror.Operator
    seen: mirror.Seen
    erasing: mirror.Erasing
    clock: Clock
    _handed_on_ms: int = 0

    def __call__(self) -> None:
        final = self.operator.final()
        if final is not None:
            mirror.keep_cosigned(self.node.store, self.node.rules, self.log, final)
        self.seen.settle()
        self.erasing.settle()
        now_ms = self.clock.now_ms()
        if now_ms - self._handed_on_ms >= hand_on_interval_ms:
            self._handed_on_ms = now_ms
            for row in self.seen.waiting():
                self._hand_on(row.submission or b"")

    def _hand_on(self, request: bytes) -> None:
        """A drop of one entry must not keep the others from the operator."""
        try:
            good = [row for row in read_batch(request) if isinstance(row, Submission)]
            hand_on(self.operator, self.seen, good, request)
        except TallystickError as error:
            _log.warning("mirror-hand-on", code=error.code, detail=error.detail)


def _results(data: bytes) -> list[Any]:
    try:
        told = orjson.loads(data)
    except ValueError:
        return []
    rows = told.get("results") if isinstance(told, dict) else None
    return rows if isinstance(rows, list) else []
