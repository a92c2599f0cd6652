"""What a receiving event brings, by despatch line: its serials, and its lots as far as each line has room.

One scan may name several despatch advices of the same seller and buyer. A serial comes on the line that lists it; a
lot fills the lines that list it in the order in which their despatch advices are named, and what is too much stands on
the last, where the tolerance judges it. What no line lists comes on the one line that lists nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentWrong, NotDespatched
from tallystick.finance.trade.progress import present
from tallystick.finance.trade.quantities import rescale, same_unit
from tallystick.trace import canonical

if TYPE_CHECKING:
    from tallystick.trace import EventSummary, Quantity

#: A despatch line: the despatch advice, and the line's part.
Place = tuple[str, str]


@dataclass
class Tally:
    """What one event brings for one despatch line, in the line's scale."""

    quantity: int = 0
    items: list[str] = field(default_factory=list)
    lots: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """`lines`: those of the named despatch advices, in their order."""

    lines: Mapping[Place, Row]
    tallies: dict[Place, Tally] = field(default_factory=dict)

    def _at(self, place: Place) -> Tally:
        return self.tallies.setdefault(place, Tally())

    def _room(self, place: Place) -> int:
        line = self.lines[place]
        pending = self.tallies[place].quantity if place in self.tallies else 0
        return max(0, int(line["quantity"]) - present(line) - pending)

    def _unlisted(self, what: str) -> Place:
        """The one line that lists neither items nor lots, when there is just one."""
        found = [at for at, line in self.lines.items() if not line["items"] and not line["lots"]]
        if len(found) != 1:
            raise NotDespatched(what)
        return found[0]

    def take_item(self, item: str, listing: Sequence[Place]) -> None:
        places = listing or (self._unlisted(item),)
        place = next((at for at in places if self._room(at)), places[-1])
        tally = self._at(place)
        tally.items.append(item)
        tally.quantity += int(10 ** self.lines[place]["scale"])

    def take_lot(self, lot: Quantity) -> None:
        listing = [
            at
            for at, line in self.lines.items()
            if any(row["lot"] == lot.lot for row in line["lots"])
        ]
        places = listing or [self._unlisted(lot.lot)]
        # The finest of their scales: each order line counts in its own.
        finest = max(int(self.lines[at]["scale"]) for at in places)
        left = rescale(lot.quantity, lot.scale, finest)
        for at in places[:-1]:
            own = int(self.lines[at]["scale"])
            step = 10 ** (finest - own)
            taken = min(self._room(at), left // step)
            self._take_of_lot(at, lot, taken)
            left -= taken * step
        self._take_of_lot(places[-1], lot, rescale(left, finest, self.lines[places[-1]]["scale"]))

    def _take_of_lot(self, at: Place, lot: Quantity, quantity: int) -> None:
        if not quantity:
            return
        if not same_unit(lot.unit or "H87", self.lines[at]["unit"]):
            raise DocumentWrong(f"lot {lot.lot} is counted in another unit than ordered")
        tally = self._at(at)
        tally.lots[lot.lot] = tally.lots.get(lot.lot, 0) + quantity
        tally.quantity += quantity


def arrival(draft: Draft, heads: Mapping[str, Row], event: EventSummary) -> Arrival:
    """`heads`: the despatch advices that the event names, in its order. Raises `NotDespatched`, `DocumentWrong`."""
    packages = {item for head in heads.values() for item in head.get("packages", ())}
    lines = {
        (name, part): line
        for name in heads
        for part, line in draft.rows("despatch-line", name).items()
    }
    listing: dict[str, list[Place]] = {}
    for at, line in lines.items():
        for item in line["items"]:
            listing.setdefault(canonical(item), []).append(at)
    found = Arrival(lines)
    for item in event.items:
        if item not in packages:
            found.take_item(item, listing.get(canonical(item), []))
    for lot in event.lots:
        found.take_lot(lot)
    return found
