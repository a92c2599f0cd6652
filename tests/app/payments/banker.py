"""Records of a bank as files, and a person of a bank at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.app.settlement.till import Till
from tests.ledger.world import key
from typer.testing import CliRunner, Result

from tallystick import finance
from tallystick.app.cli import cli

receipt = b"%PDF-1.7\n% a receipt of the bank, number "


def pdf(number: str) -> bytes:
    return receipt + number.encode()


def text(minor: int) -> str:
    return finance.format_amount(minor)


@dataclass(frozen=True)
class Banker:
    place: Till
    home: Path

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, list(words))

    def ran(self, *words: str) -> str:
        answer = self.run(*words)
        assert answer.exit_code == 0, (answer.output, answer.exception)
        return answer.output

    def by(self, person: str) -> tuple[str, ...]:
        file = self.home / f"{person.rpartition('/')[2]}.pem"
        file.write_bytes(key(f"300:{person}").private.pem())
        return ("--author", f"300:{person}={file}", "--node", self.place.site.url)

    def evidence(self, data: bytes) -> tuple[str, str]:
        file = self.home / "record"
        file.write_bytes(data)
        return ("--evidence", str(file))

    def said(self, person: str, *words: str) -> int:
        """Accepted; where it stands."""
        printed = self.ran(*words, *self.by(person))
        self.place.site.world.ledger.seal()
        return int(printed.split("Entry ")[1].split(".")[0])

    def refused(self, person: str, *words: str) -> str:
        """What was raised, in words."""
        answer = self.run(*words, *self.by(person))
        assert answer.exit_code != 0, answer.output
        return f"{getattr(answer.exception, 'code', '')}: {answer.exception}"


def at_home(place: Till, home: Path, monkeypatch: pytest.MonkeyPatch) -> Banker:
    settings = place.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    monkeypatch.setenv("COLUMNS", "400")
    return Banker(place, home)
