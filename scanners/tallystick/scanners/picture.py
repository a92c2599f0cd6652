"""A code on a screen: the picture of a text, as large as it has to be."""

from __future__ import annotations

from io import BytesIO

from tallystick.scanners.symbol import draw, quiet_zone_modules

#: On a screen a module is pixels; the drawing is told a size at which any level fits.
_side_mm = 45.0


def code_png(text: str, module_px: int = 6) -> bytes:
    """A PNG of the QR code; raises `LabelRefused` for a text that is too long."""
    out = BytesIO()
    draw(text, _side_mm).picture(module_px).save(out, "PNG")
    return out.getvalue()


def code_text(text: str) -> str:
    """The code in half blocks, two rows of it to a line, for a terminal: light on dark, with its quiet zone."""
    drawn = draw(text, _side_mm).rows
    empty = (False,) * (len(drawn) + 2 * quiet_zone_modules)
    side = (False,) * quiet_zone_modules
    quiet = [empty] * quiet_zone_modules
    rows = [*quiet, *(side + row + side for row in drawn), *quiet]
    rows += [empty] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(_blocks[pair] for pair in zip(*two, strict=True)) for two in pairs)


#: (upper dark, lower dark): what is light is drawn.
_blocks = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
