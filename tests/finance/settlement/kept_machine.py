"""The machine of a certificate's money over a database, or over memory alone.

Over a database each run ends with an audit: what was played is signed and said again on an empty log of the same kind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from tests import postgres
from tests.finance.holdings.kept import Kept
from tests.finance.settlement.after_due import Settlement
from tests.finance.settlement.signed import signed
from tests.finance.test_certificate_machine import reached

from tallystick.ledger.state import Change
from tallystick.ledger.store import Store


def stored(store: Store | None) -> type[Settlement]:
    server = None if store is None else _server(store.url)

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
                if store is not None:
                    self.audit()
            finally:
                if self.kept is not None:
                    self.kept.undo()

        def audit(self) -> None:
            """Sound, the same money as here, and nothing of any day unexplained."""
            self.desk.block(self.desk.time)  # Whatever waits for a block is done on both.
            with _empty(server) as (folder, url), signed(url, folder / "home") as log:
                log.play(self.desk)
                found = log.check(self.desk)
            reached["audited"] += 1
            reached["audited entries"] += found.entries
            reached["equal days"] += found.days

    return Machine


def _server(url: str) -> postgres.Server | None:
    found = make_url(url)
    return postgres.Server(found) if found.drivername.startswith("postgresql") else None


@contextmanager
def _empty(server: postgres.Server | None) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL of an empty database: on the same server, or a file."""
    with tempfile.TemporaryDirectory(prefix="tallystick-audited-") as made:
        folder = Path(made)
        if server is None:
            yield folder, f"sqlite:///{folder / 'log.sqlite'}"
            return
        with server.fresh_tables() as url:
            yield folder, url
