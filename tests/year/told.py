"""What every chapter of the year has: its parties, what it came to, and what had to be refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.year.trade import Trade

million = 1_000_000_00
#: The worked case: 9,000,000.00, of which a bank finances 3,133,671.78, and 8,000,000.00 are paid on the day.
face, held, short = 900_000_000, 313_367_178, 800_000_000
share_ppm, grace_days, waiting_days, payment_days = 900_000, 20, 45, 15


@dataclass
class Told:
    """`told`: what each chapter came to, in minor units; `refused`: the codes of what had to be refused."""

    trade: Trade
    told: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def _settled(self, name: str) -> None:
        found = self.trade.read(name)
        assert found["head"]["status"] == "settled", found["head"]

    def _net(self, amount: int, due_on: str, rate_ppm: int = 42_000) -> int:
        today = self.trade.stage.today
        return int(self.trade.figures(amount, rate_ppm, today, due_on).net)
