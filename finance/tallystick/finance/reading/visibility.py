"""Who sees what of a certificate. The table is printed in the reference, and tried cell by cell.

Whoever reads has one or more parts in it, and sees what any of them shows:

    issuer           the core enterprise that owes it
    paying bank      states its payment
    original holder  delivered for it
    holder           holds a part, held one, or has one offered; also a pledgee
    funder           a holder, buyer or pledgee that is a bank
    mirror           a full mirror, an auditor, a regulator

An earlier rule showed each party the whole certificate: a supplier of the fourth tier read the prices of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from tallystick.finance.draft import Row, row
from tallystick.finance.receivables.budgets import holdings_max
from tallystick.ledger import Reader, Thing, View

Part = Literal["issuer", "paying bank", "original holder", "holder", "funder", "mirror"]
Cell = Literal["all", "own", "at record time", "of its units", "-"]
Section = Literal[
    "promise", "evidence", "holders", "hops", "financing", "notices", "holds", "payment"
]
parts: tuple[Part, ...] = get_args(Part)

#: What each section is made of, for the printed table.
sections: Mapping[Section, str] = {
    "promise": "issuer, face, dates, terms, status, paying bank",
    "evidence": "contracts, orders, invoices, receipts on which it rests; the original holder's name",
    "holders": "who holds how much, and in which state",
    "hops": "transfers and offers, with their trade evidence",
    "financing": "quotes and financings, rates and prices",
    "notices": "of which assignments the debtor was told: from whom, to whom, how much",
    "holds": "pledges, locks, disputes, cancellations, freezes, and splits left",
    "payment": "claims and payouts",
}
table: Mapping[Section, Mapping[Part, Cell]] = {
    "promise": dict.fromkeys(parts, "all"),
    "evidence": {
        "issuer": "all", "paying bank": "-", "original holder": "all", "holder": "-",
        "funder": "of its units", "mirror": "all",
    },
    "holders": {
        "issuer": "at record time", "paying bank": "at record time", "original holder": "own",
        "holder": "own", "funder": "own", "mirror": "all",
    },
    "hops": {**dict.fromkeys(parts, "own"), "mirror": "all"},
    "financing": {**dict.fromkeys(parts, "own"), "mirror": "all"},
    "notices": {**dict.fromkeys(parts, "own"), "issuer": "all", "paying bank": "-", "mirror": "all"},
    "holds": {**dict.fromkeys(parts, "own"), "mirror": "all"},
    "payment": {
        "issuer": "at record time", "paying bank": "at record time", "original holder": "own",
        "holder": "own", "funder": "own", "mirror": "all",
    },
}  # fmt: skip
#: What a promise says, without the trade on which it rests: fields of `finance.confirm.propose/1`.
promise_fields = (
    "/amount", "/currency", "/due_on", "/zone", "/paying_bank", "/roll", "/calendar", "/rolled_days",
    "/splits",
)  # fmt: skip
#: The same of `finance.policy.confirm/1`, and of the policy that names the rest: `finance.policy.propose/1`.
confirmed_fields = ("/policy", "/amount", "/due_on")
policy_fields = (
    "/organisation", "/service", "/currency", "/certificate_max", "/until", "/zone", "/paying_bank",
    "/roll", "/calendar", "/rolled_days",
)  # fmt: skip
#: Of these types fields are shown to who may not read the whole: they are signed with `fields_root` (formats §6).
shown_in_part = frozenset({"finance.confirm.propose/1", "finance.confirm.approve/1"})
#: Members of a certificate that only whoever sees its evidence sees.
_of_evidence = (
    "invoice", "contracts", "proposal", "policy", "holder", "evidence", "erp", "accepted", "refused",
)  # fmt: skip
#: Between issuer and original holder.
_of_both = ("disputed",)

Units = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader may see of one certificate.

    `mine` says whether a thing of these organisations is the reader's own. `units`: the ranges whose evidence it
    sees. `everybody`: whether it sees all holders, claims and payouts; `mirrored`: all else, too.
    """

    mine: Callable[..., bool]
    mirrored: bool
    everybody: bool
    whole: bool
    units: tuple[Units, ...]

    @property
    def evidence(self) -> bool:
        """Whether it sees any of the trade behind the certificate."""
        return self.whole or bool(self.units)

    def shown(self, start: int, end: int) -> Iterator[Units]:
        """Of units [start, end), those whose evidence the reader sees."""
        if self.whole:
            yield start, end
            return
        for low, high in self.units:
            if low < end and start < high:
                yield max(low, start), min(high, end)

    def head(self, found: Row) -> dict[str, Any]:
        hidden = () if self.whole else (*_of_evidence, *_of_both)
        return {key: value for key, value in found.items() if key not in hidden}

    def hop(self, *sides: object) -> bool:
        return self.mirrored or self.mine(*sides)

    def holding(self, view: View, found: Row) -> bool:
        return self.everybody or self.mine(found["holder"], *_pledgee(view, found))


def sight(view: View, reader: Reader, name: str, found: Row) -> Sight:
    """Of a certificate that the reader is known to take part in, or to be let read."""
    looking, thing = reader.staying(), Thing("certificates", name)

    def mine(*organisations: object) -> bool:
        return looking.may_read("parties", organisations, thing=thing)

    mirrored = mine()
    payer = mine(found["issuer"], found["paying_bank"])
    recorded = bool(view.group("claim", name)) or found["status"] in ("partially_paid", "settled")
    whole = mirrored or mine(found["issuer"], found["holder"])
    return Sight(
        mine=mine,
        mirrored=mirrored,
        everybody=mirrored or (payer and recorded),
        whole=whole,
        units=() if whole else tuple(_joined(_funded(view, name, mine))),
    )


def _funded(view: View, name: str, mine: Callable[..., bool]) -> Iterator[Units]:
    """The units that a funder among the reader's own holds, is offered or secured by."""
    asked = {**_asked(view, "offer", name, "to"), **_asked(view, "quote", name, "bank")}
    asked |= _asked(view, "pledge", name, "to")
    for value in view.group("holding", name).values():
        lot = cast(Row, value)
        sides = [lot["holder"], *[asked[lock] for lock in lot["lock"].split() if lock in asked]]
        if any(_is_bank(view, side) and mine(side) for side in sides):
            yield lot["start"], lot["end"]


def _asked(view: View, kind: str, name: str, side: str) -> dict[str, str]:
    """To whom what is open of a certificate is offered, by its lock."""
    found = view.find(f"{kind}-of-certificate", name, limit=holdings_max)
    return {one.name: str(one.value[side]) for one in found}


def _pledgee(view: View, lot: Row) -> Iterator[str]:
    for lock in lot["lock"].split():
        found = row(view.get("pledge", lock))
        if found is not None:
            yield str(found["to"])


def _is_bank(view: View, organisation: str) -> bool:
    found = row(view.get("organisation", organisation))
    return found is not None and "bank" in found["capacities"]


def _joined(units: Iterator[Units]) -> Iterator[Units]:
    """Neighbours as one range."""
    last: Units | None = None
    for start, end in units:
        if last is not None and last[1] == start:
            last = (last[0], end)
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last
