"""A node of its own with a firm that mints, and its operator at the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import Node
from tallystick.app.cli import cli as commands
from tallystick.app.minting.cli import cli
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.ledger import log_verifier

prefix = "99.7"


class Desk:
    """A node of its own with one firm, and its operator at the keyboard."""

    def __init__(self, home: Path) -> None:
        self.home = home
        assert CliRunner().invoke(commands, ["init"]).exit_code == 0
        self.node = Node.existing(Settings())
        with self.node.writer() as book:
            self.firm = register_organisation(
                self.node, book, NewOrganisation({"en": "Maker"}, "core", prefix=prefix)
            )
            self.other = register_organisation(
                self.node, book, NewOrganisation({"en": "Other"}, "supplier")
            )
        with self.node.reader.open() as snapshot:
            self.log_key = log_verifier(snapshot.view).encode()

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words])

    def ok(self, *words: object) -> str:
        told = self.run(*words)
        assert told.exit_code == 0, told.output + repr(told.exception)
        return told.output

    def codes(self, name: str = "codes.ndjson") -> list[str]:
        return [json.loads(line)["handle"] for line in (self.home / name).read_text().splitlines()]

    def batch(self, count: int = 20, name: str = "codes.ndjson", *more: object) -> str:
        labels = self.home / name
        return self.ok(
            "batch", prefix, count, "--labels", labels, "--author", self.firm, "--value",
            "NAME=Plate", *more,
        )  # fmt: skip
