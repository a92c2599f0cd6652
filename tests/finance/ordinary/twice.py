"""A desk at which invoices are paid beside their certificates."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import core, maker
from tests.finance.holdings.vault import Vault
from tests.finance.settlement.cashier import Cashier
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.ledger import Reader


class Twice(Cashier, Vault):
    def invoice_of(self, name: str) -> str:
        return str(self.row("certificate", name)["invoice"])

    def ordinary(self, invoice: str, amount: int, by: str = core, **more: Any) -> str:
        told = {"reference": "E2E-O", "evidence": self.evidence(), "paid_at": self.time, **more}
        body = finance.OrdinaryPaid(invoice=invoice, currency="CNY", amount_minor=amount, **told)
        return self.play("finance.ordinary.paid/1", maker(by), body)

    def close(self, invoice: str, how: Any, by: str = core, **more: Any) -> str:
        told = {"reference": "E2E-O", "at": self.time, **more}
        body = finance.OrdinaryClose(invoice=invoice, how=how, **told)
        return self.play("finance.ordinary.close/1", maker(by), body)

    def seen(self, organisation: str) -> list[finance.views.OrdinaryView]:
        """What an organisation is shown of its own."""
        reading = Reading(MemoryView(self), Reader.party(organisation))
        return list(finance.views.ordinary_payments(reading, organisation).rows)  # type: ignore[arg-type]

    def excess(self, organisation: str = core) -> int:
        """What is paid twice, as an organisation sees it."""
        return sum(one.excess for one in self.seen(organisation))
