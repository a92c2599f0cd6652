"""A font of the system that can write Chinese.

Nothing is shipped: a label names a thing in Chinese only where the machine has such a font, and says so
where it has none. A TrueType collection (`.ttc`) holds several fonts; the one for simplified Chinese is
chosen by its family name, because the same code point is drawn differently for Japanese and Korean.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import (  # type: ignore[import-untyped]
    TTCollection,
    TTFont,
    TTLibError,
)

#: File names (without suffix, lower case) in order of preference.
preferred_files = (
    "notosanscjk-regular",
    "notosanscjksc-regular",
    "notosanssc-regular",
    "sourcehansanssc-regular",
    "sourcehansanscn-regular",
    "wqy-microhei",
    "wqy-zenhei",
    "pingfang",
    "hiragino sans gb",
    "stheiti light",
    "droidsansfallbackfull",
    "droidsansfallback",
    "msyh",
    "simsun",
)
font_suffixes = frozenset({".ttf", ".otf", ".ttc", ".otc"})
#: What a parser raises for a font file that is broken, or not what its name says.
font_errors = (
    OSError,
    TTLibError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)
_simplified = (" SC", " CN", " GB", "PingFang SC", "Heiti SC", "SimSun", "YaHei", "WenQuanYi")
_probe = "中"


@dataclass(frozen=True, slots=True)
class Font:
    """A font file and, in a collection, the number of the font."""

    path: Path
    number: int = 0


def font_folders() -> tuple[Path, ...]:
    """Where Debian/Ubuntu, macOS and Windows keep fonts."""
    home = Path.home()
    return (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        Path("C:/Windows/Fonts"),
    )


@lru_cache(maxsize=1)
def system_font() -> Font | None:
    """The preferred font of this machine that writes Chinese, looked for once; None without one."""
    return find_font(font_folders())


def find_font(folders: Iterable[Path]) -> Font | None:
    """The first of `preferred_files` under `folders` that opens and holds Chinese characters."""
    rank = {name: position for position, name in enumerate(preferred_files)}
    found = [path for path in _font_files(folders) if path.stem.lower() in rank]
    for path in sorted(found, key=lambda path: (rank[path.stem.lower()], str(path))):
        if (font := _usable(path)) is not None:
            return font
    return None


@lru_cache(maxsize=8)
def characters_of(font: Font) -> frozenset[int]:
    """The code points that the font can draw; raises what a broken file raises."""
    with TTFont(font.path, fontNumber=font.number, lazy=True) as opened:
        return frozenset(opened.getBestCmap() or ())


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from (p for p in folder.rglob("*") if p.suffix.lower() in font_suffixes)


def _usable(path: Path) -> Font | None:
    try:
        font = Font(path, _simplified_number(path))
        return font if ord(_probe) in characters_of(font) else None
    except font_errors:
        return None


def _simplified_number(path: Path) -> int:
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 0
    with TTCollection(path, lazy=True) as collection:
        families = [str(font["name"].getDebugName(1)) for font in collection.fonts]
    for number, family in enumerate(families):
        if any(mark in family for mark in _simplified) and "Mono" not in family:
            return number
    return 0
