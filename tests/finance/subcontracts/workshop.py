"""A desk on which a supplier makes parts of the buyer's material, for a fee."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.statements.office import Office

from tallystick import finance
from tallystick.finance.subcontracts.balance import Balance, balance_of

subcontracts = finance.subcontracts
steel, screws = "ST-37", "M8"
ppm = 1_000_000
tasks = (
    subcontracts.Use(order_line=1, item=steel, quantity=1_250),
    subcontracts.Use(order_line=1, item=screws, quantity=8, per=3),
)


def material(item: str = steel, **changes: Any) -> finance.subcontracts.Material:
    told: dict[str, Any] = {"item": item, "part": f"99.100.8/{item}", "loss_ppm": 20_000}
    if item == steel:
        told |= {"unit": "KGM", "scale": 3}
    return subcontracts.Material(**{**told, **changes})


def agreed(
    desk: Desk, order: str, *, buyer: str = core, seller: str = supplier, **changes: Any
) -> None:
    """Materials that the subcontractor agrees to."""
    desk.play(
        "finance.agree/1",
        maker(seller),
        finance.Agree(proposal=propose(desk, order, buyer=buyer, **changes)),
    )


def propose(desk: Desk, order: str, *, buyer: str = core, **changes: Any) -> str:
    told: dict[str, Any] = {"materials": (material(), material(screws)), "uses": tasks}
    body = subcontracts.Subcontract(order=order, **{**told, **changes})
    return desk.play("finance.subcontract/1", maker(buyer), body)


class Workshop(Office):
    """One order of 1,000 parts at a fee of 3.20 and 13 %: each takes 1.250 kg of steel, three of them 8 screws."""

    def __init__(self) -> None:
        super().__init__()
        self.order_name = self.ordered("PO-FEE", 320)
        self.noted = 0
        agreed(self, self.order_name)

    def note(self, moved: str, item: str, quantity: int, **changes: Any) -> str:
        """Put on record and not answered; its name."""
        self.noted += 1
        author = core if moved == "issue" else supplier
        reason = {"reason": "process"} if moved == "loss" else {}
        line = {"item": item, "quantity": quantity, "scale": 3 if item == steel else 0}
        lines = (subcontracts.MaterialLine(**{**line, **changes}),)
        told: dict[str, Any] = {"moved": moved, "moved_on": "2026-01-20", "lines": lines, **reason}
        body = subcontracts.MaterialNote(number=f"M-{self.noted}", order=self.order_name, **told)
        self.play("finance.material/1", maker(author), body)
        return f"{author}#M-{self.noted}"

    def move(self, moved: str, item: str, quantity: int, **changes: Any) -> str:
        """Put on record and agreed to by the other firm, where it asks for that."""
        name = self.note(moved, item, quantity, **changes)
        if self.row("material-note", name)["status"] == "proposed":
            self.answer(name)
        return name

    def answer(self, name: str, *, accepted: bool = True) -> None:
        note = self.row("material-note", name)
        taker = supplier if note["moved"] == "issue" else core
        kind, body = "finance.agree/1", finance.Agree(proposal=note["proposal"])
        if not accepted:
            kind, body = "finance.decline/1", finance.Decline(proposal=note["proposal"])
        self.play(kind, maker(taker), body)

    def stock(self, item: str = steel) -> Balance:
        return balance_of(self.state, self.order_name, item)

    def parts(self, quantity: int, *, bad: bool = False) -> str:
        return self.received(self.order_name, 1, quantity, bad=bad)
