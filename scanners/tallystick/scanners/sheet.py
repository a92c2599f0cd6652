"""Many labels on A4 pages, as a PDF.

A code is a one-bit picture of whole modules: viewers draw hairlines between vector rectangles, none
within a picture.
All codes of a sheet use the mask that is best for the first one: the texts of a sheet differ in a few
characters, any mask is legal to read (ISO/IEC 18004 §7.8), and the search costs more than the drawing.
The PDF bears a fixed date, so the same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tallystick.scanners.codes import LabelRefused
from tallystick.scanners.fonts import Font, font_errors
from tallystick.scanners.labels import FontChoice, Label, Printed, choose_font, wording_of, wrap
from tallystick.scanners.symbol import draw

if TYPE_CHECKING:
    from fpdf import FPDF

sheet_labels_max = 10_000
page_mm = (210.0, 297.0)
_printed_on = datetime(2000, 1, 1, tzinfo=UTC)
_text_sizes_pt = (7.0, 6.0, 5.0, 4.0)
_line_mm = 2.8
_handle_lines = 2
#: Dots per module, so that a viewer that smooths pictures blurs no more than 1/16 of a module.
_module_px = 8


@dataclass(frozen=True, slots=True)
class Grid:
    """How an A4 page is divided: `columns` × `rows` cells inside a margin, `gap_mm` apart."""

    columns: int = 3
    rows: int = 8
    margin_mm: float = 8.0
    gap_mm: float = 2.0

    def __post_init__(self) -> None:
        """Raises `LabelRefused`."""
        if not 1 <= self.columns <= 20 or not 1 <= self.rows <= 40:
            raise LabelRefused("a page has 1 to 20 columns and 1 to 40 rows")
        if not 0 <= self.margin_mm <= 50 or not 0 <= self.gap_mm <= 50:
            raise LabelRefused("margin and gap are 0 to 50 mm")

    @property
    def cell_mm(self) -> tuple[float, float]:
        """Width and height of a cell; not above zero when margin and gaps take the page."""
        width = (page_mm[0] - 2 * self.margin_mm + self.gap_mm) / self.columns - self.gap_mm
        height = (page_mm[1] - 2 * self.margin_mm + self.gap_mm) / self.rows - self.gap_mm
        return width, height

    def corner_mm(self, position: int) -> tuple[float, float]:
        """Left and top of the cell at `position` on its page, row by row."""
        row, column = divmod(position, self.columns)
        width, height = self.cell_mm
        return (
            self.margin_mm + column * (width + self.gap_mm),
            self.margin_mm + row * (height + self.gap_mm),
        )


def label_sheet(
    labels: Sequence[Label],
    base_url: str,
    *,
    grid: Grid | None = None,
    font: FontChoice = "system",
) -> Printed:
    """A PDF of all labels; raises `LabelRefused` for none, too many, or cells too small to scan."""
    if not 0 < len(labels) <= sheet_labels_max:
        raise LabelRefused(f"a sheet holds 1 to {sheet_labels_max} labels, not {len(labels)}")
    from fpdf.errors import FPDFException

    chosen = choose_font(font)
    try:
        return _Printer(grid or Grid(), base_url, chosen).printed(labels)
    except (*font_errors, FPDFException) as error:
        # A font file comes from outside: if it cannot be embedded, the labels are printed without it.
        if chosen is None:
            raise
        plain = _Printer(grid or Grid(), base_url, None).printed(labels)
        because = f"the font {chosen.path.name} could not be used: {error}"
        return Printed(plain.data, (because, *plain.warnings))


def _blank() -> FPDF:
    # Slow to import, and a device that only scans never needs it.
    from fpdf import FPDF

    return FPDF(format="A4", unit="mm")


@dataclass
class _Printer:
    grid: Grid
    base_url: str
    font: Font | None
    pdf: FPDF = field(default_factory=_blank)
    warnings: list[str] = field(default_factory=list)
    mask: int | None = None
    families: dict[bool, str] = field(default_factory=lambda: {True: "helvetica"})

    def printed(self, labels: Sequence[Label]) -> Printed:
        self.pdf.set_auto_page_break(False)
        self.pdf.set_creation_date(_printed_on)
        self.pdf.set_title("Labels")
        per_page = self.grid.columns * self.grid.rows
        named = any(label.name for label in labels)
        for number, label in enumerate(labels):
            if number % per_page == 0:
                self.pdf.add_page()
            self._cell(label, self.grid.corner_mm(number % per_page), named)
        return Printed(bytes(self.pdf.output()), tuple(self.warnings))

    def _cell(self, label: Label, corner: tuple[float, float], named: bool) -> None:
        width, height = self.grid.cell_mm
        side = min(width, height - (_handle_lines + named) * _line_mm)
        if side <= 0:
            raise LabelRefused("the cells of this grid leave no room for a code")
        wording = wording_of(label, self.font)
        if wording.warning:
            self.warnings.append(wording.warning)
        self._code(label.text(self.base_url), corner, side, width)
        below = corner[1] + side
        lines = self._lines(wording.handle, corner[0], below, _handle_lines)
        if wording.name:
            self._lines(wording.name, corner[0], below + lines * _line_mm, 1)

    def _code(self, text: str, corner: tuple[float, float], side: float, width: float) -> None:
        symbol = draw(text, side, self.mask)
        self.mask = symbol.mask
        picture = symbol.picture(_module_px)
        self.pdf.image(picture, corner[0] + (width - side) / 2, corner[1], side, side)

    def _lines(self, text: str, left: float, top: float, lines_max: int) -> int:
        """Write centred lines in the largest size that fits; returns how many."""
        width = self.grid.cell_mm[0]
        family = self._family(text.isascii())
        lines: list[str] = []
        for size in _text_sizes_pt:
            self.pdf.set_font(family, size=size)
            lines = wrap(text, width, self.pdf.get_string_width)
            if len(lines) <= lines_max:
                break
        else:
            self.warnings.append(f"{text}: only its beginning is printed under the code")
        for row, line in enumerate(lines[:lines_max]):
            x = left + (width - self.pdf.get_string_width(line)) / 2
            self.pdf.text(x, top + (row + 0.8) * _line_mm, line)
        return min(len(lines), lines_max)

    def _family(self, ascii_only: bool) -> str:
        if ascii_only not in self.families and self.font is not None:
            number = self.font.number
            self.pdf.add_font("names", fname=self.font.path, collection_font_number=number)
            self.families[False] = "names"
        return self.families[ascii_only]
