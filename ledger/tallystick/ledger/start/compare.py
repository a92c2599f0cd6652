"""How a log may start: its database held against what was signed (formats §3). A function of values alone.

Whoever knows that the log signed a tree of some size and root makes a claim: the signer by its memory, a
witness by the checkpoint that it cosigned, a person by one that was kept, the database by its newest. Then:

1. a claim within the database that has another root there: another history was signed. Stop.
2. a claim beyond the database: acknowledged data is lost. Stop.
3. a signer that remembers nothing although somebody has a claim would sign any history. Stop.
4. else the log goes on, and first makes up for what a stop in the middle left undone: entries that no block
   seals, a block that nobody signed, a checkpoint that was signed and not stored, a memory older than a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tallystick.ledger.errors import DataLost, TallystickError
from tallystick.ledger.signer import SignerMemoryLost

Name = Literal["go on", "integrate", "stop"]


class HistoryDiffers(DataLost):
    code = "history-differs"
    title = "The database holds another history than the one that was signed"
    advice = (
        "Stop, and keep this database as evidence. Lay down the newest backup (`tallystick restore`) or a "
        "mirror's full export (`tallystick log import`) in an empty one, and keep `signer/`: "
        "docs/how-to/recover-from-a-disaster.md."
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """`who` says that the log signed a tree of this size and root; size 0 claims nothing."""

    who: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds. `sealed`: the size right after its last block; `newest`: its newest checkpoint.

    `roots`: of its tree at the sizes that are claimed, as far as it reaches.
    """

    size: int
    sealed: int
    newest: Claim | None
    roots: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Start:
    """What follows: its name, why in sentences, and what is to be done before anything is taken in.

    `remember`: what the signer has to remember first; `seal`: a block is to be appended and signed;
    `sign`: the checkpoint is to be signed, and stored; `error`: why not to start.
    """

    name: Name
    why: tuple[str, ...] = ()
    remember: Claim | None = None
    seal: bool = False
    sign: bool = False
    error: TallystickError | None = None

    def require(self) -> Start:
        """Raises the error of a stop."""
        if self.error is not None:
            raise self.error
        return self

    def told(self) -> str:
        """In one line."""
        code = f", {self.error.code}" if self.error else ""
        return ": ".join([self.name + code, *(["; ".join(self.why)] if self.why else [])])


def compare(stored: Stored, memory: Claim, claims: Sequence[Claim] = ()) -> Start:
    """What the three states come to. `memory` is the signer's, `claims` are those of all others."""
    known = [one for one in (memory, stored.newest, *claims) if one is not None and one.size]
    error = lost(stored, known)
    if error is not None:
        return Start("stop", (error.detail,), error=error)
    largest = max(known, key=lambda one: one.size, default=None)
    if memory.size == 0 and largest is not None:
        said = f"its memory is gone, but checkpoint {largest.size} was signed: {largest.who} has it"
        return Start("stop", (said,), error=SignerMemoryLost(said))
    return _going_on(stored, memory, largest)


def lost(stored: Stored, claims: Iterable[Claim]) -> DataLost | None:
    """Why this database is not the whole log that somebody has a claim on; None if it is."""
    known = sorted((one for one in claims if one.size), key=lambda one: one.size)
    for one in known:
        if one.size <= stored.size and stored.roots.get(one.size) != one.root:
            said = f"the first {one.size} entries are not those that the signer signed"
            return HistoryDiffers(f"{said}: {one.who} has the checkpoint", size=one.size)
    if known and known[-1].size > stored.size:
        largest = known[-1]
        said = f"the database has {stored.size} entries, the signer signed {largest.size}"
        return DataLost(f"{said}: {largest.who} has the checkpoint", size=largest.size)
    return None


def _going_on(stored: Stored, memory: Claim, largest: Claim | None) -> Start:
    """Nothing is lost."""
    newest = stored.newest.size if stored.newest else 0
    seal = stored.size > stored.sealed
    sign = not seal and newest < stored.size
    remember = largest if largest is not None and largest.size > memory.size else None
    why: list[str] = []
    if seal:
        why.append(f"{stored.size - stored.sealed} entries were committed and not sealed")
    if sign and memory.size < stored.size:
        why.append(f"the block at {stored.size} was committed and not signed")
    if newest < memory.size:
        why.append(f"checkpoint {memory.size} was signed and not stored")
    if remember is not None:
        said = f"the signer's memory ends at {memory.size}"
        why.append(f"{said}, {remember.who} has checkpoint {remember.size}")
    return Start("integrate" if why else "go on", tuple(why), remember, seal, sign)
