"""The lots of one certificate in memory: found by place, holder and lock, cut, joined, and paid for in splits.

What an act makes of them is in `book`. Each cut costs its holder one of its splits, each joint gives one back, and
splits go along with the units they divide (`budgets`). A cut that a freeze, a payment or another act needs which must
not fail makes a debt of splits instead of a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from tallystick.finance.errors import BelowMinimum, NotEnoughFree, SplitBudgetSpent
from tallystick.finance.receivables.budgets import passed_on, splits_default
from tallystick.ledger import InvariantError

#: No split below 100.00: smaller lots are dust whose discount rounds to nothing (research §6.6).
split_minimum_minor = 100_00

LotState = Literal["free", "locked", "pledged", "frozen", "paying", "paid", "cancelled"]
#: The splits that a holder has left.
Splits = Callable[[str], int]
#: The units that a holder has in the whole book.
Held = Callable[[str], int]


class Tag(NamedTuple):
    """What a lot's units have in common. `lock` is the offer, quote, lock, dispute or pledge that holds them, of
    frozen ones the freeze, and behind it the pledge that goes on below, of paying ones the quote whose payment is on
    its way; `recourse` who pays the holder if the debtor does not; `batch` the financing; `cover` the insurance or
    guarantee. Empty: none."""

    holder: str
    state: LotState = "free"
    lock: str = ""
    recourse: str = ""
    batch: str = ""
    cover: str = ""


class Lot(NamedTuple):
    """Units [start, end) and their tag."""

    start: int
    end: int
    tag: Tag


class Lots:
    """`touched` collects the starts of lots that changed or went. `totals` is for a whole book."""

    __slots__ = (
        "_ends", "_find_held", "_free", "_held", "_left", "_locked", "_lots", "_others", "_runs", "_splits", "touched",
    )  # fmt: skip

    def __init__(
        self,
        lots: Iterable[Lot],
        splits: Splits | None = None,
        held: Held | None = None,
    ) -> None:
        self._others = 0
        self._lots: dict[int, Lot] = {}
        self._ends: dict[int, int] = {}
        self._free: dict[str, set[int]] = {}
        self._locked: dict[str, set[int]] = {}
        for lot in lots:
            self._put(lot)
        self.touched: set[int] = set()
        self._runs = [(0, max(self._ends, default=0))]
        self._left: dict[str, int] = {}
        self._splits = splits or (lambda _holder: splits_default)
        self._find_held = held
        self._held: dict[str, int] = self.totals() if held is None else {}

    def __len__(self) -> int:
        return len(self._lots) + self._others

    def __iter__(self) -> Iterator[Lot]:
        return iter(sorted(self._lots.values()))

    def lot(self, start: int) -> Lot | None:
        return self._lots.get(start)

    def left(self, holder: str) -> int:
        """Splits that a holder has left; below zero after an act that no budget refuses."""
        found = self._left.get(holder)
        if found is None:
            found = self._left[holder] = self._splits(holder)
        return found

    def splits(self) -> dict[str, int]:
        """Splits left, of the holders whom the acts so far concerned."""
        return dict(sorted(self._left.items()))

    def free(self, holder: str, unfinanced: bool = False) -> int:
        """Units that `holder` may move; with `unfinanced`, only those no bank has paid for."""
        return sum(lot.end - lot.start for lot in self._free_lots(holder, unfinanced))

    def totals(self) -> dict[str, int]:
        """Units by holder, whatever their state, in the order of holders."""
        sums: dict[str, int] = {}
        for start, end, tag in self._lots.values():
            sums[tag.holder] = sums.get(tag.holder, 0) + end - start
        return dict(sorted(sums.items()))

    def locked(self, lock: str) -> list[Lot]:
        """The lots that an offer or quote holds."""
        return [self._lots[start] for start in sorted(self._locked.get(lock, ()))]

    def locks(self) -> list[str]:
        return sorted(lock for lock, starts in self._locked.items() if starts)

    def check(self) -> None:
        """Raises `InvariantError` unless the lots still cover each unit once: [0, N) as a whole (I2)."""
        runs = runs_of(self)
        if runs != self._runs:
            raise InvariantError(f"lots cover {runs}, the certificate has units {self._runs}")

    def _free_lots(self, holder: str, unfinanced: bool, financed: bool = False) -> list[Lot]:
        lots = [self._lots[start] for start in self._free.get(holder, ())]
        if unfinanced:
            return [lot for lot in lots if not lot.tag.batch]
        return [lot for lot in lots if lot.tag.batch] if financed else lots

    def _take(
        self, holder: str, amount: int, unfinanced: bool = False, financed: bool = False
    ) -> list[Lot]:
        lots = self._free_lots(holder, unfinanced, financed)
        return self._pick(self._enough(lots, amount), amount, bound=True)

    def _enough(self, lots: list[Lot], amount: int) -> list[Lot]:
        """The lots in the order in which they are picked; raises `NotEnoughFree` or `BelowMinimum`."""
        available = sum([lot.end - lot.start for lot in lots])
        if amount <= 0 or amount > available:
            raise NotEnoughFree(f"{available} of {amount} minor units are free")
        if amount < split_minimum_minor and amount != available:
            raise BelowMinimum(f"{amount} minor units, at least {split_minimum_minor}")
        if len(lots) > 1:
            lots.sort(key=largest_first)
        return lots

    def _pick(self, lots: Iterable[Lot], amount: int, *, bound: bool) -> list[Lot]:
        """So many units from the first of these lots on; `bound`: by the holder's budget of splits."""
        taken: list[Lot] = []
        for lot in lots:
            size = lot.end - lot.start
            if size > amount:
                lot = self._cut(lot, lot.start + amount, bound=bound)
            taken.append(lot)
            amount -= min(size, amount)
            if not amount:
                break
        return taken

    def _cut(self, lot: Lot, at: int, *, bound: bool) -> Lot:
        holder = lot.tag.holder
        left = self.left(holder)
        if bound and left <= 0:
            raise SplitBudgetSpent(f"{holder} has {left} splits left, at {len(self)} holdings")
        self._left[holder] = left - 1
        start, end, tag = lot
        low = self._lots[start] = Lot(start, at, tag)
        self._lots[at] = Lot(at, end, tag)
        self._ends[at], self._ends[end] = start, at
        for starts in self._starts(tag):
            starts.add(at)
        self.touched.add(start)
        self.touched.add(at)
        return low

    def _pass_on(self, holder: str, to: str, amount: int) -> None:
        """Units went from one to the other, and with them a part of the splits."""
        held, left = self._holds(holder), self.left(holder)
        if share := passed_on(left, amount, held):
            self._left[to] = self.left(to) + share
            self._left[holder] = left - share
        self._held[holder] = held - amount
        self._held[to] = self._holds(to) + amount

    def _holds(self, holder: str) -> int:
        """Units of a holder in the whole book."""
        found = self._held.get(holder)
        if found is None:
            found = self._held[holder] = self._find_held(holder) if self._find_held else 0
        return found

    def _change(self, lock: str, to: Callable[[Tag], Tag]) -> list[Lot]:
        changed = [self._retag(lot, to(lot.tag)) for lot in self.locked(lock)]
        self._join_all(changed)
        return changed

    def _retag(self, lot: Lot, tag: Tag) -> Lot:
        start, end, before = lot
        for starts in self._starts(before):
            starts.discard(start)
        for starts in self._starts(tag):
            starts.add(start)
        new = self._lots[start] = Lot(start, end, tag)
        self.touched.add(start)
        return new

    def _join_all(self, moved: list[Lot]) -> None:
        lots, ends = self._lots, self._ends
        for lot in moved:
            current = lots.get(lot.start)
            if current is None:
                continue  # a neighbour took it in already
            below = lots.get(ends.get(lot.start, -1))
            if below is not None and below.tag == current.tag:
                current = self._merge(below, current)
            # Of several that moved and lie side by side, the last one's neighbour is alike as well.
            while (above := lots.get(current.end)) is not None and above.tag == current.tag:
                current = self._merge(current, above)

    def _merge(self, low: Lot, high: Lot) -> Lot:
        start, middle, tag = low
        holder, end = tag.holder, high.end
        for starts in self._starts(tag):
            starts.discard(middle)
        del self._lots[middle], self._ends[middle]
        self._ends[end] = start
        self._left[holder] = self.left(holder) + 1
        joined = self._lots[start] = Lot(start, end, tag)
        self.touched.add(start)
        self.touched.add(middle)
        return joined

    def _put(self, lot: Lot) -> None:
        start, end, tag = lot
        self._lots[start] = lot
        self._ends[end] = start
        for starts in self._starts(tag):
            starts.add(start)

    def _starts(self, tag: Tag) -> Iterable[set[int]]:
        """The sets by which lots of this tag are found: of the holder's free ones, or of each lock."""
        if tag.state == "free":
            found = self._free.get(tag.holder)
            if found is None:
                found = self._free[tag.holder] = set()
            return (found,)
        if not tag.lock:
            return ()
        return [self._locked.setdefault(lock, set()) for lock in tag.lock.split()]


def largest_first(lot: Lot) -> tuple[int, int]:
    return (lot.start - lot.end, lot.start)


def runs_of(lots: Iterable[Lot]) -> list[tuple[int, int]]:
    """Stretches of units without a gap, of lots in order; raises `InvariantError` on an overlap."""
    runs: list[tuple[int, int]] = []
    for start, end, _ in lots:
        edge = runs[-1][1] if runs else 0
        if start < edge or end <= start:
            raise InvariantError(f"lots overlap at unit {start}, expected {edge}")
        if runs and start == edge:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs
