"""What a command of the operator shows, lists or writes into a file of what is not public is a look as any other."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.identity.grades.test_fields import field, phone, template, thing
from tests.identity.people.firm import maker
from tests.ledger.world import World, core
from typer.testing import CliRunner, Result

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.main import cli
from tallystick.app.reads import keeping
from tallystick.app.reads.listing import Asked, looks
from tallystick.app.resolving import native as answering
from tallystick.app.settings import Settings
from tallystick.identity import (
    CreateHandles,
    HandleRecord,
    HandleValue,
    native,
    resolve,
    values_for,
)
from tallystick.identity.templates import PublishTemplate
from tallystick.ledger import Reader

#: Commands that take a snapshot unnoted, and why.
unnoted: Mapping[str, tuple[str, ...]] = {
    "whose key it is, or what is said next, before something is signed": (
        "accounts/cli.py register", "anchor/cli.py publish", "calendars/cli.py propose", "credentials/cli.py issue",
        "credentials/materials_cli.py declare", "devices/acts_cli.py _of", "grading/cli.py raise_grade",
        "grading/cli.py sweep", "keys/acts_cli.py _types_of", "keys/acts_cli.py rotate",
        "keys/acts_cli.py _require_no_stream", "keys/binding_cli.py _certificate_of", "keys/binding_cli.py to_bind",
        "keys/officers_cli.py recover", "machines/cli.py _require_author", "machines/cli.py _holds_key",
        "minting/acts_cli.py void", "overseeing/acts_cli.py hand_papers", "overseeing/incident_cli.py tell",
        "people/member_cli.py add", "people/pending_cli.py _decide", "policies/cli.py waiver",
        "policies/cli.py conditions", "policies/cli.py _proposed", "prefixes/moving_cli.py leave_log",
        "prefixes/returning_cli.py come_back", "prefixes/returning_cli.py _declined", "readers_cli.py add",
        "scan_cli.py _with_links", "template_cli.py copy", "template_cli.py _publish", "tenders/cli.py seal",
        "exchange_cli.py _dry_run",
    ),
    "open to everybody by every route": (
        "anchor/cli.py show", "calendars/cli.py list_all", "calendars/cli.py show", "calendars/cli.py check",
        "cli.py init", "erase_cli.py status", "governance/cli.py show", "governance/cli.py policy_file",
        "keys/binding_cli.py anchors", "keys/cli.py list_keys", "log_cli.py checkpoint", "log_cli.py show",
        "log_cli.py key", "log_cli.py recent", "log_cli.py head", "log_cli.py proof", "log_quorum_cli.py print_file",
        "log_quorum_cli.py show", "log_state_cli.py state", "mirror/cli.py status", "naming/content_cli.py find",
        "naming/names_cli.py list_names", "naming/names_cli.py contests", "naming/names_cli.py resolve_name",
        "naming/relations_cli.py list_relations", "organisation_cli.py list_all", "prefixes/cli.py list_all",
        "prefixes/cli.py show", "prefixes/cli.py statistics", "template_cli.py list_all", "template_cli.py show",
        "minting/cli.py show", "minting/cli.py prove", "minting/cli.py check",
    ),
    "of the node itself, and of nobody in the log": (
        "applications/cli.py applications", "applications/cli.py application", "applications/cli.py approve",
        "erase_cli.py scrub", "reads/cli.py list_all", "reads/cli.py tell", "reads/cli.py shown_row",
        "reads/cli.py _stored",
    ),
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node with a record under a template, one value of which is for its owner's roles."""
    at = tmp_path / "home"
    at.mkdir()
    url = f"sqlite:///{at / 'ledger.sqlite3'}"
    told = {"HOME": str(at), "DATABASE_URL": "", "VERIFY_PROCESSES": "0", "COUNTRY": "CN"}
    for name, value in told.items():
        monkeypatch.setenv(f"TALLYSTICK_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    world = World(url, at / "signer", rule_set())
    world.populate()
    fields = (field(2, "PHONE", grade="owner", data_class="personal", mask="phone"),)
    body = PublishTemplate(template=template, version=1, name={"en": "Contact"}, fields=fields)
    world.add(core, "identity.template/1", body)
    value = HandleValue(index=2, type="PHONE", data=phone)
    record = HandleRecord(handle=thing, values=(value,), template=f"1:{template}")
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(record,)))
    world.ledger.seal()
    world.store.close()
    return at


def typed(*words: Any) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def noted() -> list[str]:
    """By which commands the operator looked at what is the core enterprise's, the newest first."""
    found = looks(Node.existing(Settings()), Asked(core), audits=True)
    assert {one.kind for one in found.rows} <= {"operator"}
    return [one.route for one in found.rows]


def test_each_look_at_a_record_is_noted(home: Path, tmp_path: Path) -> None:
    for words, command in (
        (("handle", "proof", thing, tmp_path / "a.tally", "--as", core), "handle proof"),
        (("handle", "export", "99.100.1", "--as", core, "--to", tmp_path / "a"), "handle export"),
        (("handle", "search", "PHONE", phone, "--as", core), "handle search"),
        (("handle", "history", thing, "--as", core), "handle history"),
        (("device", "list", core), "device list"),
        (("share", "list", core), "share list"),
        (("grade", "show", core), "grade show"),
        (("credential", "list", "--as", core), "credential list"),
    ):
        before = len(noted())
        typed(*words)
        told = noted()
        assert told[: len(told) - before] == [f"tallystick {command}"], command


def test_what_may_not_leave_stays_out_of_the_file(home: Path, tmp_path: Path) -> None:
    """The value is for its owner's roles: it leaves to the owner in its own country, and abroad under no permission."""
    here, abroad = tmp_path / "here.ndjson", tmp_path / "abroad.ndjson"
    export = ("handle", "export", "99.100.1", "--as", core)
    typed(*export, "--to", here)
    assert phone in here.read_text()
    typed(*export, "--to", abroad, "--for", "somebody", "--country", "US")
    assert thing in abroad.read_text()
    assert phone not in abroad.read_text()
    whole, cut = tmp_path / "here.tally", tmp_path / "abroad.tally"
    prove = ("handle", "proof", thing)
    typed(*prove, whole, "--as", core)
    typed(*prove, cut, "--as", core, "--to", "somebody", "--country", "US")
    assert [phone in unpacked(file) for file in (whole, cut)] == [True, False]


def unpacked(file: Path) -> str:
    """All that stands in a bundle."""
    with zipfile.ZipFile(file) as bundle:
        return "".join(bundle.read(name).decode(errors="replace") for name in bundle.namelist())


def test_no_command_looks_unnoted_without_a_reason() -> None:
    folder = Path(keeping.__file__).resolve().parents[1]
    found = {
        f"{path.relative_to(folder)} {function.name}"
        for path in folder.rglob("*cli*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and opens_unnoted(function)
    }
    assert found == {one for reasons in unnoted.values() for one in reasons}


def opens_unnoted(function: ast.FunctionDef) -> bool:
    """Whether it takes a snapshot, and neither `looking` nor `noted` writes down what is seen."""
    calls = [one.func for one in ast.walk(function) if isinstance(one, ast.Call)]
    opens = any(
        isinstance(call, ast.Attribute)
        and (
            call.attr == "look"
            or (
                call.attr == "open"
                and isinstance(call.value, ast.Attribute)
                and call.value.attr == "reader"
            )
        )
        for call in calls
    )
    return opens and not any(
        isinstance(call, ast.Name) and call.id in ("looking", "noted") for call in calls
    )


def test_so_is_a_look_by_the_handle_protocol(home: Path) -> None:
    node = Node.existing(Settings())
    log, asker = keeping.ReadLog(node), native.Asker(maker, Reader.party(core, ("maker",)))
    with answering.noting(log)(asker, thing) as reader, node.look() as view:
        record = resolve(view, thing)
        assert record is not None
        assert values_for(reader, record) == ()
    log.flush()
    (found,) = looks(node, Asked(core), audits=True).rows
    told = (found.kind, found.name, found.route, found.path, found.grades)
    assert told == ("key", maker, answering.route, thing, ("parties",))
