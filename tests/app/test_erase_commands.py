"""`tallystick erase` and `tallystick keys` as an operator and an owner type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.app.captures import capture
from tests.ledger.world import World, core, key
from typer.testing import CliRunner, Result

from tallystick.app import cli, erase_cli, keys_cli
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.settings import Settings
from tallystick.ledger import Store, TallystickError, vault


class Typed:
    """Commands on the store of a world, whose keys lie in the node's key store."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = f"sqlite:///{home / 'ledger.sqlite3'}"
        self.master = vault.KeyFile(home / "master" / "keys.json")
        self.world = World(self.url, home / "signer", rule_set())
        self.world.store = Store(self.url, vault=vault.Vault(self.master))
        self.world.restart()
        self.world.populate()
        self.index, self.document = capture(self.world)
        node = Node.at(Settings(home=home))
        for reference in (f"300:{self.world_log}", f"301:{self.world_log}"):
            node.keys.add(key(reference))
        self.key = home / "owner.pem"
        key(f"300:{core}").private.save(self.key)

    world_log = "99/L-LOG0000000000"

    def run(self, *words: object, answer: str = "") -> Result:
        return CliRunner().invoke(cli.cli, [str(word) for word in words], input=answer)

    def done(self, *words: object, answer: str = "") -> str:
        found = self.run(*words, answer=answer)
        assert found.exit_code == 0, (found.exception, found.output)
        return " ".join(found.output.split())

    def refused(self, *words: object) -> str:
        error = self.run(*words).exception
        assert isinstance(error, TallystickError), error
        return error.code

    def erase(self, *more: object) -> tuple[object, ...]:
        return (
            "erase", "attachment", self.index, "--reason", "retention-ended", "--holds",
            "event-document", "--author", f"300:{core}", "--key", self.key, *more,
        )  # fmt: skip

    def left(self) -> int:
        with self.world.store.read() as transaction:
            return transaction.count("attachment")


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    monkeypatch.setenv("TALLYSTICK_HOME", str(tmp_path))
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (cli, erase_cli, keys_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    return Typed(tmp_path)


def test_it_shows_what_will_go_and_asks(typed: Typed) -> None:
    said = typed.done(*typed.erase("--dry-run"))
    assert typed.document.hash() in said
    assert f"its owner is {core}" in said
    assert "Nothing was erased" in said
    assert typed.run(*typed.erase(), answer="n\n").exit_code == 1
    assert typed.left() == 1
    said = typed.done(*typed.erase(), answer="y\n")
    assert "Erased by entry" in said
    assert typed.left() == 0
    assert typed.refused(*typed.erase("--yes")) == "nothing-to-erase"
    assert "attachments erased by an entry" in typed.done("audit")
    said = typed.done("erase", "status")
    assert "retention-ended" in said
    assert "may still hold traces" in said
    assert "Scrubbed up to" in typed.done("erase", "scrub")
    assert "may still hold traces" not in typed.done("erase", "status")
    assert "Nothing was left" in typed.done("erase", "again")


def test_it_refuses_by_name(typed: Typed) -> None:
    assert typed.refused(*typed.erase("--yes", "--hash", "0" * 64)) == "nothing-to-erase"
    foreign = typed.home / "foreign.pem"
    key("300:99.100/O-SUPPLIER00000").private.save(foreign)
    words = list(typed.erase("--yes"))
    words[words.index(f"300:{core}")] = "300:99.100/O-SUPPLIER00000"
    words[words.index(typed.key)] = foreign
    assert typed.refused(*words) == "not-the-owner"
    assert typed.run(*typed.erase("--reason", "because")).exit_code == 2
    assert typed.left() == 1


def test_master_keys_are_listed_rotated_backed_up_and_restored(typed: Typed) -> None:
    first = typed.master.current().id
    assert first in typed.done("keys", "list")
    file = typed.home / "elsewhere" / "keys.json"
    assert "destroy it by" in typed.done("keys", "backup", file, "--days", 7)
    assert file.stat().st_mode & 0o077 == 0
    said = typed.done("keys", "rotate")
    assert f"Master key {first} is destroyed" in said
    with typed.world.store.read() as transaction:
        assert transaction.attachments(typed.index) == [typed.document]
    assert first in typed.done("keys", "restore", file)
    assert "That ended an earlier rotation" in typed.done("keys", "rotate")
    assert typed.refused("keys", "restore", typed.key) == "key-backup-refused"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "expires": "2026-01-01T00:00:00.000Z"}))
    assert typed.refused("keys", "restore", file) == "key-backup-expired"


def test_a_lost_file_of_master_keys_is_named(typed: Typed) -> None:
    typed.master.path.unlink()
    assert "NOT HERE" in typed.done("keys", "list")
    assert typed.refused("keys", "rotate") == "master-key-missing"
    said = typed.done("audit")
    assert "attachments sealed for this auditor" in said


def test_a_node_that_lost_its_master_keys_makes_no_first_one_by_itself(typed: Typed) -> None:
    """A file restored over the new one would have lost what was sealed in between."""
    lost = typed.master.current()
    typed.master.path.unlink()
    assert typed.refused(*typed.erase("--yes")) == "master-key-missing"
    assert not typed.master.path.exists()
    said = typed.done("keys", "make", answer="y\n")
    assert lost.id in said
    assert "Erased by entry" in typed.done(*typed.erase("--yes"))
    assert typed.left() == 0


def test_master_keys_from_a_secret_file(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "run" / "secret"
    vault.KeyFile(secret).add([typed.master.current()])
    typed.master.path.unlink()
    monkeypatch.setenv("TALLYSTICK_MASTER_KEY_FILE", str(secret))
    said = typed.done("keys", "list")
    assert str(secret) in said
    assert "NOT HERE" not in said
