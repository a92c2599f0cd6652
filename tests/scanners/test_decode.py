"""Decoding: printed labels under hard conditions, several on one picture, two opinions, bad files."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from tallystick.scanners import (
    Decoded,
    DecoderMissing,
    ImageRefused,
    Label,
    decode,
    handle_of,
    label_png,
)

base = "https://tally.example"
serial = "99.100.7/SN-0001"
url = f"{base}/t/{serial}"


def label(handle: str = serial, side_mm: float = 30.0) -> Image.Image:
    return Image.open(io.BytesIO(label_png(Label(handle), base, side_mm=side_mm).data)).convert("L")


def png(picture: Image.Image, form: str = "PNG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, format=form, **options)
    return out.getvalue()


def barcode(text: str, form: zxingcpp.BarcodeFormat) -> Image.Image:
    drawn = Image.fromarray(zxingcpp.create_barcode(text, form).to_image(scale=4))
    framed = Image.new("L", (drawn.width + 80, drawn.height + 80), 255)
    framed.paste(drawn, (40, 40))
    return framed


def texts(picture: bytes, **how: bool) -> list[str]:
    return [code.text for code in decode(picture, **how)]


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 180, 270, 301])
def test_a_rotated_label_is_read(angle: int) -> None:
    turned = label().rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert texts(png(turned)) == [url]


@pytest.mark.parametrize("scale", [0.25, 0.4, 0.7, 1.5, 3.0])
def test_a_scaled_label_is_read(scale: float) -> None:
    picture = label()
    size = (round(picture.width * scale), round(picture.height * scale))
    assert texts(png(picture.resize(size, Image.Resampling.BICUBIC))) == [url]


@pytest.mark.parametrize("sigma", [25, 50, 75])
def test_a_noisy_label_is_read(sigma: int) -> None:
    picture = label()
    noise = random.Random(sigma)
    shades = (max(0, min(255, s + round(noise.gauss(0, sigma)))) for s in picture.tobytes())
    assert texts(png(Image.frombytes("L", picture.size, bytes(shades)))) == [url]


def test_a_blurred_jpeg_in_low_light_is_read() -> None:
    dark = label().filter(ImageFilter.GaussianBlur(3)).point(lambda shade: 20 + shade // 6)
    assert texts(png(dark, "JPEG", quality=60)) == [url]


def test_a_large_label_survives_the_loss_of_almost_thirty_percent_of_its_codewords() -> None:
    """Level H restores up to 30 % of the codewords (ISO/IEC 18004 §6.5.1): one corner is torn off."""
    picture = label(side_mm=50)
    side = picture.width
    torn = round(side * 0.42)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((side - torn, side - torn, side, side), fill=255)
    (area,) = (torn * torn / (side * side),)
    assert 0.15 < area < 0.3
    assert texts(png(picture)) == [url]


def test_a_small_label_does_not_survive_what_a_large_one_does() -> None:
    picture = label(side_mm=25)
    side, torn = picture.width, round(picture.width * 0.42)
    ImageDraw.Draw(picture).rectangle((side - torn, side - torn, side, side), fill=255)
    assert texts(png(picture)) == []


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_scratches_over_the_data_of_a_large_label(share: float) -> None:
    """Thin scratches hide up to 30 % of the rows, clear of the three finder patterns."""
    picture = label(side_mm=50)
    side = picture.width
    pen = ImageDraw.Draw(picture)
    top, bottom = round(side * 0.36), round(side * 0.62)
    left, right = round(side * 0.36), side
    height = round((bottom - top) * share)
    pen.rectangle((left, top, right, top + height), fill=128)
    assert texts(png(picture)) == [url]


def test_white_on_black_and_transparent_labels_are_read() -> None:
    assert texts(png(label().point(lambda shade: 255 - shade))) == [url]
    clear = Image.new("LA", label().size, (0, 0))
    clear.putalpha(label().point(lambda shade: 255 - shade))
    assert texts(png(clear)) == [url]


def test_all_codes_of_a_picture_are_returned_also_two_alike() -> None:
    one, other = label(), label("99.100.7/SN-0002")
    wall = Image.new("L", (one.width * 2, one.height * 2), 255)
    for place, picture in enumerate((one, other, one)):
        wall.paste(picture, (place % 2 * one.width, place // 2 * one.height))
    found = [handle_of(text, [base]) for text in texts(png(wall))]
    assert sorted(filter(None, found)) == [serial, serial, "99.100.7/SN-0002"]
    agreed = decode(png(wall), second="always")
    assert [code.agreed for code in agreed] == [True, True, True]


def test_a_thorough_look_finds_the_blurred_label_beside_the_clear_one() -> None:
    clear = label()
    noise = random.Random(7)
    poor = label("99.100.7/SN-0002").resize((110, 121), Image.Resampling.BICUBIC)
    shades = (max(0, min(255, s + round(noise.gauss(0, 70)))) for s in poor.tobytes())
    wall = Image.new("L", (clear.width + 300, clear.height), 255)
    wall.paste(clear, (0, 0))
    wall.paste(Image.frombytes("L", poor.size, bytes(shades)), (clear.width + 60, 60))
    assert set(texts(png(wall))) <= set(texts(png(wall), thorough=True))
    assert texts(png(wall), thorough=True).count(url) == 1


@pytest.mark.parametrize(
    ("form", "text", "agreed"),
    [
        (zxingcpp.BarcodeFormat.DataMatrix, serial, None),
        (zxingcpp.BarcodeFormat.Code128, serial, True),
        (zxingcpp.BarcodeFormat.EAN13, "6901234567892", True),
    ],
)
def test_foreign_symbologies_are_read_as_they_stand(
    form: zxingcpp.BarcodeFormat, text: str, agreed: bool | None
) -> None:
    (code,) = decode(png(barcode(text, form)), second="always")
    assert (code.text, code.format, code.agreed) == (text, form.name, agreed)


def test_a_gs1_symbol_keeps_its_separators_and_no_brackets() -> None:
    drawn = zxingcpp.create_barcode(
        "(01)09501101530003(10)AB12(21)7", zxingcpp.BarcodeFormat.DataMatrix, gs1=True
    )
    picture = Image.fromarray(drawn.to_image(scale=6, add_quiet_zones=True))
    assert texts(png(picture)) == ["010950110153000310AB12\x1d217"]


def test_chinese_text_is_never_taken_from_zbar() -> None:
    """zbar guesses another character set and returns nonsense for it."""
    picture = png(barcode("电池组，批次一", zxingcpp.BarcodeFormat.QRCode))
    (code,) = decode(picture, second="always")
    assert (code.text, code.decoder, code.agreed) == ("电池组，批次一", "zxing-cpp", None)


def test_what_only_the_second_decoder_reads_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["tallystick.scanners.decode"]
    monkeypatch.setattr(module, "_zxing_codes", lambda picture: [])
    assert decode(png(label())) == [Decoded(url, "QRCode", "zbar", None)]
    monkeypatch.setattr(
        module, "_zxing_codes", lambda picture: [Decoded("other", "QRCode", "zxing-cpp")]
    )
    assert decode(png(label()), second="always") == [
        Decoded("other", "QRCode", "zxing-cpp", False),
        Decoded(url, "QRCode", "zbar", False),
    ]


def test_pyzbar_is_imported_only_when_its_opinion_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "label.png"
    path.write_bytes(png(label()))
    script = (
        "import sys, pathlib; from tallystick.scanners import decode\n"
        "assert len(decode(pathlib.Path(sys.argv[1]))) == 1\n"
        "print('pyzbar' in sys.modules)\n"
        "decode(pathlib.Path(sys.argv[1]), second='always'); print('pyzbar' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_a_missing_libzbar_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pyzbar")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    assert texts(png(label())) == [url]
    with pytest.raises(DecoderMissing) as missing:
        decode(png(label()), second="always")
    assert "apt-get install libzbar0" in missing.value.diagnosis()
    assert "brew install zbar" in missing.value.diagnosis()
    assert decode(png(Image.new("L", (200, 200), 255)), second="never") == []


def _png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [header, data, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"GIF89a" + bytes(50), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0",
     _png_header(7000, 7000), _png_header(60_000, 60_000), _png_header(2**31 - 1, 2**31 - 1),
     _png_header(500, 500), b"%PDF-1.7", bytes(17 << 20)],
)  # fmt: skip
def test_bad_and_bombed_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(ImageRefused):
        decode(data)


def test_other_formats_are_refused_even_when_they_hold_a_code(tmp_path: Path) -> None:
    for form in ("GIF", "BMP", "TIFF"):
        with pytest.raises(ImageRefused):
            decode(png(label(), form))
    with pytest.raises(ImageRefused):
        decode(tmp_path / "absent.png")
    with pytest.raises(ImageRefused):
        decode(tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_right(data: st.DataObject) -> None:
    good = bytearray(label_png(Label(serial), base).data)
    for _ in range(data.draw(st.integers(1, 5))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = texts(bytes(good))
    except ImageRefused:
        return
    assert set(found) <= {url}


sites = [base, "http://localhost:8000/app/"]


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        (url, serial),
        (f"HTTPS://TALLY.EXAMPLE/t/{serial}", serial),
        (f"https://tally.example:443/t/{serial}?lang=zh#top", serial),
        (f"http://localhost:8000/app/t/{serial}", serial),
        (f"{base}/t/99.100.7/%E7%94%B5", "99.100.7/电"),
        (f"hdl:{serial}", serial),
        (f"HDL:{serial}\r\n", serial),
        (serial, serial),
        (f"https://evil.example/t/{serial}", None),
        (f"https://tally.example@evil.example/t/{serial}", None),
        (f"https://tally.example:444/t/{serial}", None),
        (f"http://tally.example/t/{serial}", None),
        (f"http://localhost:8000/t/{serial}", None),
        (f"{base}/x/{serial}", None),
        (f"{base}/t/", None),
        (f"{base}/t/99.100.7/%FF", None),
        (f"{base}/t/99.100.7/a%00b", None),
        (f"{base}/t/99.100.7/a%E2%80%AEb", None),
        (f"https://tally.example:99999/t/{serial}", None),
        ("https://[/t/99.1/x", None),
        ("6901234567892", None),
        ("hdl:", None),
        ("", None),
    ],
)
def test_only_our_own_labels_hdl_and_bare_handles_are_handles(
    text: str, handle: str | None
) -> None:
    assert handle_of(text, sites) == handle


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_no_text_upsets_the_reading_of_handles(text: str) -> None:
    for code in (text, f"{base}/t/{text}", f"hdl:{text}", f"https://{text}"):
        found = handle_of(code, sites)
        assert found is None or "/" in found
