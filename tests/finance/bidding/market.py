"""A holder with a live certificate, and banks that bid for it."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, bank, digest, maker, other_bank, supplier

from tallystick import finance

third_bank, fourth_bank = "99.100/O-BNK3", "99.100/O-BNK4"
banks = (bank, other_bank, third_bank, fourth_bank)
#: 150,000.00 of the worked example in research §6.8, half a year before the due date.
amount = 15_000_000
value_on = "2026-01-20"
sealing, opening, accepting = (
    f"2026-01-{day}T02:00:00.000Z" for day in ("12", "14", "15")
)  # fmt: skip


class Market(Desk):
    def __init__(self, face: int = 900_000_000) -> None:
        super().__init__()
        for handle in (third_bank, fourth_bank):
            self.enrol(handle, "bank")
        self.certificate = self.live(face)

    def tender(self, by: str = supplier, **changed: Any) -> str:
        told = {
            "certificate": self.certificate, "amount": amount, "funders": banks, "value_on": value_on,
            **changed,
        }  # fmt: skip
        return self.play("finance.tender.open/1", maker(by), finance.TenderOpen(**told))

    def seal(self, tender: str, funder: str, rate_ppm: int, by: str | None = None) -> str:
        sealed = finance.commitment(tender, funder, rate_ppm, salt_of(funder))
        body = finance.BidSeal(tender=tender, commitment=sealed)
        return self.play("finance.bid.seal/1", maker(by or funder), body)

    def opened(self, tender: str, funder: str, rate_ppm: int, **changed: Any) -> finance.BidOpen:
        """What the funder says when it opens, with the right figures unless `changed`."""
        row = self.row("tender", tender)
        figures = finance.discounted(
            finance.DiscountTerms(row["amount"], rate_ppm, row["value_on"], row["due_on"])
        )
        told: dict[str, Any] = {
            "tender": tender, "rate_ppm": rate_ppm, "salt": salt_of(funder), "due_on": row["due_on"],
            "days": figures.days, "discount": figures.discount, "net": figures.net, **changed,
        }  # fmt: skip
        return finance.BidOpen(**told)

    def open(self, tender: str, funder: str, rate_ppm: int, **changed: Any) -> str:
        body = self.opened(tender, funder, rate_ppm, **changed)
        return self.play("finance.bid.open/1", maker(funder), body)

    def status(self, tender: str, funder: str) -> str:
        return str(self.row("bid", tender, funder)["status"])


def salt_of(funder: str) -> str:
    return digest(f"salt of {funder}")
