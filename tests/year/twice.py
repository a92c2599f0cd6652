"""An invoice is paid in the ordinary way, after its certificate was: told by both firms, and paid back."""

from __future__ import annotations

from tests.year.told import Told, million

from tallystick import finance


class Twice(Told):
    def paid_twice(self) -> None:
        """The debtor's ERP pays the first invoice to the seller; both say so, and a bank that pays none of it may not."""
        stage, name = self.trade.stage, self._names["normal"]
        invoice = self.trade.read(name)["head"]["invoice"]
        self._names["paid twice"] = invoice

        def stated(by: str) -> finance.OrdinaryPaid:
            return finance.OrdinaryPaid(
                invoice=invoice, currency="CNY", amount_minor=million, reference="ERP-4711",
                evidence=stage.record(f"ordinary of {by}"), paid_at=stage.now,
            )  # fmt: skip

        bank = stage["east"].refused("finance.ordinary.paid/1", stated("east"))
        self.refused["an ordinary payment by a bank of others"] = bank
        for side in ("alpha", "core"):
            stage[side].say("finance.ordinary.paid/1", stated(side))
        self.told["paid twice"] = self._excess("alpha")
        assert self._excess("core") == self.told["paid twice"]
        assert self._excess("beta") == 0

    def paid_back(self) -> None:
        stage = self.trade.stage
        close = finance.OrdinaryClose(
            invoice=self._names["paid twice"], reference="ERP-4711", how="paid-back",
            evidence=stage.record("ordinary, back"), at=stage.now,
        )  # fmt: skip
        own = stage["alpha"].refused("finance.ordinary.close/1", close)
        self.refused["paid back by the word of who got it"] = own
        stage["core"].say("finance.ordinary.close/1", close)
        assert self._excess("alpha") == self._excess("core") == 0

    def _excess(self, party: str) -> int:
        found = self.trade.stage[party].get("/finance/v1/ordinary-payments")["invoices"]
        return sum(one["excess"] for one in found)
