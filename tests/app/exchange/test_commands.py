"""`tallystick handle import`, `export` and `template`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.app.captures import lend_keys
from tests.ledger.world import World, core, key, log
from typer.testing import CliRunner

from tallystick.app import handle_cli
from tallystick.app.exchange_cli import console
from tallystick.app.keystore import KeyStore
from tallystick.app.template_cli import console as template_console
from tallystick.identity.templates import TemplateFileRefused, read_template
from tallystick.ledger import TallystickError

template = "99.100.1/META_PACK"
told = {
    "template": template,
    "name": {"en": "Battery pack"},
    "fields": [
        {"index": 1, "type": "MODEL", "name": {"en": "Model"}, "data": "text", "required": True},
        {"index": 2, "type": "PRICE", "name": {"zh": "价格"}, "data": "integer", "grade": "owner"},
    ],
}
idhub = {
    "metaHandle": "99.100.1/META_X",
    "metaName": "电池",
    "metaItemCreateDTOS": [
        {"itemCode": "a", "englishName": "A", "required": 1, "uniqueField": True,
         "itemSchemaCreateDTO": {"dataType": 1, "minLength": 1, "maxLength": 9}},
        {"itemCode": "b", "chineseName": "乙", "itemSchemaCreateDTO": {"dataType": 2, "accuracy": 2}},
        {"itemCode": "c", "itemSchemaCreateDTO": {"dataType": 3, "dateFormat": "yyyy-MM-dd"}},
    ],
}  # fmt: skip


class Operator:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: object, code: int = 0) -> str:
        found = CliRunner().invoke(handle_cli.cli, [str(word) for word in words])
        assert found.exit_code == code, found.output
        return found.output

    def refused(self, *words: object) -> TallystickError:
        found = CliRunner().invoke(handle_cli.cli, [str(word) for word in words]).exception
        assert isinstance(found, TallystickError)
        return found

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    home = tmp_path / "home"
    lend_keys(home)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    world = World(url, home / "signer")
    world.populate()
    world.ledger.seal()
    world.store.close()
    for reference in (f"300:{log}", f"301:{log}", f"300:{core}"):
        KeyStore(home).add(key(reference))
    monkeypatch.setenv("TALLYSTICK_HOME", str(home))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", url)
    monkeypatch.setenv("TALLYSTICK_VERIFY_PROCESSES", "0")
    for one in (console, template_console):
        monkeypatch.setattr(one, "width", 200)
    return Operator(tmp_path)


def test_records_come_and_go(operator: Operator) -> None:
    text = "CREATE 99.100.1/A\n1 URL 86400 1111 UTF8 https://example.com/\n"
    batch = operator.file("batch", text)
    rehearsed = operator.run("import", batch, "--as", core, "--dry-run")
    assert "nothing was written" in rehearsed
    assert "PUBLIC_WRITE" in rehearsed
    assert "operations taken in │ 1" in operator.run("import", batch, "--as", core)
    assert "there already       │ 1" in operator.run("import", batch, "--as", core)
    (line,) = [text for text in operator.run("export", "99.100.1").splitlines() if "{" in text]
    assert json.loads(line)["handle"] == "99.100.1/A"
    searched = operator.run("search", "URL", "https://ex*", "--prefix", "99.100.1")
    assert '"handle":"99.100.1/A"' in searched
    operator.run("search", "URL", "http:*", "--as", core, code=1)
    assert operator.refused("search").code == "search-for-nothing"
    for name in ("out.csv", "out.ndjson", "out"):
        assert "1 records" in operator.run("export", "99.100.1", "--to", operator.folder / name)
    address = f"sqlite:///{operator.folder / 'handles.sqlite'}"
    operator.run("export", "99.100.1", "--to", address, "--as", core)
    assert "there already       │ 1" in operator.run("import", address, "--as", core)
    assert not list(operator.folder.glob(".*.part"))


def test_faults_stop_an_import_before_it_begins(operator: Operator) -> None:
    bad = operator.file("batch", "CREATE 99.100.1/A\n\nHOME x\n0.NA/1\n\nDELETE x\n")
    refused = operator.refused("import", bad, "--as", core)
    assert refused.code == "handle-import-refused"
    assert "line 3: HOME" in refused.detail
    assert "line 6: 'x' is no handle" in refused.detail
    foreign = operator.file("foreign", "CREATE 99.100.2/A\n")
    assert "line 1" in operator.run("import", foreign, "--as", core, "--dry-run", code=1)
    assert operator.refused("import", foreign, "--as", core).code == "handle-import-stopped"
    assert operator.refused("import", "none", "--as", core).code == "handle-source-refused"
    assert operator.refused("import", bad, "--as", core, "--format", "x").status == 400
    nowhere = operator.folder / "none" / "out"
    assert operator.refused("export", "99.100.1", "--to", nowhere).code == "handle-target-refused"
    assert operator.run("export", "99.100.1") == "0 records\n"


def test_a_template_is_published_shown_copied_and_withdrawn(operator: Operator) -> None:
    path = operator.file("pack.json", json.dumps(told))
    assert operator.run("template", "publish", path, "--as", core) == f"1:{template}\n"
    assert operator.run("template", "publish", path, "--as", core) == f"2:{template}\n"
    copied = operator.run("template", "copy", f"1:{template}", "99.100.1/META_2", "--as", core)
    assert copied == "1:99.100.1/META_2\n"
    operator.run("template", "withdraw", template, "--version", "1", "--as", core)
    listed = operator.run("template", "list", "99.100.1")
    assert f"2:{template}" in listed
    assert "Battery pack" in listed
    shown = operator.run("template", "show", f"1:{template}")
    assert "价格" in shown
    assert "owner" in shown
    assert operator.refused("template", "show", f"9:{template}").code == "template-unknown"


def test_an_idhub_template_is_read(operator: Operator) -> None:
    path = operator.file("idhub.json", json.dumps(idhub))
    operator.run("template", "publish", path, "--as", core)
    shown = operator.run("template", "show", "1:99.100.1/META_X")
    rows = [
        [cell.strip() for cell in line.split("│")] for line in shown.splitlines() if "20" in line
    ]
    assert [row[1:6] for row in rows] == [
        ["2000", "a", "A", "text", "required, unique"], ["2001", "b", "乙", "decimal", ""],
        ["2002", "c", "c", "date", ""],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "where"),
    [({"metaItemCreateDTOS": 7}, "metaItemCreateDTOS"),
     ({"metaItemCreateDTOS": [7]}, "metaItemCreateDTOS/0"),
     ({"metaItemCreateDTOS": [{"itemCode": "a", "required": "yes"}]}, "required"),
     ({"metaItemCreateDTOS": [{"itemCode": "a", "itemSchemaCreateDTO": {"dataType": 9}}]}, "dataType"),
     ({"metaItemCreateDTOS": [{"itemCode": "a", "itemSchemaCreateDTO": {"dataType": [1]}}]}, "dataType"),
     ({"metaItemCreateDTOS": [{"itemCode": "a", "itemSchemaCreateDTO": {"numberRange": "1-9"}}]}, "numberRange"),
     ({"metaItemCreateDTOS": [{"itemCode": "a", "itemSchemaCreateDTO": {"dataType": 3, "dateFormat": "y"}}]},
      "dateFormat"),
     ({"metaHandle": "x"}, "template: ")],
)  # fmt: skip
def test_what_an_idhub_template_cannot_say_is_named(change: dict[str, object], where: str) -> None:
    with pytest.raises(TemplateFileRefused, match=where):
        read_template(json.dumps({**idhub, **change}).encode())
