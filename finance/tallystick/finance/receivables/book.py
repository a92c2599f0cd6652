"""The interval book of one certificate: who holds which cents.

A certificate of N minor units is the interval [0, N). Lots partition it at every index: sorted, without
gap or overlap, so that no unit has two holders and the parts always add up (formats §7; research I2-I6).
An act names an amount; the book picks from what is free, largest lot first, then the lowest, and cuts the
last one from its low end. Neighbours are joined only when equal in every attribute. Pure, in memory; a
book on which an act was refused is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from tallystick.finance.errors import BelowMinimum, NotEnoughFree, SameParty, TooManyHoldings
from tallystick.ledger import InvariantError

holdings_max = 500
#: No split below 100.00: smaller lots are dust whose discount rounds to nothing (research §6.6).
split_minimum_minor = 100_00

LotState = Literal["free", "locked", "paid"]


class Tag(NamedTuple):
    """What a lot's units have in common. `lock` is the offer or quote that holds them; `recourse`
    the recourse chain; `batch` the financing; `cover` the insurance or guarantee. Empty: none."""

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


class Book:
    """Lots of one certificate. `touched` collects the starts of lots that changed or went.

    A book may be open in `part`: then it knows some lots with all their neighbours, which is all that an act
    on them needs, and the number of the others. `totals` and `settle` are for a whole one.
    """

    __slots__ = ("_ends", "_free", "_locked", "_lots", "_others", "_runs", "touched")

    def __init__(self, lots: Iterable[Lot]) -> None:
        self._others = 0
        self._lots: dict[int, Lot] = {}
        self._ends: dict[int, int] = {}
        self._free: dict[str, set[int]] = {}
        self._locked: dict[str, set[int]] = {}
        for lot in lots:
            self._put(lot)
        self.touched: set[int] = set()
        self._runs = [(0, max(self._ends, default=0))]

    @classmethod
    def part(cls, lots: Sequence[Lot], others: int) -> Book:
        """Some lots in their order; `others` are not among them, and stay as they are."""
        book = cls(lots)
        book._others = others
        book._runs = _runs(lots)
        return book

    @classmethod
    def issue(cls, units: int, holder: str) -> Book:
        """A new certificate in one hand."""
        if units <= 0:
            raise InvariantError(f"a certificate of {units} units")
        book = cls([Lot(0, units, Tag(holder))])
        book.touched.add(0)
        return book

    def __len__(self) -> int:
        return len(self._lots) + self._others

    def __iter__(self) -> Iterator[Lot]:
        return iter(sorted(self._lots.values()))

    def lot(self, start: int) -> Lot | None:
        return self._lots.get(start)

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
        return sorted(self._locked)

    def transfer(self, holder: str, to: str, amount: int) -> list[Lot]:
        """Move free units at once (an offer and its acceptance in one step); the ranges moved."""
        if to == holder:
            raise SameParty(holder)
        moved = []
        for lot in self._take(holder, amount):
            _, state, lock, recourse, batch, cover = lot.tag
            moved.append(self._retag(lot, Tag(to, state, lock, recourse, batch, cover)))
        self._join_all(moved)
        return moved

    def lock(self, holder: str, amount: int, lock: str, unfinanced: bool = False) -> list[Lot]:
        """Hold free units for an offer or quote; the ranges held."""
        taken = self._take(holder, amount, unfinanced)
        held = [self._retag(lot, lot.tag._replace(state="locked", lock=lock)) for lot in taken]
        self._join_all(held)
        return held

    def unlock(self, lock: str) -> list[Lot]:
        """Give the units back exactly as they were."""
        return self._release(lock, {})

    def move(self, lock: str, to: str, batch: str | None = None) -> list[Lot]:
        """Post a lock: its units go to `to`, with `batch` as a financing."""
        new = {"holder": to} if batch is None else {"holder": to, "batch": batch}
        return self._release(lock, new)

    def settle(self) -> None:
        """Every unit is paid: nothing moves any more."""
        paid = [self._retag(lot, lot.tag._replace(state="paid", lock="")) for lot in list(self)]
        self._join_all(paid)

    def check(self) -> None:
        """Raises `InvariantError` unless the lots still cover each unit once: [0, N) as a whole (I2)."""
        runs = _runs(self)
        if runs != self._runs:
            raise InvariantError(f"lots cover {runs}, the certificate has units {self._runs}")

    def _free_lots(self, holder: str, unfinanced: bool) -> list[Lot]:
        lots = [self._lots[start] for start in self._free.get(holder, ())]
        return [lot for lot in lots if not lot.tag.batch] if unfinanced else lots

    def _take(self, holder: str, amount: int, unfinanced: bool = False) -> list[Lot]:
        lots = self._free_lots(holder, unfinanced)
        available = sum(lot.end - lot.start for lot in lots)
        if amount <= 0 or amount > available:
            raise NotEnoughFree(f"{available} of {amount} minor units are free")
        if amount < split_minimum_minor and amount != available:
            raise BelowMinimum(f"{amount} minor units, at least {split_minimum_minor}")
        if len(lots) > 1:
            lots.sort(key=_largest_first)
        taken: list[Lot] = []
        for lot in lots:
            size = lot.end - lot.start
            if size > amount:
                lot = self._cut(lot, lot.start + amount)
            taken.append(lot)
            amount -= min(size, amount)
            if not amount:
                break
        return taken

    def _cut(self, lot: Lot, at: int) -> Lot:
        low = Lot(lot.start, at, lot.tag)
        self._drop(lot)
        self._put(low)
        self._put(Lot(at, lot.end, lot.tag))
        self.touched.update((lot.start, at))
        return low

    def _release(self, lock: str, new: dict[str, str]) -> list[Lot]:
        moved = []
        for lot in self.locked(lock):
            tag = lot.tag._replace(state="free", lock="")
            moved.append(self._retag(lot, tag._replace(**new)))  # type: ignore[arg-type]
        self._join_all(moved)
        return moved

    def _retag(self, lot: Lot, tag: Tag) -> Lot:
        self._drop(lot)
        new = Lot(lot.start, lot.end, tag)
        self._put(new)
        self.touched.add(lot.start)
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
            above = lots.get(current.end)
            if above is not None and above.tag == current.tag:
                self._merge(current, above)
        if len(self) > holdings_max:
            raise TooManyHoldings(f"{len(self)} holdings, at most {holdings_max}")

    def _merge(self, low: Lot, high: Lot) -> Lot:
        self._drop(low)
        self._drop(high)
        joined = Lot(low.start, high.end, low.tag)
        self._put(joined)
        self.touched.update((low.start, high.start))
        return joined

    def _put(self, lot: Lot) -> None:
        start, end, tag = lot
        self._lots[start] = lot
        self._ends[end] = start
        if tag.state == "free":
            self._free.setdefault(tag.holder, set()).add(start)
        elif tag.state == "locked":
            self._locked.setdefault(tag.lock, set()).add(start)

    def _drop(self, lot: Lot) -> None:
        start, end, tag = lot
        del self._lots[start]
        if self._ends.get(end) == start:
            del self._ends[end]
        if tag.state == "free":
            self._free[tag.holder].discard(start)
        elif tag.state == "locked":
            starts = self._locked[tag.lock]
            starts.discard(start)
            if not starts:
                del self._locked[tag.lock]


def _largest_first(lot: Lot) -> tuple[int, int]:
    return (lot.start - lot.end, lot.start)


def _runs(lots: Iterable[Lot]) -> list[tuple[int, int]]:
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
