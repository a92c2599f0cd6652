"""One QR code as a square of dark and light modules (ISO/IEC 18004).

The level of error correction follows the printed size: M as a rule, Q from 35 mm and H from 50 mm on,
where labels get scuffed and there is room; never L. A step lower is taken before a module gets smaller
than 0.4 mm, which phones at arm's length no longer resolve; a code that needs smaller modules is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.image.pil import PilImage
from qrcode.main import QRCode

from tallystick.scanners.codes import LabelRefused

quiet_zone_modules = 4
module_mm_min = 0.4
#: (least side in mm, level): the best level that a size may have.
levels = ((50.0, "H"), (35.0, "Q"), (0.0, "M"))
_corrections = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}


@dataclass(frozen=True, slots=True)
class Symbol:
    """`rows[y][x]` is true where dark; without the quiet zone. `level` is M, Q or H."""

    rows: tuple[tuple[bool, ...], ...]
    level: str
    mask: int

    @property
    def side_modules(self) -> int:
        """Modules along a side, with the quiet zone on both ends."""
        return len(self.rows) + 2 * quiet_zone_modules

    def picture(self, module_px: int) -> Image.Image:
        """The code with its quiet zone, one bit per pixel."""
        side = len(self.rows)
        small = Image.new("1", (self.side_modules, self.side_modules), 1)
        modules = Image.frombytes(
            "L", (side, side), bytes(0 if m else 255 for r in self.rows for m in r)
        )
        small.paste(modules, (quiet_zone_modules, quiet_zone_modules))
        pixels = self.side_modules * module_px
        return small.resize((pixels, pixels), Image.Resampling.NEAREST)


def draw(text: str, side_mm: float, mask: int | None = None) -> Symbol:
    """The code of `text` for a printed side of `side_mm`, quiet zone included; raises `LabelRefused`.

    `mask` (0-7) saves the search for the best mask, which takes five times as long as the rest.
    """
    for side_mm_least, level in levels:
        if side_mm >= side_mm_least and (code := _fitting(text, side_mm, level)) is not None:
            return _drawn(code, level, mask)
    raise LabelRefused(
        f"{len(text)} characters on {side_mm:g} mm would need modules below {module_mm_min} mm"
    )


def _fitting(text: str, side_mm: float, level: str) -> QRCode[PilImage] | None:
    code = QRCode(error_correction=_corrections[level], border=0, image_factory=PilImage)
    code.add_data(text)
    try:
        version = code.best_fit(start=1)
    except (DataOverflowError, ValueError):
        return None
    modules = 17 + 4 * version + 2 * quiet_zone_modules
    return code if side_mm / modules >= module_mm_min else None


def _drawn(code: QRCode[PilImage], level: str, mask: int | None) -> Symbol:
    chosen = code.best_mask_pattern() if mask is None else mask
    code.mask_pattern = chosen
    code.make(fit=False)
    rows = tuple(tuple(bool(module) for module in row) for row in code.modules)
    return Symbol(rows, level, chosen)
