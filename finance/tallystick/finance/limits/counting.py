"""What is used and reserved under every limit, set or not, counted where lots are written.

    limit  <kind> <whose> [<of whom>]  part <currency>  {used, reserved, amount?, version?, owner?, proposer?, approver?,
                                                        index?, time?}

A cent is used from its issue until its lot is paid or cancelled: under its issuer's core limit, and while a bank holds
it, under that funder's, its one on the core, and, if a funder paid for it, its one on the seller of that financing. A
cent is reserved for a funder while an accepted quote of its locks it, and no longer: whatever ends the lock, ends
the reservation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tallystick.finance.draft import Draft, Row, row
from tallystick.ledger import State

_over = ("paid", "cancelled")
#: Units by whether they are reserved or used, under each limit. (No `Counter`: to make one takes five times as long, and
#: each act makes several.)
Counted = defaultdict[tuple[str, str], int]


def core_limit(core: str) -> str:
    return f"core {core}"


def group_limit(group: str) -> str:
    """Of a group by its name, `<node>#<code>`; what its members use is counted under their own."""
    return f"group {group}"


def funder_limits(funder: str, core: str, *sellers: str) -> tuple[str, ...]:
    """Those under which a cent of a core counts that a funder holds, or has financed from a seller."""
    held = (f"funder {funder}", f"funder-core {funder} {core}")
    return (*held, *(f"supplier {funder} {seller}" for seller in sellers))


def count(
    draft: Draft, issuer: str, currency: str, before: Iterable[Row], after: Iterable[Row]
) -> None:
    """Lots of a certificate were these, and are these now: the counters follow."""
    units, gone = alive(after), alive(before)
    for key, amount in gone.items():
        units[key] -= amount
    for (limit, what), amount in sorted(counted(draft, issuer, units).items()):
        if amount:
            zero = {"used": 0, "reserved": 0}
            found = {**zero, **(draft.row("limit", limit, currency) or {})}
            draft.put("limit", limit, {**found, what: found[what] + amount}, currency)


def alive(lots: Iterable[Row]) -> defaultdict[tuple[str, str, str], int]:
    """Units that are still owed, by holder, lock and batch."""
    units: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for lot in lots:
        if lot["state"] not in _over:
            units[lot["holder"], lot["lock"], lot["batch"]] += lot["end"] - lot["start"]
    return units


def counted(state: State, issuer: str, units: Mapping[tuple[str, str, str], int]) -> Counted:
    """Under which limits units of an issuer's certificate are used and reserved."""
    found: Counted = defaultdict(int)
    held: defaultdict[str, int] = defaultdict(int)
    financed: defaultdict[tuple[str, str], int] = defaultdict(int)
    locked: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (holder, lock, batch), amount in units.items():
        found[core_limit(issuer), "used"] += amount
        held[holder] += amount
        financed[holder, batch] += amount
        for word in lock.split():
            locked[holder, word] += amount
    for holder, amount in held.items():
        if amount and _is_bank(state, holder):
            for limit in funder_limits(holder, issuer):
                found[limit, "used"] += amount
    for (holder, batch), amount in financed.items():
        seller = _quote(state, batch).get("holder") if amount else None
        if seller is not None and _is_bank(state, holder):
            found[f"supplier {holder} {seller}", "used"] += amount
    for (holder, lock), amount in locked.items():
        quote = _quote(state, lock) if amount else {}
        # What the funder holds already, its payment not final yet, is used; a debtor that pays early finances nothing.
        if quote and quote["bank"] not in (holder, issuer):
            for limit in funder_limits(quote["bank"], issuer, quote["holder"]):
                found[limit, "reserved"] += amount
    return found


def sellers_of(state: State, lots: Iterable[Any]) -> Counter[str]:
    """From whom units were financed, of lots of a book."""
    sums: Counter[str] = Counter()
    for lot in lots:
        if seller := _quote(state, lot.tag.batch).get("holder"):
            sums[str(seller)] += lot.end - lot.start
    return sums


def _is_bank(state: State, holder: str) -> bool:
    found = row(state.get("organisation", holder))
    return found is not None and "bank" in found["capacities"]


def _quote(state: State, name: str) -> Row:
    """The quote that is a lock or a batch, if it is one."""
    return (row(state.get("quote", name)) if name else None) or {}
