"""What an audit brings, and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick.ledger.attended import Attachments, Attended
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.errors import AuditStateElsewhere
from tallystick.ledger.auditing.run import Earlier, Progress, Source, replay_all, rest_on, save
from tallystick.ledger.auditing.unruled import Unruled, go_through
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import Standing, check_log_key, check_note
from tallystick.ledger.errors import defects
from tallystick.ledger.governance import admitted_suites, log_verifier
from tallystick.ledger.keys import known_suites
from tallystick.ledger.note import Verifier
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.state import State
from tallystick.ledger.store.scratch import AuditStateDamaged, Scratch

with_rules, without_rules = "with rules", "without rules"


@dataclass(frozen=True, slots=True)
class Audited:
    """What a sound log was found to hold.

    `since`: entries below it were gone through by earlier runs, and rest on the state file that those left.
    Without rules (`ruled` false), state, documents and what was refused are not known; `withheld` entries and
    `bodies_withheld` were not shown to this reader, and `signatures_unknown` are by keys that were not. `unchecked`: entries with a
    signature of a suite that this program lacks, of which it says nothing.
    """

    origin: str
    size: int
    root: bytes
    state: bytes
    blocks: int
    checkpoints: int
    cosignatures: int
    final: int
    refused: int
    documents: int
    attachments_missing: int
    contradictions: int
    since: int = 0
    ruled: bool = True
    signatures: int = 0
    bodies: int = 0
    attachments: Attachments = field(default_factory=Attachments)
    withheld: int = 0
    bodies_withheld: int = 0
    signatures_unknown: int = 0
    unknown_suites: tuple[str, ...] = ()
    unchecked: tuple[int, ...] = ()
    anchors: int = 0

    def require_checked(self) -> Audited:
        """Itself, if every signature was checked: who goes on from an audit rests on all of it.

        Raises `SuiteLacking`.
        """
        if self.unchecked:
            entries = ", ".join(map(str, self.unchecked))
            raise SuiteLacking(", ".join(self.unknown_suites), f"entries {entries}")
        return self


@dataclass(frozen=True, slots=True)
class Held:
    """What an auditor holds the log to: the signer's memory, a checkpoint kept elsewhere, the log's key."""

    memory: SignerMemory | None = None
    pinned: str | None = None
    verifier: Verifier | None = None

    def check(self, standing: Standing, *, signed: bool) -> None:
        """`signed`: there are checkpoints. Raises `NotSound`."""
        if standing.size == 0:
            raise NotSound("entry", "a genesis", "nothing", 0)
        check_log_key(standing, self.verifier)
        if self.memory is not None:
            _check_memory(standing, self.memory, signed=signed and self.pinned is None)
        if self.pinned is not None:
            check_note(standing, self.pinned, "the checkpoint given")


def standing_at(
    scratch: Scratch, rules: RuleSet, directory: KeyDirectory, checker: Checker, *, ruled: bool
) -> Replay | Unruled:
    """Where the state file is; raises `AuditStateElsewhere` or `AuditStateDamaged`."""
    told, kind = scratch.where(), with_rules if ruled else without_rules
    if told is not None and told.get("kind") != kind:
        raise AuditStateElsewhere(f"it was made by an audit {told.get('kind')}, not {kind}")
    try:
        if not ruled:
            return Unruled(rules, scratch)
        return Replay(rules, directory, checker, scratch, notes_unchecked=True)
    except defects as error:
        raise AuditStateDamaged(f"{scratch.path}: {error!r}") from None


def run_through(
    standing: Replay | Unruled, crew: Crew, source: Source, progress: Progress | None
) -> tuple[int, Earlier]:
    """All that is new: with rules, or without. (where it began, what it rests on); raises `NotSound`."""
    since, ruled = standing.size, isinstance(standing, Replay)
    earlier = rest_on(standing.scratch, with_rules if ruled else without_rules, source)
    crew = crew.for_entries(source.size - since)
    try:
        if isinstance(standing, Replay):
            standing.find = source.record
            replay_all(standing, crew, source, earlier, progress)
        else:
            go_through(standing, crew, source, earlier, progress)
    except defects as error:
        if since:
            # A rule met a document that no rule wrote.
            raise AuditStateDamaged(f"{standing.scratch.path}: {error!r}") from error
        raise
    return since, earlier


def keep(standing: Replay | Unruled, earlier: Earlier, *, sound: bool) -> None:
    """Save where it stands; once `sound`, a later audit may rest on it."""
    upto = standing.size if sound else None
    if isinstance(standing, Replay):
        save(standing, earlier, upto)
    else:
        standing.save(earlier, upto)


def found(
    standing: Replay | Unruled,
    since: int,
    checkpoints: int,
    cosignatures: int,
    final: int,
    attended: Attended,
) -> Audited:
    """What there is to say of a log that is sound."""
    unknown = _unknown_suites(standing.state)
    origin, root = log_verifier(standing.state).name, standing.tiles.frontier.root()
    if isinstance(standing, Replay):
        tally = standing.tally
        return Audited(
            origin, standing.size, root, standing.judge.chain, tally.blocks, checkpoints,
            cosignatures, final, tally.refused, standing.scratch.count("document"),
            attended.missing, tally.contradictions, since, True, tally.signatures,
            tally.bodies, attended.told, unknown_suites=unknown, unchecked=tuple(tally.unchecked),
        )  # fmt: skip
    seen = standing.tally
    return Audited(
        origin, standing.size, root, b"", seen.blocks, checkpoints, cosignatures, final, 0, 0, 0, 0,
        since, False, seen.signatures, seen.bodies, attended.told, seen.withheld, seen.bodies_withheld,
        seen.signatures_unknown, unknown, tuple(seen.unchecked),
    )  # fmt: skip


def _unknown_suites(state: State) -> tuple[str, ...]:
    """What the log admits and this program cannot verify."""
    known = known_suites()
    return tuple(one for one in admitted_suites(state) if one not in known)


@contextmanager
def scratch_at(state: Path | None, crew: Crew) -> Iterator[Scratch]:
    """The state file; without one, a file of this run alone. Raises `AuditStateDamaged`."""
    with ExitStack() as stack:
        path = state
        if path is None and crew.processes:
            folder = stack.enter_context(TemporaryDirectory(prefix="tallystick-audit-"))
            path = Path(folder) / "state"
        scratch = Scratch(path)
        stack.callback(scratch.close)
        yield scratch


def _check_memory(standing: Standing, memory: SignerMemory, *, signed: bool) -> None:
    """`signed`: checkpoints are there, and nobody kept one elsewhere: then the memory must know one."""
    size, root = memory.load()
    if size == 0 and signed:
        raise NotSound("the signer's memory", "the last checkpoint it signed", "nothing")
    if size > standing.size:
        told = f"{standing.size} entries"
        raise NotSound("the signer's memory", f"at least {size} entries", told)
    if size and standing.root_at(size) != root:
        what = f"the signer's memory, root at size {size}"
        raise NotSound(what, root, standing.root_at(size))
