"""Taking in handles: read the whole source, say its faults, then write it step by step.

A dry run judges every step by the rules, on the state as it is and as the steps before would leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tallystick.identity import names
from tallystick.identity.exchange import (
    Fault,
    Gathering,
    ImportRefused,
    ImportStopped,
    Notice,
    Source,
    Step,
    sort_out,
)
from tallystick.ledger import (
    Act,
    Answer,
    Author,
    Ledger,
    LogReader,
    Overlay,
    RuleError,
    RuleSet,
    SigningKey,
    Snapshot,
)

faults_kept_max = 1000
steps_at_once = 32
Tick = Callable[[int, int], None]


@dataclass(slots=True)
class Looked:
    """What is in a source."""

    operations: int = 0
    faults: list[Fault] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    faulty: int = 0
    noticed: int = 0


@dataclass(slots=True)
class Done:
    """What an import came to, in operations of the source and entries of the log."""

    done: int = 0
    there: int = 0
    entries: int = 0


def look_through(source: Source) -> Looked:
    """Read the whole source; raises `SourceRefused`."""
    found = Looked()
    for item in source():
        if isinstance(item, Notice):
            found.noticed += 1
            if len(found.notices) < faults_kept_max:
                found.notices.append(item)
        elif isinstance(item, Fault):
            found.faulty += 1
            if len(found.faults) < faults_kept_max:
                found.faults.append(item)
        else:
            found.operations += 1
    return found


@dataclass
class TakingIn:
    """Writes what a source asks for, in the name of an author whose key the node holds."""

    ledger: Ledger
    reader: LogReader
    author: Author
    reason: str
    tick: Tick
    total: int

    def run(self, source: Source) -> Done:
        """Raises `ImportStopped`, which says how much is in, and what stopped it."""
        done, gathering = Done(), Gathering(self.author.handle, self.reason)
        for steps in chunks(gathering.steps(source())):
            self._take(steps, gathering, done)
            self.tick(done.done + done.there, self.total)
        self.ledger.seal()
        return done

    def _take(self, steps: Sequence[Step], gathering: Gathering, done: Done) -> None:
        todo: list[Step] = []
        faults: list[Fault] = []
        with self.reader.open() as snapshot:
            known = _known(snapshot, steps, self.author.handle)
            for step in steps:
                if step.said.id in known:
                    done.there += len(step.operations)
                    continue
                found = sort_out(step, snapshot.view, gathering)
                done.there += found.there
                faults += found.faults
                todo += [found.todo] if found.todo else []
        if faults:
            # Steps before the first fault are as good as if they had come alone.
            todo = [step for step in todo if step.line < faults[0].line]
        answers = self._append(todo)
        refused = [
            Fault(step.line, "", _diagnosis(answer))
            for step, answer in zip(todo, answers, strict=True)
            if not answer.accepted
        ]
        for step, answer in zip(todo, answers, strict=True):
            if answer.accepted:
                done.done += len(step.operations)
                done.entries += 1
        if refused or faults:
            raise _stopped(done, self.total, [*refused, *faults])

    def _append(self, steps: Sequence[Step]) -> list[Answer]:
        write = self.author.write
        if not steps:
            return []
        return self.ledger.append(
            [write(step.said.type, step.said.body, entry_id=step.said.id) for step in steps]
        )


def dry_run(
    source: Source, snapshot: Snapshot, rules: RuleSet, author: str, reason: str, tick: Tick
) -> tuple[Done, list[Fault]]:
    """What an import would come to; nothing is written. Faults: what it would stop at, and go on from."""
    state, gathering, done = Overlay(snapshot.view), Gathering(author, reason), Done()
    faults: list[Fault] = []
    for steps in chunks(gathering.steps(source())):
        known = _known(snapshot, steps, author)
        for step in steps:
            if step.said.id in known:
                done.there += len(step.operations)
                continue
            found = sort_out(step, state, gathering)
            done.there += found.there
            faults += found.faults
            if found.todo is not None:
                faults += _judged(found.todo, state, snapshot, rules, author, done)
        tick(done.done + done.there, 0)
        if len(faults) >= faults_kept_max:
            break
    return done, faults


def chunks(steps: Iterator[Step]) -> Iterator[list[Step]]:
    """Few at once, and no handle twice among them: what a step does shows in the state of the next ones."""
    held: list[Step] = []
    touched: set[str] = set()
    for step in steps:
        handles = {names.fold(operation.handle) for operation in step.operations}
        handles |= {
            names.fold(names.key_owner(one.template)) for one in step.operations if one.template
        }
        if len(held) == steps_at_once or touched & handles:
            yield held
            held, touched = [], set()
        held.append(step)
        touched |= handles
    if held:
        yield held


def _judged(
    step: Step, state: Overlay, snapshot: Snapshot, rules: RuleSet, author: str, done: Done
) -> list[Fault]:
    act = Act(
        snapshot.size() + done.entries,
        step.said.type,
        author,
        str(step.said.id),
        "",
        "1970-01-01T00:00:00.000Z",
        step.said.body,
    )
    try:
        state.apply(rules.judge(state, act))
    except RuleError as error:
        return [Fault(step.line, "", error.diagnosis())]
    done.done += len(step.operations)
    done.entries += 1
    return []


def _known(snapshot: Snapshot, steps: Sequence[Step], author: str) -> set[str]:
    rows = snapshot.known([str(step.said.id) for step in steps])
    return {entry_id for who, entry_id in rows if who == author}


def _diagnosis(answer: Answer) -> str:
    problem = answer.problem or answer.refusal
    return problem.diagnosis() if problem else str(answer.code)


def _stopped(done: Done, total: int, faults: Sequence[Fault]) -> ImportStopped:
    told = ImportRefused.of(sorted(faults, key=lambda fault: fault.line)).detail
    inside = done.done + done.there
    return ImportStopped(
        f"{inside:,} of {total:,} operations are in; {told}", line=min(one.line for one in faults)
    )


def author_of(ledger: Ledger, key: SigningKey, handle: str) -> Author:
    """Who signs what is taken in."""
    return Author(ledger.origin, handle, key, ledger.clock, ledger.random)
