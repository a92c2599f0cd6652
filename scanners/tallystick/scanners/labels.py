"""Labels to stick on things: a QR code, the handle for people, and a name where a font allows.

A code keeps the quiet zone of 4 modules that ISO/IEC 18004 asks for. The same label, base URL and fonts
give the same bytes. What could not be printed as asked is said in `warnings`, never in an exception.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from PIL import Image, ImageDraw, ImageFont

from tallystick.scanners.codes import LabelRefused, checked_link, label_url
from tallystick.scanners.fonts import Font, characters_of, font_errors, system_font
from tallystick.scanners.symbol import Symbol, draw

name_chars_max = 60
side_mm_max = 200.0
dpi_min, dpi_max = 100, 1200
text_mm = 2.6
_mm_per_inch = 25.4

#: A font, none at all, or the one of the system.
FontChoice = Font | None | Literal["system"]
Face = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says; `name` may be Chinese.

    `link`: an address that the code holds in the place of the handle's page; `caption`: what stands under the code in the
    place of the handle.
    """

    handle: str
    name: str | None = None
    link: str | None = None
    caption: str | None = None

    def text(self, base_url: str) -> str:
        """What its code holds; raises `LabelRefused`."""
        return label_url(base_url, self.handle) if self.link is None else checked_link(self.link)


@dataclass(frozen=True, slots=True)
class Printed:
    """A PNG or PDF ready to print, and what it does not show."""

    data: bytes
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """The lines under a code: `handle` in ASCII or in the font, `name` only if the font can write it."""

    handle: str
    name: str | None
    warning: str | None = None


def label_png(
    label: Label,
    base_url: str,
    *,
    side_mm: float = 30.0,
    dpi: int = 300,
    font: FontChoice = "system",
) -> Printed:
    """One label as a one-bit PNG; the code, quiet zone included, is at most `side_mm` wide."""
    if not 0 < side_mm <= side_mm_max or not dpi_min <= dpi <= dpi_max:
        raise LabelRefused(
            f"a label is up to {side_mm_max:g} mm wide and printed at {dpi_min} to {dpi_max} dpi"
        )
    symbol = draw(label.text(base_url), side_mm)
    module_px = int(side_mm / _mm_per_inch * dpi / symbol.side_modules)
    if module_px < 2:
        raise LabelRefused(f"{dpi} dpi leaves less than two dots per module on {side_mm:g} mm")
    chosen = choose_font(font)
    wording = wording_of(label, chosen)
    picture = _picture(symbol, module_px, wording, chosen, round(text_mm / _mm_per_inch * dpi))
    out = io.BytesIO()
    picture.save(out, format="PNG", dpi=(dpi, dpi), optimize=True)
    return Printed(out.getvalue(), (wording.warning,) if wording.warning else ())


def choose_font(font: FontChoice) -> Font | None:
    return system_font() if font == "system" else font


def wording_of(label: Label, font: Font | None) -> Wording:
    """The text of a label as far as `font` can write it; a handle falls back to percent-encoding."""
    handle = label.caption or label.handle
    name = _clean(label.name) if label.name else None
    drawable = _characters(font)
    handle_drawn = handle if _writes(handle, drawable) else quote(handle, safe="/()")
    if not name or _writes(name, drawable):
        return Wording(handle_drawn, name or None)
    if font is None:
        why = "no font for Chinese was found (Debian/Ubuntu: apt-get install fonts-noto-cjk)"
    else:
        why = f"the font {font.path.name} cannot write it"
    return Wording(handle_drawn, None, f"{handle}: the name {name!r} is not printed: {why}")


def _characters(font: Font | None) -> frozenset[int]:
    try:
        return characters_of(font) if font is not None else frozenset()
    except font_errors:
        return frozenset()


def _writes(text: str, drawable: frozenset[int]) -> bool:
    return text.isascii() or all(ord(character) in drawable for character in text)


def _clean(name: str) -> str:
    """One line without control or formatting characters, cut to `name_chars_max`."""
    kept = "".join(c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    line = " ".join(kept.split())
    return line if len(line) <= name_chars_max else line[: name_chars_max - 3] + "..."


def _picture(
    symbol: Symbol, module_px: int, wording: Wording, font: Font | None, text_px: int
) -> Image.Image:
    width = symbol.side_modules * module_px
    lines = _lines(wording, font, text_px, width)
    line_px = round(text_px * 1.4)
    picture = Image.new("1", (width, width + len(lines) * line_px + text_px // 2), 1)
    pen = ImageDraw.Draw(picture)
    picture.paste(symbol.picture(module_px), (0, 0))
    for row, (line, face) in enumerate(lines):
        left = round((width - face.getlength(line)) / 2)
        pen.text((left, width + row * line_px), line, fill=0, font=face)
    return picture


def _lines(wording: Wording, font: Font | None, text_px: int, width: int) -> list[tuple[str, Face]]:
    lines: list[tuple[str, Face]] = []
    for text in filter(None, (wording.handle, wording.name)):
        face = _face(text, font, text_px)
        lines.extend((line, face) for line in wrap(text, width * 0.94, face.getlength))
    return lines


def _face(text: str, font: Font | None, text_px: int) -> Face:
    if font is None or text.isascii():
        return ImageFont.load_default(text_px)
    return ImageFont.truetype(str(font.path), text_px, index=font.number)


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` in lines no wider than `width`, broken anywhere: a handle has no blanks to break at."""
    if measure(text) <= width:
        return [text]
    lines = [""]
    for character in text:
        if lines[-1] and measure(lines[-1] + character) > width:
            lines.append("")
        lines[-1] += character
    return lines
