"""Labels: what the code says, that it can be read back, and that odd wishes are refused or said."""

from __future__ import annotations

import io
import re
import time
import unicodedata
from pathlib import Path

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tallystick.scanners import (
    Font,
    Grid,
    Label,
    LabelRefused,
    Printed,
    decode,
    find_font,
    handle_of,
    label_png,
    label_sheet,
    label_url,
    system_font,
)

base = "https://tally.example"
serial = "99.100.7/SN-0001"


def read_back(picture: bytes) -> list[str | None]:
    return [handle_of(code.text, [base]) for code in decode(picture)]


def pages(sheet: Printed, dpi: int = 150) -> list[bytes]:
    with pymupdf.open(stream=sheet.data, filetype="pdf") as opened:
        return [page.get_pixmap(dpi=dpi).tobytes("png") for page in opened]


suffixes = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), min_size=1, max_size=40
)


@settings(max_examples=150, deadline=None)
@given(suffixes)
def test_every_handle_comes_back_from_its_url_which_is_plain_ascii(suffix: str) -> None:
    handle = f"99.100.7/{suffix}"
    try:
        url = label_url(base, handle)
    except LabelRefused:
        dotted = any(part in (".", "..") for part in suffix.split("/"))
        assert dotted or not unicodedata.is_normalized("NFC", suffix)
        return
    assert re.fullmatch(r"[!-~]+", url)
    assert not set('?#<>"\\^`{|}') & set(url)
    assert handle_of(url, [base]) == handle


def test_the_url_keeps_what_a_reader_would_recognise() -> None:
    assert label_url(base + "/", serial) == "https://tally.example/t/99.100.7/SN-0001"
    assert label_url(base, "99.100.7/电池?#%") == (
        "https://tally.example/t/99.100.7/%E7%94%B5%E6%B1%A0%3F%23%25"
    )


@pytest.mark.parametrize(
    "handle",
    ["", "99.100.7", "99.100.7/", "/SN-1", "99.100.7/a b", "99.100.7/a\u202eb", "99.100.7/e\u0301",
     "99.100.7/..", "99.100.7/./x", "99.100.7/" + "x" * 300],
)  # fmt: skip
def test_a_handle_that_is_none_gets_no_label(handle: str) -> None:
    with pytest.raises(LabelRefused):
        label_png(Label(handle), base)


@pytest.mark.parametrize(
    "wrong",
    ["", "tally.example", "ftp://tally.example", "https://", "https://a@tally.example",
     "https://tally.example?x=1", "https://tally.example#x", "https://tally exa.mple",
     "https://例.example", "https://tally.example:port", "https://" + "a" * 300],
)  # fmt: skip
def test_a_base_url_that_codes_cannot_carry_is_refused(wrong: str) -> None:
    with pytest.raises(LabelRefused):
        label_url(wrong, serial)


def test_a_label_may_hold_another_address_than_its_handles() -> None:
    link = "https://id.example/01/09521234543213/21/0001ABCDEFGHJKMNPQRS"
    printed = label_png(Label(serial, link=link), base)
    assert decode(printed.data)[0].text == link
    sheet = label_sheet([Label(serial, link=link), Label(serial)], base)
    found = {code.text for page in pages(sheet, 300) for code in decode(page)}
    assert found == {link, label_url(base, serial)}
    for wrong in (
        "",
        "id.example/01",
        "https://id.example/01/",
        "https://u@id.example/x",
        "https://id.example/x?y",
    ):
        with pytest.raises(LabelRefused):
            label_png(Label(serial, link=wrong), base)


def test_the_picture_of_a_label_is_read_by_both_decoders() -> None:
    printed = label_png(Label(serial, "Battery pack"), base)
    assert printed.warnings == ()
    (code,) = decode(printed.data, second="always")
    assert (handle_of(code.text, [base]), code.decoder, code.agreed) == (serial, "zxing-cpp", True)


@pytest.mark.parametrize("side_mm", [18.0, 30.0, 36.0, 60.0])
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_the_code_fits_its_side_and_has_a_quiet_zone(side_mm: float, dpi: int) -> None:
    picture = Image.open(io.BytesIO(label_png(Label(serial), base, side_mm=side_mm, dpi=dpi).data))
    assert picture.mode == "1"
    assert picture.width <= side_mm / 25.4 * dpi
    code = picture.crop((0, 0, picture.width, picture.width)).convert("L").point(lambda s: 255 - s)
    left, top, right, bottom = code.getbbox() or (0, 0, 0, 0)
    module_px = left // 4
    assert left == top == picture.width - right == picture.width - bottom == 4 * module_px > 0
    assert read_back(label_png(Label(serial), base, side_mm=side_mm, dpi=dpi).data) == [serial]


@pytest.mark.parametrize(("side_mm", "level"), [(25.0, "M"), (35.0, "Q"), (50.0, "H")])
def test_error_correction_follows_the_printed_size(side_mm: float, level: str) -> None:
    import zxingcpp

    picture = Image.open(io.BytesIO(label_png(Label(serial), base, side_mm=side_mm).data))
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.ec_level == level


def test_correction_is_lowered_before_modules_get_too_small() -> None:
    import zxingcpp

    long = Label("99.100.7/" + "x" * 200)
    picture = Image.open(io.BytesIO(label_png(long, f"{base}/{'a' * 100}", side_mm=36).data))
    assert zxingcpp.read_barcodes(picture)[0].ec_level == "M"


@pytest.mark.parametrize(
    ("side_mm", "dpi"), [(10.0, 300), (0.0, 300), (-1.0, 300), (1e9, 300), (30.0, 5), (18.0, 100)]
)
def test_a_label_too_small_to_scan_is_refused(side_mm: float, dpi: int) -> None:
    with pytest.raises(LabelRefused) as refused:
        label_png(Label(serial), base, side_mm=side_mm, dpi=dpi)
    assert refused.value.code == "label-refused"


def test_without_a_font_the_name_is_left_out_and_said() -> None:
    named = Label(serial, "动力电池组")
    picture = label_png(named, base, font=None)
    sheet = label_sheet([named], base, font=None)
    for printed in (picture, sheet):
        (warning,) = printed.warnings
        assert serial in warning
        assert "动力电池组" in warning
        assert "fonts-noto-cjk" in warning
    assert picture.data == label_png(Label(serial), base, font=None).data


def test_a_broken_font_file_costs_the_name_and_nothing_else(tmp_path: Path) -> None:
    broken = tmp_path / "NotoSansCJK-Regular.ttc"
    broken.write_bytes(b"ttcf" + bytes(200))
    assert find_font([tmp_path, tmp_path / "absent"]) is None
    sheet = label_sheet([Label(serial, "电池")], base, font=Font(broken))
    assert sheet.warnings
    assert read_back(pages(sheet)[0]) == [serial]


@pytest.mark.skipif(system_font() is None, reason="no font for Chinese on this machine")
def test_with_a_font_the_chinese_name_is_printed() -> None:
    named = Label("99.100.7/批次-1", "动力电池组")
    picture = label_png(named, base)
    assert picture.warnings == ()
    assert picture.data != label_png(Label(named.handle), base).data
    sheet = label_sheet([named], base)
    assert sheet.warnings == ()
    with pymupdf.open(stream=sheet.data, filetype="pdf") as opened:
        text = opened[0].get_text()
    assert "动力电池组" in text
    assert "99.100.7/批次-1" in text
    assert read_back(pages(sheet)[0]) == ["99.100.7/批次-1"]


def test_hostile_names_are_printed_as_one_short_line() -> None:
    sheet = label_sheet([Label(serial, "a\nb\u202e\x00c " + "long " * 100)], base)
    with pymupdf.open(stream=sheet.data, filetype="pdf") as opened:
        text = opened[0].get_text()
    assert "a bc long" in text
    assert "\u202e" not in text


def test_every_label_of_a_sheet_is_read_back_from_its_pages() -> None:
    labels = [Label(f"99.100.7/SN-{n:04d}", f"Pack {n}") for n in range(60)]
    sheet = label_sheet(labels, base, grid=Grid(columns=4, rows=7))
    found = [read_back(page) for page in pages(sheet)]
    assert [len(page) for page in found] == [28, 28, 4]
    assert sorted(h for page in found for h in page if h) == [label.handle for label in labels]
    with pymupdf.open(stream=sheet.data, filetype="pdf") as opened:
        assert "99.100.7/SN-0059" in opened[2].get_text()
        assert (round(opened[0].rect.width), round(opened[0].rect.height)) == (595, 842)


def test_labels_stay_inside_the_page_and_apart() -> None:
    grid = Grid(columns=5, rows=9, margin_mm=10, gap_mm=3)
    width, height = grid.cell_mm
    corners = [grid.corner_mm(n) for n in range(45)]
    assert max(x for x, _ in corners) + width == pytest.approx(200)
    assert max(y for _, y in corners) + height == pytest.approx(287)
    assert corners[1][0] - corners[0][0] == pytest.approx(width + 3)
    assert corners[5][1] - corners[0][1] == pytest.approx(height + 3)


@pytest.mark.parametrize(
    "grid",
    [(0, 8), (3, 0), (3, 100), (20, 40), (3, 8, -1.0), (3, 8, 8.0, 1e9), (3, 40), (20, 8, 50, 50)],
)
def test_a_grid_without_room_for_codes_is_refused(grid: tuple[int, ...]) -> None:
    with pytest.raises(LabelRefused):
        label_sheet([Label(serial)], base, grid=Grid(*grid))


def test_a_sheet_has_between_one_and_the_most_labels() -> None:
    for labels in ([], [Label(serial)] * 10_001):
        with pytest.raises(LabelRefused):
            label_sheet(labels, base)


def test_the_same_labels_give_the_same_bytes() -> None:
    labels = [Label(serial, "动力电池组"), Label("99.100.7/SN-0002")]
    first, picture = label_sheet(labels, base), label_png(labels[0], base)
    # A date to the second would differ only across a second's boundary.
    time.sleep(1.01)
    assert label_sheet(labels, base).data == first.data
    assert label_png(labels[0], base).data == picture.data


def test_a_handle_too_long_for_its_cell_is_cut_in_print_only() -> None:
    handle = "99.100.7/" + "W" * 200
    sheet = label_sheet([Label(handle)], base, grid=Grid(columns=3, rows=4))
    assert any("beginning" in warning for warning in sheet.warnings)
    assert read_back(pages(sheet, dpi=300)[0]) == [handle]
