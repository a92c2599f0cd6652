"""`tallystick prefix` as two operators type it: a lease, a suspension, and a move between two stores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.ledger.world import Seeded, World, core, key, log, node, root, supplier
from typer.testing import CliRunner, Result

from tallystick.app import cli
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.prefixes import cli as prefix_cli
from tallystick.app.prefixes import moving_cli
from tallystick.app.prefixes.figures import Figures
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, RegisterOrganisation
from tallystick.ledger import TallystickError, log_verifier

prefix, there = "99.100.1", "log.example/b/simulated"
holder_there = "99/O-HOLDER0000000"


class Typed:
    """Commands on the store of a world, whose keys lie in the node's key store."""

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


@pytest.fixture
def operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Typed, Typed]:
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for module in (prefix_cli, moving_cli):
        monkeypatch.setattr(module, "console", Console(width=300))
    a = Typed(tmp_path / "a", monkeypatch, "log.example/tests/simulated", "a")
    a.world.populate()
    b = Typed(tmp_path / "b", monkeypatch, there, "b")
    body = RegisterOrganisation(
        organisation=holder_there, name={"en": "H"}, scheme="none", capacities=("supplier",)
    )
    b.world.add(root, "identity.organisation.register/1", body)
    return a, b


def test_leases_are_let_shown_and_suspended(operators: tuple[Typed, Typed]) -> None:
    a, _ = operators
    told = a.done("delegate", "99.100.9", supplier, "--quota", 5,
                  "--expires", "2999-01-01T00:00:00.000Z")  # fmt: skip
    assert told.startswith("99.100.9: delegate, entry ")
    assert a.refused("delegate", "99.100.9", supplier) == "already-registered"
    assert a.refused("delegate", "99.100.x", supplier) == "prefix-refused"
    a.done("suspend", "99.100.9", "--reason", "unpaid")
    shown = json.loads(a.done("show", "99.100.9"))
    assert (shown["state"], shown["quota"], shown["used"]) == ("suspended", 5, 0)
    assert "suspended" in a.done("list", "--holder", supplier)
    a.done("lift", "99.100.9")
    a.done("renew", "99.100.9", "--quota", 7)
    assert json.loads(a.done("show", "99.100.9"))["quota"] == 7
    assert a.refused("show", "98") == "prefix-not-found"
    assert a.refused("statistics", "98") == "prefix-not-found"
    # The node holds no key of the holder, who signs with its own.
    assert a.refused("hand", prefix, supplier) == "key-missing"
    a.done("hand", prefix, supplier, "--author", f"300:{core}", "--author-key", a.pem)
    assert json.loads(a.done("show", prefix))["holder"] == supplier
    figures = Figures(Node.existing(Settings(home=a.home)))
    figures.counts.count(prefix, "found")
    figures.flush()
    assert a.done("statistics", prefix).count(" 1 ") == 1


def test_a_prefix_is_carried_from_one_operator_to_the_other(
    operators: tuple[Typed, Typed], tmp_path: Path
) -> None:
    a, b = operators
    body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/SN-1", values=()),))
    a.world.add(core, "identity.handle.create/1", body)
    with a.world.reader.open() as snapshot:
        vkey = log_verifier(snapshot.view).encode()
    out = tmp_path / "out"
    assert a.refused("carry", prefix, out) == "prefix-not-leaving"
    sign = ("--author", f"300:{core}", "--author-key", a.pem)
    assert a.refused("leave", prefix, "--to", there, "--address", "b", *sign) == (
        "prefix-leave-refused"
    )
    told = a.done("leave", prefix, "--to", there, "--address", "https://b.example", *sign)
    assert "2 records go along" in told
    for _ in range(2):
        a.done("carry", prefix, out)
    assert sorted(path.name for path in out.iterdir()) == ["batch-000000.json", "proof.tally"]
    arrive = ("arrive", prefix, out, "--holder", holder_there, "--address", "https://a.example")
    with b.world.reader.open() as snapshot:
        wrong = log_verifier(snapshot.view).encode()
    assert b.refused(*arrive, "--log-key", wrong) == "bundle-wrong-log-key"
    for _ in range(2):
        assert "is at home here" in b.done(*arrive, "--log-key", vkey)
    shown = json.loads(b.done("show", prefix))
    assert (shown["state"], shown["holder"]) == ("active", holder_there)
    assert json.loads(a.done("show", prefix))["home"]["url"] == "https://b.example"
