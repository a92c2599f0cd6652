"""A code on a screen: the picture of a text, as large as it has to be."""

from __future__ import annotations

from io import BytesIO

from tallystick.scanners.symbol import draw

#: On a screen a module is pixels; the drawing is told a size at which any level fits.
_side_mm = 45.0


def code_png(text: str, module_px: int = 6) -> bytes:
    """A PNG of the QR code; raises `LabelRefused` for a text that is too long."""
    out = BytesIO()
    draw(text, _side_mm).picture(module_px).save(out, "PNG")
    return out.getvalue()
