"""The way of a certificate through its firms, as a drawing: columns of firms, ribbons of money.

Firms stand in tiers by their distance from the original holder; a ribbon is as high as the sum of what
one firm passed to another, a bar as high as all that reached a firm. Pixels and amounts (minor units)
are integers throughout.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

firms_max = 80
ribbons_max = 400
bar_width, _column, _left = 14, 194, 10
_height, _gap_least, _top = 620, 20, 34


@dataclass(frozen=True, slots=True)
class Passing:
    """Money that went from one firm to another; `financed` if a bank paid for it early."""

    giver: str
    taker: str
    amount: int
    financed: bool = False


@dataclass(slots=True)
class Bar:
    """A firm: what reached it, what it passed on, and its place in the drawing."""

    firm: str
    tier: int
    received: int
    passed: int
    x: int = 0
    y: int = 0
    height: int = 0
    _out: int = 0
    _in: int = 0

    @property
    def kept(self) -> int:
        return self.received - self.passed


@dataclass(frozen=True, slots=True)
class Ribbon:
    passing: Passing
    path: str
    width: int


@dataclass(frozen=True, slots=True)
class Tier:
    """A column: its number, its x, and whether only those who finance stand in it."""

    number: int
    x: int
    financing: bool


@dataclass(frozen=True, slots=True)
class Flow:
    width: int
    height: int
    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]
    tiers: tuple[Tier, ...]


def draw(first: str, face: int, passings: Iterable[Passing]) -> Flow | None:
    """The drawing; None when nothing moved, or too much to be read."""
    merged = _merge(passings)
    firms = {first} | {p.giver for p in merged} | {p.taker for p in merged}
    if not merged or len(firms) > firms_max or len(merged) > ribbons_max:
        return None
    tiers = _tiers(first, merged)
    bars = {firm: Bar(firm, tiers.get(firm, 0), 0, 0) for firm in firms}
    bars[first].received = face
    for passing in merged:
        bars[passing.giver].passed += passing.amount
        bars[passing.taker].received += passing.amount
    height = _place(bars, merged)
    ribbons = tuple(_ribbons(bars, merged))
    last = max(bar.tier for bar in bars.values())
    return Flow(
        width=_left + last * _column + 170,
        height=height,
        bars=tuple(sorted(bars.values(), key=lambda bar: (bar.tier, bar.y))),
        ribbons=ribbons,
        tiers=tuple(_columns(bars, merged)),
    )


def _columns(bars: Mapping[str, Bar], passings: Sequence[Passing]) -> Iterable[Tier]:
    """The columns from left to right."""
    plain = {bars[p.taker].tier for p in passings if not p.financed} | {0}
    for number in sorted({bar.tier for bar in bars.values()}):
        yield Tier(number, _left + number * _column, number not in plain)


def _merge(passings: Iterable[Passing]) -> list[Passing]:
    """Passings between the same two firms become one, in the order of the first of them."""
    sums: dict[tuple[str, str, bool], int] = {}
    for p in passings:
        key = (p.giver, p.taker, p.financed)
        sums[key] = sums.get(key, 0) + p.amount
    return [Passing(giver, taker, sum_, kind) for (giver, taker, kind), sum_ in sums.items()]


def _tiers(first: str, passings: Sequence[Passing]) -> dict[str, int]:
    """Steps from the first holder, at least; who finances stands behind everybody else."""
    onward: dict[str, list[str]] = {}
    for passing in passings:
        if not passing.financed:
            onward.setdefault(passing.giver, []).append(passing.taker)
    tiers, todo = {first: 0}, deque([first])
    while todo:
        firm = todo.popleft()
        for taker in onward.get(firm, ()):
            if taker not in tiers:
                tiers[taker] = tiers[firm] + 1
                todo.append(taker)
    behind = max(tiers.values()) + 1
    for passing in passings:
        if passing.taker not in tiers:
            tiers[passing.taker] = behind
    return tiers


def _place(bars: Mapping[str, Bar], passings: Sequence[Passing]) -> int:
    """Heights to one scale, and columns ordered so that ribbons cross little; the drawing's height."""
    columns: dict[int, list[Bar]] = {}
    for bar in bars.values():
        columns.setdefault(bar.tier, []).append(bar)
    fullest = max(sum(bar.received for bar in column) for column in columns.values())
    for tier in sorted(columns):
        column = columns[tier]
        for bar in column:
            bar.x = _left + tier * _column
            bar.height = max(3, bar.received * (_height - 180) // max(fullest, 1))
        column.sort(key=lambda bar: (_centre(bar, bars, passings), bar.firm))
        used = sum(bar.height for bar in column)
        gap = max(_gap_least, (_height - used) // (len(column) + 1))
        y = _top + max(0, (_height - used - gap * (len(column) - 1)) // 2)
        for bar in column:
            bar.y = y
            y += max(bar.height, 12) + gap
    return max(bar.y + bar.height for bar in bars.values()) + 30


def _centre(bar: Bar, bars: Mapping[str, Bar], passings: Sequence[Passing]) -> int:
    """Where what reaches a bar comes from, on average."""
    givers = [
        (bars[p.giver].y + bars[p.giver].height // 2, p.amount)
        for p in passings
        if p.taker == bar.firm and bars[p.giver].tier < bar.tier
    ]
    total = sum(amount for _, amount in givers)
    return sum(y * amount for y, amount in givers) // total if total else 0


def _ribbons(bars: Mapping[str, Bar], passings: Sequence[Passing]) -> Iterable[Ribbon]:
    order = sorted(passings, key=lambda p: (bars[p.giver].y, bars[p.taker].y))
    starts: dict[Passing, int] = {}
    for passing in order:
        giver = bars[passing.giver]
        starts[passing] = giver.y + giver._out * giver.height // max(giver.received, giver.passed)
        giver._out += passing.amount
    for passing in sorted(passings, key=lambda p: (bars[p.taker].y, bars[p.giver].y)):
        giver, taker = bars[passing.giver], bars[passing.taker]
        width = max(1, passing.amount * giver.height // max(giver.received, giver.passed))
        top = taker.y + taker._in * taker.height // taker.received
        taker._in += passing.amount
        yield Ribbon(passing, _curve(giver, taker, starts[passing], top, width), width)


def _curve(giver: Bar, taker: Bar, start: int, end: int, width: int) -> str:
    x0, x1 = giver.x + bar_width, taker.x
    y0, y1 = start + width // 2, end + width // 2
    bend = max(60, abs(x1 - x0) // 2)
    return f"M{x0},{y0} C{x0 + bend},{y0} {x1 - bend},{y1} {x1},{y1}"
