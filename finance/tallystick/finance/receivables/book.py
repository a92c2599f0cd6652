"""The interval book of one certificate: who holds which cents.

A certificate of N minor units is the interval [0, N). Lots partition it at every index: sorted, without
gap or overlap, so that no unit has two holders and the parts always add up (formats §7; research I2-I6).
An act names an amount; the book picks from what is free, largest lot first, then the lowest, and cuts the
last one from its low end. Neighbours are joined only when equal in every attribute. Pure, in memory; a
book on which an act was refused is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from tallystick.finance.errors import NotEnoughFree, SameParty
from tallystick.finance.receivables.budgets import holdings_max, splits_default
from tallystick.finance.receivables.lots import (
    Held,
    Lot,
    Lots,
    LotState,
    Splits,
    Tag,
    largest_first,
    runs_of,
    split_minimum_minor,
)
from tallystick.ledger import InvariantError

__all__ = ["Book", "Lot", "LotState", "Splits", "Tag", "holdings_max", "split_minimum_minor"]


class Book(Lots):
    """Lots of one certificate, and what acts make of them.

    A book may be open in `part`: then it knows some lots with all their neighbours, which is all that an act
    on them needs, and the number of the others. `totals`, `reopen` and `owed` are for a whole one.
    """

    __slots__ = ()

    @classmethod
    def part(
        cls,
        lots: Sequence[Lot],
        others: int,
        splits: Splits | None = None,
        held: Held | None = None,
    ) -> Book:
        """Some lots in their order; `others` are not among them, and stay as they are.

        `held`: units by holder in the whole book.
        """
        book = cls(lots, splits, held)
        book._others = others
        book._runs = runs_of(lots)
        return book

    @classmethod
    def issue(cls, units: int, holder: str, splits: int = splits_default) -> Book:
        """A new certificate in one hand, with its whole budget of splits."""
        if units <= 0:
            raise InvariantError(f"a certificate of {units} units")
        book = cls([Lot(0, units, Tag(holder))], lambda who: splits if who == holder else 0)
        book.touched.add(0)
        book._left[holder] = splits
        return book

    def costs(self, holder: str, amount: int) -> int:
        """Splits that moving so much takes; raises what refuses it for anything but splits."""
        lots = self._enough(self._free_lots(holder, unfinanced=False), amount)
        for lot in lots:
            amount -= lot.end - lot.start
            if amount <= 0:
                break
        return 1 if amount < 0 else 0

    def whole_amounts(self, holder: str) -> tuple[int, ...]:
        """Amounts that are whole holdings: each takes the largest ones, and splits nothing."""
        lots = sorted(self._free_lots(holder, unfinanced=False), key=largest_first)
        return tuple(accumulate(lot.end - lot.start for lot in lots))

    def transfer(self, holder: str, to: str, amount: int) -> list[Lot]:
        """Move free units at once (an offer and its acceptance in one step); the ranges moved."""
        if to == holder:
            raise SameParty(holder)
        moved = []
        for lot in self._take(holder, amount):
            _, state, lock, recourse, batch, _ = lot.tag
            moved.append(self._retag(lot, Tag(to, state, lock, recourse, batch)))
        self._pass_on(holder, to, amount)
        self._join_all(moved)
        return moved

    def lock(
        self,
        holder: str,
        amount: int,
        lock: str,
        unfinanced: bool = False,
        financed: bool = False,
    ) -> list[Lot]:
        """Hold free units for an offer or quote; the ranges held. `financed`: only those that a bank paid for."""
        taken = self._take(holder, amount, unfinanced, financed)
        held = [self._retag(lot, lot.tag._replace(state="locked", lock=lock)) for lot in taken]
        self._join_all(held)
        return held

    def unlock(self, lock: str) -> list[Lot]:
        """Give the units back exactly as they were; frozen ones stay frozen."""
        return self._change(lock, lambda tag: _without(tag, lock))

    def pledge(self, lock: str) -> list[Lot]:
        """What was locked for a pledge is pledged."""
        return self._change(lock, lambda tag: tag._replace(state="pledged"))

    def move(self, lock: str, to: str) -> list[Lot]:
        """Post a lock: its units go to `to`, for whom they are not insured, nor again for whoever insured them."""
        return self._hand(
            lock, lambda tag: tag._replace(holder=to, state="free", lock="", cover="")
        )

    def take_over(self, lock: str, to: str, batch: str, recourse: str = "") -> list[Lot]:
        """Units in payment become the payer's as a financing, and stay in payment until that is final."""
        return self._hand(lock, lambda tag: tag._replace(holder=to, batch=batch, recourse=recourse))

    def give_back(self, lock: str, to: str) -> list[Lot]:
        """The payment came back: the units are the seller's again, and still in payment."""
        return self._hand(lock, lambda tag: tag._replace(holder=to, batch="", recourse=""))

    def assign(self, holder: str, to: str, amount: int, batch: str) -> list[Lot]:
        """Free units that no bank has paid for repay a financing, whatever splits it takes."""
        lots = sorted(self._free_lots(holder, unfinanced=True), key=largest_first)
        moved = [
            self._retag(lot, lot.tag._replace(holder=to, batch=batch, cover=""))
            for lot in self._pick(lots, amount, bound=False)
        ]
        self._pass_on(holder, to, amount)
        self._join_all(moved)
        return moved

    def dispute(self, holder: str, amount: int, lock: str) -> list[Lot]:
        """Hold free units that no bank has paid for, whatever splits it takes."""
        lots = sorted(self._free_lots(holder, unfinanced=True), key=largest_first)
        held = [
            self._retag(lot, lot.tag._replace(state="locked", lock=lock))
            for lot in self._pick(lots, amount, bound=False)
        ]
        self._join_all(held)
        return held

    def freezable(self, holder: str) -> int:
        """Units that a freeze can reach: free ones and pledged ones."""
        return sum(lot.end - lot.start for lot in self._freezable(holder))

    def freeze(self, holder: str, amount: int, freeze: str) -> list[Lot]:
        """Free units first, then pledged ones, whatever splits it takes; a pledge goes on below."""
        frozen = []
        for lot in self._pick(self._freezable(holder), amount, bound=False):
            lock = f"{freeze} {lot.tag.lock}" if lot.tag.lock else freeze
            frozen.append(self._retag(lot, lot.tag._replace(state="frozen", lock=lock)))
        self._join_all(frozen)
        return frozen

    def cancel(self, holder: str, amount: int) -> list[Lot]:
        """Free units that no bank has paid for are owed no more."""
        taken = self._take(holder, amount, unfinanced=True)
        gone = [self._retag(lot, lot.tag._replace(state="cancelled")) for lot in taken]
        self._join_all(gone)
        return gone

    def pay(self, amounts: Mapping[int, int]) -> list[Lot]:
        """The lowest units of some lots are paid, by the lots' starts, whatever splits it takes; as they were before."""
        before: list[Lot] = []
        for start in sorted(amounts):
            lot = self._lots[start]
            if amounts[start] < lot.end - start:
                lot = self._cut(lot, start + amounts[start], bound=False)
            before.append(lot)
        self._join_all(
            [self._retag(lot, lot.tag._replace(state="paid", lock="")) for lot in before]
        )
        return before

    def reopen(self, before: Iterable[Lot]) -> None:
        """Units that were paid are owed again, exactly as they were before: `before` is what `pay` gave."""
        opened = []
        for lot in before:
            for edge in (lot.start, lot.end):
                self._divide(edge)
            paid = self._lots.get(lot.start)
            if paid is None or paid != (
                lot.start,
                lot.end,
                lot.tag._replace(state="paid", lock=""),
            ):
                raise InvariantError(f"units [{lot.start}, {lot.end}) are not paid as they were")
            opened.append(self._retag(paid, lot.tag))
        self._join_all(opened)

    def owed(self, holder: str) -> list[Lot]:
        """The free units of a holder, lowest first: once a certificate is due, those that it can still claim."""
        return sorted(self._free_lots(holder, unfinanced=False))

    def succeed(
        self, lots: Sequence[Lot], to: str, amount: int, *, recourse: bool = False
    ) -> list[Lot]:
        """Whoever paid a holder in the debtor's place gets so many of these units, lowest first (recourse,
        subrogation), free of financing and cover, whatever splits it takes; as they are now. `recourse`: whether what
        others stand in for passes along; nobody stands in for its own units."""
        if amount <= 0 or amount > sum(lot.end - lot.start for lot in lots):
            raise NotEnoughFree(f"{amount} minor units are not to be had of these")
        holder = lots[0].tag.holder
        picked = self._pick(lots, amount, bound=False)
        parties = [
            lot.tag.recourse if recourse and lot.tag.recourse != to else "" for lot in picked
        ]
        taken = [
            self._retag(lot, Tag(to, recourse=party))
            for lot, party in zip(picked, parties, strict=True)
        ]
        self._pass_on(holder, to, amount)
        self._join_all(taken)
        return taken

    def insure(
        self, holder: str, amount: int, cover: str, open_for: Callable[[Tag], bool]
    ) -> list[Lot]:
        """So many free units of a holder, of those that are open for it, stand under a cover."""
        lots = [lot for lot in self._free_lots(holder, unfinanced=False) if open_for(lot.tag)]
        return self._cover(self._pick(self._enough(lots, amount), amount, bound=True), cover)

    def uninsure(self, lots: Sequence[Lot]) -> list[Lot]:
        """These stand under no cover any more."""
        return self._cover(lots, "")

    def _cover(self, lots: Sequence[Lot], cover: str) -> list[Lot]:
        changed = [self._retag(lot, lot.tag._replace(cover=cover)) for lot in lots]
        self._join_all(changed)
        return changed

    def in_payment(self, lock: str) -> list[Lot]:
        """The payment for what was locked has left: it stays as it is until evidence says what became of it."""
        return self._change(lock, lambda tag: tag._replace(state="paying"))

    def _hand(self, lock: str, tagged: Callable[[Tag], Tag]) -> list[Lot]:
        held = self.locked(lock)
        moved = [self._retag(lot, tagged(lot.tag)) for lot in held]
        if held and moved[0].tag.holder != held[0].tag.holder:
            amount = sum(lot.end - lot.start for lot in held)
            self._pass_on(held[0].tag.holder, moved[0].tag.holder, amount)
        self._join_all(moved)
        return moved

    def _divide(self, at: int) -> None:
        """Let an edge be at a unit, whatever splits it takes."""
        if at in self._lots or at in self._ends:
            return
        for lot in self._lots.values():
            if lot.start < at < lot.end:
                self._cut(lot, at, bound=False)
                return

    def _freezable(self, holder: str) -> list[Lot]:
        pledged = [
            lot
            for lot in self._lots.values()
            if lot.tag.state == "pledged" and lot.tag.holder == holder
        ]
        free = sorted(self._free_lots(holder, unfinanced=False), key=largest_first)
        return [*free, *sorted(pledged, key=largest_first)]


def _without(tag: Tag, lock: str) -> Tag:
    """The tag once a lock has ended: what goes on below or above it stays."""
    others = [one for one in tag.lock.split() if one != lock]
    if not others:
        return tag._replace(state="free", lock="")
    goes_on = tag.state if tag.lock.split()[0] != lock else "pledged"
    return tag._replace(state=goes_on, lock=" ".join(others))
