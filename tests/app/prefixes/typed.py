"""Commands of an operator on the store of a world, whose keys lie in the node's key store."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.world import Seeded, World, core, key, log, node, root
from typer.testing import CliRunner, Result

from tallystick.app import cli
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError, log_verifier

prefix, there = "99.100.1", "log.example/b/simulated"
holder_there = "99/O-HOLDER0000000"


class Typed:
    """`sign`: what the holder adds, whose key the node does not hold."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, origin: str, seed: str) -> None:
        self.home, self.monkeypatch = home, monkeypatch
        home.mkdir()
        self.world = World(
            f"sqlite:///{home / 'ledger.sqlite3'}", home / "signer", rule_set(),
            origin=origin, random=Seeded(seed),
        )  # fmt: skip
        keys = Node.at(Settings(home=home)).keys
        for reference in (f"300:{log}", f"301:{log}", f"300:{root}", f"300:{node}"):
            keys.add(key(reference))
        self.pem = home / "core.pem"
        key(f"300:{core}").private.save(self.pem)
        self.sign = ("--author", f"300:{core}", "--author-key", self.pem)

    def run(self, *words: object) -> Result:
        self.monkeypatch.setenv("TALLYSTICK_HOME", str(self.home))
        return CliRunner().invoke(cli.cli, ["prefix", *(str(word) for word in words)])

    def done(self, *words: object) -> str:
        found = self.run(*words)
        assert found.exit_code == 0, (found.exception, found.output)
        return found.output

    def refused(self, *words: object) -> str:
        error = self.run(*words).exception
        assert isinstance(error, TallystickError), error
        return error.code

    def vkey(self) -> str:
        with self.world.reader.open() as snapshot:
            return log_verifier(snapshot.view).encode()
