"""Files as firms have them: encodings, delimiters, line ends, workbooks, and what is refused."""

from __future__ import annotations

import csv
import datetime
import io
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.app.imports.errors import TableRefused
from tallystick.app.imports.files import table as tables
from tallystick.app.imports.files.encoding import detect, unreadable
from tallystick.app.imports.files.table import Cell, open_table

text = "订单号,物料名称,数量\nPO-1,电芯,１２３\nPO-2,电池包 外壳,4\n"
gb18030_mark = b"\x84\x31\x95\x33"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (text.encode(), "utf-8"),
        (text.encode("utf-8-sig"), "fields"),
        (text.encode("gb18030"), "gb18030"),
        (gb18030_mark + text.encode("gb18030"), "gb18030"),
        (text.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + text.encode("utf-16-be"), "utf-16"),
    ],
)
def test_every_encoding_gives_the_same_rows(tmp_path: Path, data: bytes, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    table = open_table(path)
    assert table.encoding == encoding
    assert table.headers == ("订单号", "物料名称", "数量")
    assert [row["物料名称"] for row in table] == [Cell("电芯", 2, 2), Cell("电池包 外壳", 3, 2)]


def test_gb18030_beyond_the_first_megabyte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(
        "订单号,名称\n".encode("gb18030") + b"PO-1,x\n" * 200_000 + "PO-2,铝\n".encode("gb18030")
    )
    assert detect(path) == "gb18030"


def test_fields_of_one_file_are_decoded_each_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        b"\xef\xbb\xbfcountry,site\r"
        + "Côte d'Ivoire".encode() + b"," + "Grönland".encode("latin-1") + b"\r"
        + b"\x93quoted\x94,\x81\r"
    )  # fmt: skip
    rows = list(open_table(path))
    assert [rows[0].text("country"), rows[0].text("site")] == ["Côte d'Ivoire", "Grönland"]
    assert [rows[1].text("country"), rows[1].text("site")] == ["“quoted”", "\x81"]


def test_accents_without_a_mark_are_not_taken_for_chinese(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("nom,ville\nCôté,Genève\nBéla,Zürich\n".encode("latin-1"))
    table = open_table(path)
    assert table.encoding == "fields"
    assert [row.text("ville") for row in table] == ["Genève", "Zürich"]


def test_bytes_that_mean_nothing_are_marked_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "torn.csv"
    path.write_bytes(gb18030_mark + "订单号,数量\n订单".encode("gb18030") + b"\xff,1\n")
    row = next(iter(open_table(path)))
    assert unreadable in row.text("订单号")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    path = tmp_path / "file.csv"
    lines = [
        delimiter.join(cells)
        for cells in (["PO", "Qty", "Item"], ["1", "2", '"a' + end + 'b"'], ["2", "", ""])
    ]
    path.write_bytes(end.join(lines).encode())
    table = open_table(path)
    assert table.delimiter == delimiter
    rows = list(table)
    assert [row.line for row in rows] == [2, 4]
    assert rows[0]["Item"] == Cell(f"a{end}b", 2, 3)


def test_a_title_above_the_header_and_blank_rows_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "titled.csv"
    path.write_text("采购明细表,,\n\n订单号,数量,\nPO-1,2,\n,,\nPO-2,3\n", encoding="utf-8")
    table = open_table(path)
    assert (table.header_line, table.headers) == (3, ("订单号", "数量"))
    assert [(row.line, row.text("数量")) for row in table] == [(4, "2"), (6, "3")]
    assert open_table(path, header_line=3) == table
    with pytest.raises(TableRefused, match="no header"):
        open_table(path, header_line=99)


def test_short_rows_are_blank_and_long_rows_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n1\n1,2,3\n", encoding="utf-8")
    table = open_table(path)
    short, long = table
    assert short["b"] == Cell("", 2, 2)
    assert (table.surplus(short), table.surplus(long)) == ("", "3")


def test_repeated_headers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    assert open_table(path).duplicates() == {"a"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)
            .map(str.strip).filter(bool),
            min_size=2, max_size=4,
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_what_csv_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["订单号", "b", "c", "d"], *rows])
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))
    read = [list(row.texts) for row in open_table(path, delimiter=",")]
    assert read == rows


def workbook(path: Path, rows: list[list[object]], sheet: str = "明细") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_a_workbook_gives_text_as_a_person_sees_it(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "file.xlsx",
        [
            ["采购明细表"],
            ["订单号", "数量", "含税单价", "税率", "交货日期", "发票号码", "备注"],
            [
                4500001234,
                0.1 + 0.2,
                88.5,
                0.13,
                datetime.datetime(2026, 3, 5),
                25442000000012345678,
                True,
            ],
            ["PO-2", 3, 1e-7, "13%", datetime.date(2026, 3, 6), "25442000000012345678", None],
            [None, None, None, None, datetime.datetime(2026, 3, 7, 8, 30)],
        ],
    )
    book = openpyxl.load_workbook(path)
    book["明细"]["D3"].number_format = "0%"
    book.save(path)
    table = open_table(path)
    assert (table.header_line, table.encoding) == (2, None)
    first, second, third = table
    assert first.texts == (
        "4500001234",
        "0.3",
        "88.5",
        "13%",
        "2026-03-05",
        "2.54420000000123E+19",
        "TRUE",
    )
    assert second.texts[:6] == (
        "PO-2",
        "3",
        "0.0000001",
        "13%",
        "2026-03-06",
        "25442000000012345678",
    )
    assert (third.line, third["交货日期"].text) == (5, "2026-03-07 08:30:00")
    assert open_table(path, sheet="明细").headers == table.headers
    with pytest.raises(TableRefused, match="no sheet"):
        open_table(path, sheet="其他")


def bad_files() -> dict[str, bytes]:
    torn = io.BytesIO()
    with zipfile.ZipFile(torn, "w") as archive:
        archive.writestr("a.txt", "x")
    return {
        "old .xls": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        "web page": b"  <html><table></table></html>",
        "not a readable workbook": b"PK\x03\x04 but nothing else",
        "readable workbook": torn.getvalue(),
        "no header": b"",
        "characters": b"a,b\n" + b"x" * (tables.cell_chars_max + 1) + b",1\n",
        "columns": b",".join([b"a"] * (tables.columns_max + 1)),
        "line 2": b"a,b\n" + b"x" * 200_000 + b",1\n",
    }


@pytest.mark.parametrize("reason", list(bad_files()))
def test_files_refused(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(bad_files()[reason])
    with pytest.raises(TableRefused, match=reason):
        list(open_table(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="No such file"):
        open_table(tmp_path / "none.csv")


def test_limits_on_bytes_rows_and_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n1,2\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(tables, "rows_max", 2)
    with pytest.raises(TableRefused, match="more than 2 rows"):
        list(open_table(path))
    monkeypatch.setattr(tables, "line_chars_max", 3)
    with pytest.raises(TableRefused, match="more than 3 characters"):
        open_table(path)
    monkeypatch.setattr(tables, "table_bytes_max", 5)
    with pytest.raises(TableRefused, match="5 are allowed"):
        open_table(path)


def test_a_workbook_that_unpacks_too_far_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "file.xlsx", [["a", "b"], [1, 2]])
    monkeypatch.setattr("tallystick.app.imports.files.workbook.workbook_bytes_max", 100)
    with pytest.raises(TableRefused, match="unpacks"):
        open_table(path)


def test_reading_streams(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(
        b"order,quantity,text\n"
        + b"PO-1,1,"
        + b"x" * 200
        + b"\n"
        + (b"PO-2,2," + b"y" * 200 + b"\n") * 20_000
    )
    table = open_table(path)
    tracemalloc.start()
    count = sum(1 for _ in table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_001
    assert peak < 1_000_000 < path.stat().st_size
