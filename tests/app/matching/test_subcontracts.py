"""A subcontract order over HTTP, on pages and by commands: who sees the material, and what it comes to."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from rich.console import Console
from tests.app.matching.office import Office, checker, maker, seller
from tests.ledger.world import core, key, supplier
from typer.testing import CliRunner, Result

from tallystick import finance
from tallystick.app.cli import cli
from tallystick.app.files import FileUnreadable, FileWrong
from tallystick.app.subcontracts import cli as subcontracts_cli
from tallystick.ledger import TallystickError

subcontracts = finance.subcontracts
item = "ST-37"


def agreed(
    desk: Office,
    author: str,
    entry_type: str,
    body: subcontracts.Subcontract | subcontracts.MaterialNote,
) -> None:
    proposal = desk.say(author, entry_type, body)
    other = seller if author == maker else maker
    desk.say(other, "finance.agree/1", finance.Agree(proposal=proposal))


def materials(order: str) -> subcontracts.Subcontract:
    material = subcontracts.Material(
        item=item, part="99.100.1/ST-37", unit="KGM", scale=3, loss_ppm=20_000
    )
    use = subcontracts.Use(order_line=1, item=item, quantity=1_250)
    return subcontracts.Subcontract(order=order, materials=(material,), uses=(use,))


def note(order: str, number: str, moved: str, quantity: int) -> subcontracts.MaterialNote:
    told = {
        "number": f"{order.rpartition('#')[2]}-{number}", "order": order, "moved": moved, "moved_on": "2026-01-04",
        "lines": [{"item": item, "quantity": quantity, "scale": 3}],
        **({"reason": "process"} if moved == "loss" else {}),
    }  # fmt: skip
    return subcontracts.MaterialNote.model_validate_json(json.dumps(told))


#: The node is one for all tests; each has an order and notes of its own.
count = itertools.count(1)


@pytest.fixture
def order(desk: Office) -> str:
    """500 kg given out, 300 parts received, 10 kg lost of which 2.5 kg are above the share."""
    number = next(count)
    name = desk.order(f"PO-FEE-{number}")
    agreed(desk, maker, "finance.subcontract/1", materials(name))
    agreed(desk, maker, "finance.material/1", note(name, "M-1", "issue", 500_000))
    desk.deliver(f"DA-FEE-{number}", name, 300)
    desk.say(seller, "finance.material/1", note(name, "M-2", "loss", 10_000))
    return name


def test_both_firms_read_the_balance_and_nobody_else(desk: Office, order: str) -> None:
    path, own = f"/finance/v1/subcontracts/{quote(order, safe='')}", order.rpartition("#")[2]
    for person in (maker, seller):
        (found,) = desk.get(person, path)["materials"]
        told = {name: found[name] for name in ("issued", "used", "lost", "allowed", "held")}
        assert told == {
            "issued": 500_000, "used": 375_000, "lost": 10_000, "allowed": 7_500, "held": 2_500
        }  # fmt: skip
        assert (found["balance"], found["there"]) == (117_500, 115_000)
        notes = desk.get(person, f"{path}/notes")["notes"]
        assert [one["name"] for one in notes] == [f"{core}#{own}-M-1", f"{supplier}#{own}-M-2"]
        listed = desk.get(person, "/finance/v1/subcontracts")["subcontracts"]
        assert order in [one["order"] for one in listed]
    stranger = desk.ask("", path)
    nothing = desk.ask("", path.replace("PO-FEE", "PO-NONE"))
    assert stranger.status_code == nothing.status_code == 404
    assert desk.ask("", f"{path}/notes").status_code == 404


def test_more_than_is_there_is_refused_by_name(desk: Office, order: str) -> None:
    def refused(author: str, told: finance.subcontracts.MaterialNote) -> str:
        return desk.refused(author, "finance.material/1", told)

    assert refused(seller, note(order, "M-3", "return", 115_001)) == "material-short"
    agreed(desk, seller, "finance.material/1", note(order, "M-3", "return", 115_000))
    assert refused(seller, note(order, "M-4", "loss", 1)) == "material-short"
    assert refused(checker, note(order, "M-5", "issue", 1)) == "not-entitled"


def test_the_pages_show_what_is_where(desk: Office, order: str) -> None:
    listed = desk.ask(maker, "/subcontracts").text
    assert order in listed
    assert "117.500" in listed
    page = f"/subcontracts/{quote(order, safe='')}"
    shown = desk.ask(maker, page, lang="en").text
    for told in ("500.000", "375.000", "7.500", "117.500", "2.500 are lost above the agreed share"):
        assert told in shown, told
    assert 'name="/moved" value="issue"' in shown
    theirs = desk.ask(seller, page, lang="zh").text
    assert 'name="/moved" value="loss"' in theirs
    assert "在加工方结存" in theirs
    assert desk.ask("", page).status_code == 404


def test_commands_list_and_move(
    desk: Office, order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = desk.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(subcontracts_cli, "console", Console(width=300))

    def run(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["subcontract", *arguments])
        assert told.exit_code == code, told.output
        return told.output

    own = order.rpartition("#")[2]
    for told in (run("list", supplier), run("show", order)):
        assert "117.500" in told
    assert f"{own}-M-2" in run("show", order)
    assert "No subcontract order yet." in run("list", "99.100/O-BANK000000000")
    file = tmp_path / "note.json"
    body = note(order, "M-9", "return", 100).model_dump(mode="json", exclude_none=True)
    file.write_text(json.dumps({**body, "moved": "nonsense"}), encoding="utf-8")
    assert (
        CliRunner()
        .invoke(cli, ["subcontract", "note", str(file), "--author", f"300:{seller}"])
        .exit_code
        != 0
    )


def test_commands_propose_materials_and_move_them(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a running node: refused by name, drafted, proposed, agreed to, issued."""
    settings = desk.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(subcontracts_cli, "console", Console(width=300))
    order = desk.order(f"PO-FEE-CLI-{next(count)}")

    for author in (maker, seller):
        if not desk.site.node.keys.has(f"300:{author}"):
            desk.site.node.keys.add(key(f"300:{author}"))

    def written(name: str, body: subcontracts.Subcontract | subcontracts.MaterialNote) -> Path:
        file = tmp_path / name
        file.write_text(body.model_dump_json(exclude_none=True), encoding="utf-8")
        return file

    def invoke(author: str, what: str, file: Path, *more: str) -> Result:
        where = more or ("--node", desk.site.url)
        arguments = ("subcontract", what, str(file), "--author", f"300:{author}", *where)
        return CliRunner().invoke(cli, arguments)

    def said(author: str, what: str, file: Path, *more: str) -> str:
        told = invoke(author, what, file, *more)
        assert told.exit_code == 0, (told.output, told.exception)
        return told.output

    def refused(author: str, what: str, file: Path) -> str:
        told = invoke(author, what, file)
        assert isinstance(told.exception, TallystickError), (told.output, told.exception)
        return told.exception.diagnosis()

    def answered(person: str, about: str, subject: str) -> None:
        """By the other firm, as it finds the proposal in its list."""
        waiting = desk.get(person, "/finance/v1/agreements", waiting="true", limit=200)
        rows = {(one["row"]["about"], one["row"]["subject"]): one for one in waiting["agreements"]}
        found = rows[about, subject]
        desk.say(person, "finance.agree/1", finance.Agree(proposal=found["proposal"]))

    proposed = written("materials.json", materials(order))
    issue = written("issue.json", note(order, "M-1", "issue", 5_000))
    assert "not the buyer" in refused(seller, "propose", proposed)
    assert order in refused(maker, "note", issue)  # no material was agreed
    draft = tmp_path / "draft.json"
    said(maker, "propose", proposed, "--draft", str(draft))
    assert draft.stat().st_size > 100
    assert "Entry " in said(maker, "propose", proposed)
    assert f"the materials of {order} are proposed" in refused(maker, "propose", proposed)
    answered(seller, "subcontract", order)
    assert "Entry " in said(maker, "note", issue)
    name = f"{core}#{order.rpartition('#')[2]}-M-1"
    answered(seller, "material", name)
    shown = CliRunner().invoke(cli, ["subcontract", "show", order]).output
    assert ("5.000" in shown, name in shown, "agreed" in shown) == (True, True, True)


def test_a_file_that_is_no_body_is_named_with_its_fields(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as a wrong setting of the node."""
    settings = desk.site.node.settings
    monkeypatch.setenv("TALLYSTICK_HOME", str(settings.home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", settings.database_url)
    good = json.loads(materials(f"{core}#PO-X").model_dump_json(exclude_none=True))
    file = tmp_path / "body.json"
    for told, named in (
        ("", "JSON: "),
        ("[]", "JSON: "),
        (json.dumps({**good, "materials": []}), "materials: "),
        (json.dumps({**good, "order": 5}), "order: "),
        (json.dumps({**good, "uses": [{"order_line": 0}]}), "uses/0/order_line: "),
        (json.dumps({**good, "price": "secret"}), "price: "),
    ):
        file.write_text(told, encoding="utf-8")
        answer = CliRunner().invoke(
            cli, ["subcontract", "propose", str(file), "--author", f"300:{maker}"]
        )
        assert isinstance(answer.exception, FileWrong), (told, answer.output)
        assert named in answer.exception.diagnosis()
        assert "secret" not in answer.exception.diagnosis()
    missing = CliRunner().invoke(
        cli, ["subcontract", "note", str(tmp_path / "none.json"), "--author", f"300:{maker}"]
    )
    assert isinstance(missing.exception, FileUnreadable)
