"""Names, relations and contents as an operator types them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.cli import cli
from tallystick.app.naming import content_cli, names_cli, relations_cli
from tallystick.app.naming.speaking import enter
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import TallystickError

gtin, serial = "09506000134352", "09506000134352(21)SN-1"


@dataclass
class Operator:
    """A node with two organisations that hold `99.1` and `99.2`, each with a record."""

    first: str
    second: str
    root: str

    def run(self, *arguments: str, code: int = 0) -> str:
        result = self.result(*arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    def refused(self, *arguments: str) -> str:
        error = self.result(*arguments).exception
        assert isinstance(error, TallystickError)
        return error.code

    def result(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_HOME", str(home))
        patched.setenv("TALLYSTICK_DATABASE_URL", "")
        patched.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
        # A console takes its width when its module is loaded, perhaps by another test.
        for module in (content_cli, names_cli, relations_cli):
            patched.setattr(module, "console", Console(width=250))
        yield _made()


def _made() -> Operator:
    node = Node.at(Settings())
    root = "99/O-ROOT000000000"
    node.create(NewLog("naming.example", "99/L-LOG0000000000", root, {"en": "Root"}))
    with node.writer() as ledger:
        new = [NewOrganisation({"en": name}, "core", prefix=f"99.{name}") for name in "12"]
        first, second = (register_organisation(node, ledger, one) for one in new)
    value = HandleValue(index=1, type="NAME", data="a pack")
    for owner, prefix in ((first, "99.1"), (second, "99.2")):
        made = HandleRecord(handle=f"{prefix}/PACK", values=(value,))
        enter(node, "identity.handle.create/1", CreateHandles(handles=(made,)), owner)
    return Operator(first, second, root)


def test_a_code_is_claimed_contested_settled_and_resolved(operator: Operator) -> None:
    typed = ("sgtin", "(01) 9506000134352(21)SN-1")
    assert "names no record" in operator.run("name", "resolve", *typed, code=1)
    before = ("--continues", "https://old.example/7", "--evidence", "ab" * 32)
    operator.run("name", "claim", "99.1/PACK", *typed, *before)
    assert operator.refused("name", "claim", "99.2/PACK", *typed) == "name-claimed"
    operator.run("name", "contest", "99.2/PACK", *typed, "--reason", "copied")
    told = operator.run("name", "contests", operator.second)
    assert operator.first in told
    assert operator.root in told
    settle = ("name", "settle", "99.2/PACK", *typed, "--outcome")
    assert operator.refused(*settle, "granted", "--as", operator.first) == "not-entitled"
    assert operator.refused(*settle, "perhaps", "--as", operator.root) == "said-wrongly"
    operator.run(*settle, "granted", "--as", operator.root)
    assert "names 99.2/PACK" in operator.run("name", "resolve", *typed)
    assert "granted" in operator.run("name", "list", "99.1/PACK")
    operator.run("name", "release", "99.2/PACK", *typed)


def test_what_is_mistyped_is_named(operator: Operator) -> None:
    assert operator.refused("name", "claim", "99.1/PACK", "gtin", gtin[:-1] + "3") == "code-refused"
    assert operator.refused("name", "claim", "99.1/PACK", "isbn", "1") == "scheme-unknown"
    by = ("--as", "99/O-NOBODY0000000")
    assert operator.refused("name", "claim", "99.1/PACK", "gtin", gtin, *by) == "key-missing"
    bad = ("name", "claim", "99.1/PACK", "gtin", gtin, "--continues", "ftp://old.example")
    assert operator.refused(*bad) == "said-wrongly"
    assert "customs-cn" in operator.run("name", "schemes")


def test_relations_are_agreed_by_both_owners_on_one_node(operator: Operator) -> None:
    operator.run("relation", "add", "99.1/PACK", "replaced-by", "99.2/PACK")
    back = ("relation", "add", "99.2/PACK", "replaced-by", "99.1/PACK")
    assert operator.refused(*back) == "relation-cycle"
    assert "replaced-by" in operator.run("relation", "list", "99.2/PACK")
    gone = ("relation", "remove", "99.1/PACK", "replaced-by", "99.2/PACK")
    operator.run(*gone, "--as", operator.second)
    assert operator.refused(*gone) == "relation-unknown"


def test_a_file_is_registered_by_its_digests_and_found_again(
    operator: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "drawing.svg"
    file.write_bytes(b"<svg/>" * 400_000)
    said = ("content", "register", str(file), "--handle", "99.1/PACK", "--what", "drawing")
    assert operator.refused(*said, "--licence", "Nobody-1.0") == "said-wrongly"
    assert operator.refused(*said) == "said-wrongly"
    assert operator.refused(*said, "--licence", "MIT", "--also", "md5") == "said-wrongly"
    assert "Nobody" in operator.run("content", "find", str(file), code=1)
    told = operator.run(*said, "--licence", "mit", "--also", "sha3-256")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in told
    assert operator.refused(*said, "--licence", "MIT") == "content-known"
    found = operator.run("content", "find", str(file))
    assert "99.1/PACK" in found
    assert "MIT" in found
