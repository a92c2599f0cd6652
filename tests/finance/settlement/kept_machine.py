"""The machine of a certificate's money over a database, or over memory alone."""

from __future__ import annotations

from tests.finance.holdings.kept import Kept
from tests.finance.settlement.after_due import Settlement

from tallystick.ledger.state import Change
from tallystick.ledger.store import Store


def stored(store: Store | None) -> type[Settlement]:
    class Machine(Settlement):
        kept: Kept | None = None

        def __init__(self) -> None:
            super().__init__()
            if store is not None:
                begun = list(self.desk.state.documents())
                self.kept = Kept(store, self.desk.rules)
                self.kept.apply(Change(*key[:2], value, key[2]) for key, value in begun)
                self.desk.state = self.kept  # type: ignore[assignment]
                self.in_memory = False

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                if self.kept is not None:
                    self.kept.undo()

    return Machine
