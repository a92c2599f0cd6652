"""What is written in a form is read from it as it was; what cannot be read is named with its line."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.identity.exchange import forms

from tallystick.identity import HandleValue
from tallystick.identity.exchange import Fault, Notice, Operation, SourceRefused, source_of
from tallystick.identity.exchange.batch_file import line_bytes_max, read_batch, write_batch
from tallystick.identity.exchange.csv_file import csv_lines, header, read_csv
from tallystick.identity.exchange.ndjson import read_ndjson, record_line
from tallystick.identity.exchange.operations import Item, Unfit, merged
from tallystick.identity.exchange.store import HandlesTable
from tallystick.identity.exchange.table import _data, columns, read_rows, write_rows
from tallystick.identity.native.forms import admin_bytes, read_admin, read_vlist, vlist_bytes
from tallystick.identity.views import Record

handle = "99.1/A"
record = Record(handle, "99/O-1", ())


def batch(text: str | bytes) -> list[Item]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_batch(data.splitlines(keepends=True)))


def created(items: Sequence[Item]) -> tuple[HandleValue, ...]:
    (item,) = items
    assert isinstance(item, Operation)
    assert (item.verb, item.handle) == ("create", handle)
    return item.values


def faults(items: Sequence[Item]) -> list[str]:
    return [item.sentence() for item in items if isinstance(item, Fault)]


@settings(max_examples=80)
@given(forms.values(forms.in_both))
def test_a_batch_file_says_what_it_can(values: tuple[HandleValue, ...]) -> None:
    text, left = write_batch(record, values)
    assert left == []
    assert created(batch(text)) == values


@settings(max_examples=80)
@given(forms.values(forms.in_table))
def test_a_table_and_its_csv_say_what_they_can(values: tuple[HandleValue, ...]) -> None:
    rows, left = write_rows(record, values)
    assert left == []
    if values:
        assert created(list(read_rows(enumerate(rows, 1)))) == values
        text = header() + csv_lines(rows)
        assert created(list(read_csv(io.StringIO(text, newline="")))) == values


@settings(max_examples=80)
@given(forms.values(forms.in_lines))
def test_lines_of_json_say_everything(values: tuple[HandleValue, ...]) -> None:
    line = record_line(record, values).encode()
    assert created(list(read_ndjson([line]))) == values


def test_a_database_keeps_the_table(tmp_path: Path, database_url: str) -> None:
    """In SQLite and in PostgreSQL; a second time in the place of the first."""
    given = (
        HandleValue(index=1, type="URL", data="https://example.com/电池"),
        HandleValue(index=2, type="RAW", data="AP8=", format="base64", permissions="1100"),
        HandleValue(index=3, type="NOTE", data="x", references=("1:99.1/B", "2:99.1/C")),
    )
    rows, _ = write_rows(record, given)
    table = HandlesTable(database_url)
    try:
        assert table.write([rows, []]) == 3
        assert table.write([rows]) == 3
        assert table.count() == 3
        assert created(list(table.items())) == given
        assert created(list(source_of(database_url, "sql")())) == given
    finally:
        table.close()


whole_file = b"""\xef\xbb\xbfAUTHENTICATE SECKEY:300:99.1/USER
CREATE a secret that reads like an operation
CREATE 99.1/A
100 HS_ADMIN 86400 1110 ADMIN 300:011111110011:0.NA/99.1
1 URL 86400 1111 UTF8  two blanks before\r
300 HS_SECKEY 86400 1100 UTF8 a secret of the record
ADD 99.1/A
2 EMAIL 3600 1110 UTF8 a@example.com

AUTHENTICATE PUBKEY:300:99.1/USER
/home/user/admpriv.bin|passphrase
MODIFY 99.1/A
1 URL 86400 1110 UTF8 https://example.com/
200 HS_VLIST 86400 1110 LIST 300:99.1/X;301:99.1/Y;
REMOVE 2,3:99.1/A
DELETE 99.1/B"""


def test_a_whole_batch_file() -> None:
    items = batch(whole_file)
    notices = [item for item in items if isinstance(item, Notice)]
    assert [(one.line, one.reason.split()[0]) for one in notices] == [
        (5, "PUBLIC_WRITE"), (6, "HS_SECKEY")
    ]  # fmt: skip
    operations = [item for item in items if isinstance(item, Operation)]
    assert [(one.line, one.verb, one.handle) for one in operations] == [
        (3, "create", handle), (7, "add", handle), (12, "modify", handle), (15, "remove", handle),
        (16, "delete", "99.1/B"),
    ]  # fmt: skip
    assert operations[0].values[1].data == " two blanks before"
    assert operations[3].indexes == (2, 3)
    assert "secret of the record" not in str(items)
    assert "reads like" not in str(items)
    joined = [item for item in merged(items) if isinstance(item, Operation)]
    assert [one.verb for one in joined] == ["create", "modify", "remove", "delete"]
    assert [value.index for value in joined[0].values] == [1, 2, 100]


@pytest.mark.parametrize(
    ("text", "told"),
    [("HOME 10.0.0.1:2641:tcp\n0.NA/99.1\n", "line 1: HOME is not taken in"),
     ("SESSIONSETUP\nUSESESSION:1\n", "line 1: SESSIONSETUP is not taken in"),
     ("CREATE 99.1\n1 URL 86400 1110 UTF8 x\n", "line 1: '99.1' is no handle"),
     ("CREATE\n", "line 1: '' is no handle"),
     ("1 URL 86400 1110 UTF8 x\n", "line 1: neither an operation"),
     ("CREATE 99.1/A\n1 URL 86400 1110\n", "line 2 (99.1/A): a value is"),
     ("CREATE 99.1/A\n1 URL 86400 111 UTF8 x\n", "the permissions '111' are not"),
     ("CREATE 99.1/A\n1 URL soon 1110 UTF8 x\n", "the TTL 'soon'"),
     ("CREATE 99.1/A\n1 URL 99999999 1110 UTF8 x\n", "ttl: "),
     ("CREATE 99.1/A\n0 URL 86400 1110 UTF8 x\n", "index: "),
     ("CREATE 99.1/A\n1 URL 86400 1110 FILE /etc/passwd\n", "the form FILE"),
     ("CREATE 99.1/A\n1 URL 86400 1110 ADMIN 300:1:99/x\n", "an administrator is"),
     ("CREATE 99.1/A\n1 URL 86400 1110 LIST 300\n", "a list is"),
     ("CREATE 99.1/A\n1 URL 86400 1110 UTF8 " + "x" * 4097, "data: "),
     ("CREATE 99.1/A\n1 URL 86400 1110 UTF8 x\n1 URL 86400 1110 UTF8 y\n", "two values have one index"),
     ("ADD 99.1/A\n\n", "line 1 (99.1/A): no value follows"),
     ("REMOVE 99.1/A\n", "a removal is"),
     ("REMOVE 1:99.1\n", "is no handle"),
     ("DELETE 99.1/A b\n", "is no handle"),
     (b"CREATE 99.1/\xff\n", "not UTF-8"),
     (b"x" * (line_bytes_max + 1), "more than 65536 bytes")],
)  # fmt: skip
def test_what_a_batch_file_cannot_say_is_named_with_its_line(text: str | bytes, told: str) -> None:
    items = batch(text)
    (fault,) = faults(items)
    assert told in fault
    assert not [item for item in items if isinstance(item, Operation)]


def test_one_fault_hides_no_other_operation() -> None:
    items = batch("HOME x\n0.NA/1\nCREATE 99.1/A\n1 URL x\n2 URL y\n\nDELETE 99.1/B\n")
    assert len(faults(items)) == 2
    assert [item.handle for item in items if isinstance(item, Operation)] == ["99.1/B"]


@pytest.mark.parametrize(
    ("row", "told"),
    [({"handle": "99.1"}, "is no handle"),
     ({"handle": b"\xff"}, "is not UTF-8"),
     ({"idx": "x"}, "idx is 'x', no number"),
     ({"idx": 0}, "index: "),
     ({"ttl_type": 1}, "time to live that is a date"),
     ({"pub_read": "perhaps"}, "pub_read is 'perhaps'"),
     ({"type": "HS_ADMIN", "data": b"\0"}, "HS_ADMIN cannot be read"),
     ({"type": "HS_VLIST", "data": b"\0\0\0\1"}, "HS_VLIST cannot be read"),
     ({"refs": "not a reference"}, "references/0"),
     ({"type": "a b"}, "type: ")],
)  # fmt: skip
def test_what_a_row_cannot_say(row: dict[str, object], told: str) -> None:
    usual = {"handle": handle, "idx": 1, "type": "URL", "data": b"x"}
    items = list(read_rows([(7, {**usual, **row})]))
    (fault,) = faults(items)
    assert told in fault
    assert "line 7" in fault


def test_rows_as_several_databases_keep_them() -> None:
    odd = {
        "handle": b"99.1/A", "idx": "3", "type": "\\x55524c", "data": "https://example.com/", "ttl_type": None,
        "ttl": None, "refs": None, "admin_read": b"\x01", "admin_write": "f", "pub_read": 0, "pub_write": True,
    }  # fmt: skip
    secret = {"handle": handle, "idx": 300, "type": "HS_SECKEY", "data": b"my word"}
    items = list(read_rows([(1, odd), (2, secret)]))
    (told,) = [item for item in items if isinstance(item, Operation)]
    (value,) = told.values
    assert (value.index, value.type, value.permissions, value.ttl) == (3, "URL", "1000", 86_400)
    assert len([item for item in items if isinstance(item, Notice)]) == 2
    assert "my word" not in str(items)


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "lacks data, handle, idx, type"),
     ("handle,idx,type\n", "lacks data"),
     ("handle,idx,type,data\n99.1/A,1\n", "2 cells under 4 names"),
     ('handle,idx,type,data\n99.1/A,1,URL,"x\n', "line 2")],
)  # fmt: skip
def test_what_is_no_table(text: str, told: str) -> None:
    with pytest.raises(SourceRefused, match=told):
        list(read_csv(io.StringIO(text, newline="")))
    assert set(columns) >= {"handle", "idx", "type", "data"}


@pytest.mark.parametrize(
    ("line", "told"),
    [(b"[]", "no JSON object"), (b"{", "no JSON"), (b"{}", "unknown members"), (b"[" * 9999, "no JSON"),
     (b'{"handle":"99.1/A","values":[],"more":1}', "unknown members: more"),
     (b'{"handle":7}', "a record has a handle"),
     (b'{"handle":"99.1/A","values":[{"index":1}]}', "type: "),
     (b'{"handle":"99.1/A","values":[{"index":1,"type":"A","data":"x","x":1}]}', "x: "),
     (b'{"handle":"99.1/A","values":[7]}', "a value is an object"),
     (b'{"handle":"99.1/A","template":"META"}', "version:handle"),
     (b'{"template":"99.1/M","version":1}', "name: ")],
)  # fmt: skip
def test_what_a_line_cannot_say(line: bytes, told: str) -> None:
    if line == b"{}":
        told = "name: "
    (fault,) = faults(list(read_ndjson([b"\n", line])))
    assert told in fault or "template" in fault
    assert "line 2" in fault


def test_administrators_and_groups_in_bytes() -> None:
    """As a Handle server writes them: 0x0FF3 is everything but the two for derived prefixes."""
    told = {"handle": "0.NA/99", "index": 300, "permissions": "111111110011"}
    data = bytes.fromhex("0ff300000007302e4e412f39390000012c")
    assert admin_bytes(told) == data
    assert read_admin(data) == told
    assert _data("HS_ADMIN", data + b"\0\0") == _data("HS_ADMIN", data)
    group = [{"handle": "99/a", "index": 300}]
    assert read_vlist(vlist_bytes(group)) == group
    for wrong in (b"", data[:-1], data + b"\0", b"\xff" + data[1:]):
        with pytest.raises(Unfit, match="HS_ADMIN"):
            _data("HS_ADMIN", wrong)
    with pytest.raises(Unfit, match="HS_VLIST"):
        _data("HS_VLIST", b"\xff" * 4)


@pytest.mark.parametrize(
    "address", ["sqlite:///{tmp}/none.sqlite", "nothing://x", "postgresql://127.0.0.1:1/x"]
)
def test_a_database_that_is_none_is_refused_without_its_password(
    tmp_path: Path, address: str
) -> None:
    told = address.format(tmp=tmp_path).replace("://127", "://user:hunter2@127")
    with pytest.raises(SourceRefused) as refused:
        list(source_of(told, "sql")())
    assert "hunter2" not in refused.value.diagnosis()
