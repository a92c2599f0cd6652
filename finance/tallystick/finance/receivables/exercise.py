"""A long run of transfers on one book, for the bench and for tests."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from tallystick.finance.receivables.book import Book, split_minimum_minor

Move = tuple[str, str, int]


def run_transfers(book: Book, moves: Iterable[Move]) -> int:
    """Play (holder, to, amount) moves; how many there were."""
    played = 0
    for holder, to, amount in moves:
        book.transfer(holder, to, amount)
        played += 1
    return played


def tiered_moves(count: int, face: int = 900_000_000, firms: int = 25, seed: int = 1) -> list[Move]:
    """`count` moves that are possible in order, as a chain of suppliers makes them.

    The face goes from firm to firm in uneven parts of at least the smallest split; whoever has no split left gives
    all it has.
    """
    return list(_moves(count, face, firms, random.Random(seed)))


def _moves(count: int, face: int, firms: int, dice: random.Random) -> Iterator[Move]:
    names = [f"S{number:02d}" for number in range(1, firms + 1)]
    balances = dict.fromkeys(names, 0)
    balances[names[0]] = face
    book = Book.issue(face, names[0])
    for _ in range(count):
        rich = [name for name in names if balances[name] >= split_minimum_minor]
        holder = dice.choice(rich)
        to = dice.choice([name for name in names if name != holder])
        whole = balances[holder]
        part = whole if dice.getrandbits(1) else dice.randint(split_minimum_minor, whole)
        if 0 < whole - part < split_minimum_minor or not book.left(holder):
            part = whole
        book.transfer(holder, to, part)
        balances[holder] -= part
        balances[to] += part
        yield holder, to, part
