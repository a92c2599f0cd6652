"""What a picture of codes says: zxing-cpp first, zbar (by pyzbar) as the second opinion.

zxing-cpp reads more and faster; the few it misses are tried again on prepared copies of the picture
(smoothed, enlarged, thresholded), then by zbar, which reads some tilted and damaged codes that the other
does not. zbar garbles text that is not ASCII, so only ASCII is taken from it. pyzbar needs the libzbar of
the system and is imported only when its opinion is wanted.

Pictures come from outside: bytes, pixels and formats are limited before anything is unpacked.
"""

from __future__ import annotations

import io
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, UnidentifiedImageError

from tallystick.ledger import TallystickError

image_bytes_max = 16 << 20
image_pixels_max = 40_000_000
#: Larger pictures are not enlarged any further.
enlarge_pixels_max = 8_000_000
image_formats = ("PNG", "JPEG")

#: `needed`: ask zbar when zxing-cpp reads nothing. `always`: ask both and compare. `never`: zxing-cpp only.
SecondOpinion = Literal["needed", "always", "never"]
Step = Callable[[Image.Image], Image.Image]

# QRCodeModel2 and not the family QRCode: a damaged label can be "read" as a Micro QR of a few digits.
_symbologies = (
    zxingcpp.BarcodeFormat.QRCodeModel2,
    zxingcpp.BarcodeFormat.DataMatrix,
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.EANUPC,
    zxingcpp.BarcodeFormat.ITF,
    zxingcpp.BarcodeFormat.DataBar,
)
_zbar_symbols = ("QRCODE", "CODE128", "EAN13", "EAN8", "UPCA", "I25", "DATABAR", "DATABAR_EXP")


class ImageRefused(TallystickError):
    code = "image-refused"
    status = 422
    title = "This picture cannot be decoded"
    advice = "Send one PNG or JPEG of at most 16 MiB and 40 million pixels."


class DecoderMissing(TallystickError):
    code = "decoder-missing"
    status = 503
    title = "The second decoder needs the zbar library of the system"
    advice = (
        "Install it (Debian/Ubuntu: apt-get install libzbar0; macOS: brew install zbar), "
        "or decode without a second opinion."
    )


@dataclass(frozen=True, slots=True)
class Decoded:
    """One code. `decoder` is `zxing-cpp` or `zbar`; `agreed` says whether the other decoder read the
    same text: None when it was not asked, or cannot read this kind of code."""

    text: str
    format: str
    decoder: str
    agreed: bool | None = None


def decode(
    source: bytes | Path, *, second: SecondOpinion = "needed", thorough: bool = False
) -> list[Decoded]:
    """All codes in a PNG or JPEG, two alike counted twice, in the order the decoder found them.

    `thorough` goes on over all prepared copies after the first that shows a code: for a sheet where some
    labels are damaged. Raises `ImageRefused`, and `DecoderMissing` when zbar is wanted and missing.
    """
    picture = _open(source)
    found = _by_zxing(picture, thorough)
    if second == "never" or (found and second == "needed"):
        return found
    others = _by_zbar(picture)
    return _compared(found, others) if found else others


def _open(source: bytes | Path) -> Image.Image:
    data = source if isinstance(source, bytes) else _read(source)
    if len(data) > image_bytes_max:
        raise ImageRefused(f"more than {image_bytes_max} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=image_formats)
        if picture.width * picture.height > image_pixels_max:
            raise ImageRefused(f"{picture.width} × {picture.height} pixels are too many")
        return _grey(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageRefused(str(error)) from None
    except UnidentifiedImageError:
        raise ImageRefused("it is neither PNG nor JPEG") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageRefused(f"it is damaged: {error}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(image_bytes_max + 1)
    except OSError as error:
        raise ImageRefused(f"{path}: {error.strerror}") from None


def _grey(picture: Image.Image) -> Image.Image:
    """Shades of grey on white: a transparent label is printed on white paper."""
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(paper, coloured).convert("L")
    return picture.convert("L")


def _by_zxing(picture: Image.Image, thorough: bool) -> list[Decoded]:
    best: Counter[Decoded] = Counter()
    for copy in _copies(picture):
        best |= Counter(_zxing_codes(copy))
        if best and not thorough:
            break
    return list(best.elements())


def _zxing_codes(picture: Image.Image) -> list[Decoded]:
    # Made for each picture: what is still there at the end of a process, the library calls a leak on the terminal.
    formats = zxingcpp.BarcodeFormats(_symbologies)
    codes = zxingcpp.read_barcodes(picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return [Decoded(code.text, code.format.name, "zxing-cpp") for code in codes if code.valid]


def _copies(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then prepared in the order that pays most on warehouse photographs."""
    yield picture
    yield picture.filter(ImageFilter.GaussianBlur(1))
    if picture.width * picture.height <= enlarge_pixels_max:
        size = (picture.width * 2, picture.height * 2)
        large = picture.resize(size, Image.Resampling.BICUBIC)
        yield large.filter(ImageFilter.GaussianBlur(2))
        yield large
    yield _thresholded(picture)


def _thresholded(picture: Image.Image) -> Image.Image:
    """Black where darker than the surroundings: takes out shadows."""
    surroundings = picture.filter(ImageFilter.BoxBlur(25))
    darker = ImageChops.subtract(surroundings, picture)
    return darker.point([0 if difference > 7 else 255 for difference in range(256)])


def _by_zbar(picture: Image.Image) -> list[Decoded]:
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError) as error:
        raise DecoderMissing(str(error)) from None
    symbols = [pyzbar.ZBarSymbol[name] for name in _zbar_symbols]
    codes = pyzbar.decode(picture, symbols=symbols)
    return [
        Decoded(code.data.decode("ascii"), _zbar_names.get(str(code.type), str(code.type)), "zbar")
        for code in codes
        if code.data.isascii()
    ]


_zbar_names = {"QRCODE": "QRCode", "CODE128": "Code128", "I25": "ITF", "DATABAR": "DataBar"}
_only_zxing = frozenset({"DataMatrix"})


def _compared(found: list[Decoded], others: list[Decoded]) -> list[Decoded]:
    """Each of `found` with the other's verdict; what only zbar read follows, not agreed."""
    left = Counter(other.text for other in others)
    verdicts: list[Decoded] = []
    for code in found:
        agreed = left[code.text] > 0
        left[code.text] -= agreed
        unable = code.format in _only_zxing or not code.text.isascii()
        verdicts.append(replace(code, agreed=None if unable and not agreed else agreed))
    extra = [other for other in others if left[other.text] > 0 and not _same(other, found)]
    return verdicts + [replace(other, agreed=False) for other in extra]


def _same(code: Decoded, found: list[Decoded]) -> bool:
    return any(code.text == other.text for other in found)
