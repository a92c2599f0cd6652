"""A copy of the demo's store that somebody may write to, served to a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from tests import loopback
from tests.app.pages import browser
from tests.patience import patience_s

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.ledger import Ledger


@dataclass
class Place:
    """The demo's store, copied, with a log that appends, and a browser in front of it."""

    node: Node
    ledger: Ledger
    url: str
    tab: browser.Tab

    def play(self, person: str, path: str) -> None:
        self.tab.open(f"{self.url}{path}")
        self.tab.events.clear()
        self.tab.value(
            "(() => { const form = document.querySelector('form.play');"
            f" form.elements.person.value = '{person}'; form.requestSubmit(); }})()"
        )
        self.tab.loaded()

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.tab.value(
                f"document.querySelector('form.paper').elements[{json.dumps(name)}].value"
                f" = {json.dumps(value)}"
            )

    def confirm(self) -> None:
        """In the dialog that shows what is signed."""
        self.tab.until("document.getElementById('signing').open")
        self.tab.events.clear()
        self.tab.value("document.querySelector('#signing [data-part=sign]').click()")
        self.tab.loaded()

    def wait_for(self, file: Path) -> None:
        """Chromium renames a download when it is whole."""
        end = monotonic() + patience_s
        while not file.exists():
            assert monotonic() < end, file
            sleep(0.02)

    def press(self, selector: str) -> None:
        self.tab.value(f"document.querySelector({json.dumps(selector)}).click()")


@contextmanager
def served(demo_node: Node, home: Path) -> Iterator[Place]:
    """`home`: an empty folder for the copy."""
    node = Node.at(Settings(home=home, database_url="", verify_processes=0))
    demo_node.store.copy_to(node.store)
    for path in sorted(demo_node.settings.folder.rglob("*")):
        inside = path.relative_to(demo_node.settings.folder)
        if path.is_file() and inside.parts[0] in ("keys", "master", "signer", "demo.json"):
            (home / inside).parent.mkdir(parents=True, exist_ok=True)
            (home / inside).write_bytes(path.read_bytes())
    with (
        node.writer() as ledger,
        loopback.listening() as port,
        loopback.serving(create_app(node, ledger), port),
        browser.tab() as tab,
    ):
        yield Place(node, ledger, loopback.address(port), tab)
