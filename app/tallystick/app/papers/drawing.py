"""A paper as PDF/A-2u (ISO 19005-2, conformance level U): A4, one embedded font, tagged, so that it can be read out
(`sheet`); one with a file attached is PDF/A-3u (ISO 19005-3), of which the file is a supplement.

Drawn by fpdf2, which keeps the standard's rules (embedded and subset fonts with their Unicode map, sRGB output intent,
XMP metadata, no encryption). The date in it is the last entry's, so that the same paper is the same
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tallystick.finance.papers import Paper, Seal

if TYPE_CHECKING:
    from tallystick.app.papers.sheet import Sheet

page_mm, margin_mm = (210.0, 297.0), 20.0
_width_mm = page_mm[0] - 2 * margin_mm
_label_mm, _code_mm, _seal_mm = 42.0, 30.0, 32.0
_ink, _quiet, _rule, _red = (24, 28, 33), (96, 104, 112), (205, 210, 215), (190, 30, 45)
_body_pt, _small_pt, _tiny_pt, _title_pt, _hash_pt = 10.0, 8.5, 7.0, 19.0, 6.0
_part_pt = 12.0
_step_mm = 5.4
_evidence_mm = (12.0, 30.0, 33.0, 78.0, 17.0)
_payouts_mm = (84.0, 34.0, 38.0, 14.0)
_missing = "□"
_author = "Tallystick"
#: As ISO 19005-2 and -3 §6.6 ask; fpdf2's own has the time of drawing in it.
_xmp = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<pdf:Producer>{author}</pdf:Producer><xmp:CreateDate>{made}</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file that writes Chinese and Latin and, in a collection, its number in it."""

    path: Path
    number: int = 0


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a paper, inside it."""

    name: str
    media_type: str
    data: bytes


def draw(paper: Paper, typeface: Typeface, attached: Attached | None = None) -> bytes:
    """The paper's bytes."""
    drawer = _Drawer(paper, typeface, attached)
    drawer.all()
    return drawer.output()


class _Drawer:
    def __init__(self, paper: Paper, typeface: Typeface, attached: Attached | None) -> None:
        # Slow to import, and few processes draw papers.
        from fpdf.enums import DocumentCompliance, WrapMode

        from tallystick.app.papers.sheet import Sheet

        self._paper = paper
        level = DocumentCompliance.PDFA_3U if attached else DocumentCompliance.PDFA_2U
        self._pdf: Sheet = Sheet(paper.footer, _width_mm, level)
        self._wrap = WrapMode.CHAR if paper.language == "zh" else WrapMode.WORD
        pdf = self._pdf
        pdf.set_margin(margin_mm)
        pdf.set_auto_page_break(True, margin_mm)
        pdf.set_creation_date(datetime.fromisoformat(paper.made))
        pdf.set_lang("zh-CN" if paper.language == "zh" else "en")
        pdf.set_title(_title(paper))
        pdf.set_author(_author)
        pdf.set_producer(_author)
        pdf.set_xmp_metadata(_metadata(paper, part=3 if attached else 2))
        pdf.add_font("paper", fname=typeface.path, collection_font_number=typeface.number)
        self._known = frozenset(pdf.fonts["paper"].cmap)  # type: ignore[union-attr]
        if attached is not None:
            made = datetime.fromisoformat(paper.made)
            pdf.embed_file(
                bytes=attached.data,
                basename=attached.name,
                mime_type=attached.media_type,
                associated_file_relationship="Supplement",
                creation_date=made,
                modification_date=made,
            )
        pdf.add_page()

    def output(self) -> bytes:
        return bytes(self._pdf.output())

    def all(self) -> None:
        paper = self._paper
        self._line(paper.title, _title_pt, 11, align="C", tag="/H1")
        self._line(paper.subtitle, _small_pt, 6, align="C", color=_quiet)
        self._gap(4)
        self._line(paper.opening, _body_pt, 6.4)
        self._gap(2)
        self._rows(paper.rows)
        self._gap(4)
        for text in paper.paragraphs:
            self._line(text, _body_pt, 5.6)
            self._gap(1.6)
        if paper.payouts:
            self._table(paper.payouts, _payouts_mm, _small_pt, right=1)
            self._gap(4)
        for part in paper.parts:
            self._room(24)
            self._line(part.title, _part_pt, 7, tag="/H2")
            self._gap(1)
            self._rows(part.rows)
            self._gap(4)
        self._signatures()
        self._evidence()

    def _signatures(self) -> None:
        """Who signed, and beside it the mark, if everything verified."""
        height = max(_seal_mm, 7.0 * len(self._paper.signatory))
        self._room(height)
        top = self._pdf.get_y() + 2
        self._pdf.set_y(top + 4)
        for text in self._paper.signatory:
            self._line(text, _small_pt, 5.4, width=_width_mm - _seal_mm - 6)
        if self._paper.seal is not None:
            self._seal(self._paper.seal, top)
        self._pdf.set_y(max(self._pdf.get_y(), top + height) + 3)

    def _seal(self, seal: Seal, top: float) -> None:
        pdf = self._pdf
        left = page_mm[0] - margin_mm - _seal_mm
        middle, radius = (left + _seal_mm / 2, top + _seal_mm / 2), _seal_mm / 2
        with pdf.beside():
            pdf.set_draw_color(*_red)
            for shrink, line in ((0.0, 0.9), (1.6, 0.3)):
                pdf.set_line_width(line)
                pdf.circle(middle[0], middle[1], radius - shrink)
        inner = _seal_mm * 0.76
        texts = (
            (seal.name, _small_pt, 4.2),
            (seal.told, _tiny_pt, 3.6),
            (seal.entries, _tiny_pt, 3.6),
        )
        sized = [(text, size, step, self._lines(text, size, inner)) for text, size, step in texts]
        y = middle[1] - sum(step * lines for _, _, step, lines in sized) / 2
        for text, size, step, lines in sized:
            pdf.set_xy(middle[0] - inner / 2, y)
            self._line(text, size, step, align="C", color=_red, width=inner)
            y += step * lines

    def _lines(self, text: str, size: float, width: float) -> int:
        """How many lines a text takes in a width."""
        self._pdf.set_font("paper", size=size)
        found: Any = self._pdf.multi_cell(
            width, 4, self._drawable(text), dry_run=True, output="LINES", wrapmode=self._wrap
        )
        return len(found)

    def _evidence(self) -> None:
        """The entries, the checkpoint, and the code that leads to them."""
        paper, pdf = self._paper, self._pdf
        self._room(20)
        self._line(paper.evidence, _body_pt, 6.4, tag="/H2")
        self._gap(1)
        self._table(paper.table, _evidence_mm, _hash_pt)
        self._gap(3)
        self._room(_code_mm + 2)
        top = pdf.get_y()
        left = page_mm[0] - margin_mm - _code_mm
        with pdf.mark("/Figure", alt=paper.lookup):
            pdf.image(_code(paper.lookup), left, top, _code_mm, _code_mm)
        for text in (*paper.closing, paper.lookup):
            self._line(text, _tiny_pt, 4.0, width=_width_mm - _code_mm - 6, color=_quiet)
            self._gap(0.8)
        pdf.set_y(max(pdf.get_y(), top + _code_mm))

    def _rows(self, rows: Sequence[tuple[str, str]]) -> None:
        if rows:
            with self._pdf.group("/Table"):
                for label, value in rows:
                    self._row(label, value)

    def _row(self, label: str, value: str) -> None:
        pdf = self._pdf
        height = _step_mm * max(1, self._lines(value, _body_pt, _width_mm - _label_mm))
        self._room(height)
        top = pdf.get_y()
        with pdf.group("/TR"):
            self._line(
                label, _small_pt, _step_mm, color=_quiet, width=_label_mm, tag="/TH", scope="Row"
            )
            pdf.set_xy(margin_mm + _label_mm, top)
            self._line(value, _body_pt, _step_mm, width=_width_mm - _label_mm, tag="/TD")
        pdf.set_y(max(pdf.get_y(), top + _step_mm))
        self._underline()

    def _table(
        self,
        rows: tuple[tuple[str, ...], ...],
        widths: tuple[float, ...],
        size: float,
        right: int = -1,
    ) -> None:
        with self._pdf.group("/Table"):
            for number, row in enumerate(rows):
                self._cells(row, widths, size, right, head=not number)

    def _cells(
        self,
        row: tuple[str, ...],
        widths: tuple[float, ...],
        size: float,
        right: int,
        *,
        head: bool,
    ) -> None:
        pdf, step = self._pdf, size * 0.52
        lines = [self._lines(text, size, width) for text, width in zip(row, widths, strict=True)]
        self._room(step * max(lines) + 1.2)
        top, left = pdf.get_y(), margin_mm
        tag, scope, color = ("/TH", "Column", _quiet) if head else ("/TD", "", _ink)
        with pdf.group("/TR"):
            for place, (text, width) in enumerate(zip(row, widths, strict=True)):
                pdf.set_xy(left, top)
                align = "R" if place == right else "L"
                self._line(
                    text, size, step, width=width, color=color, align=align, tag=tag, scope=scope
                )
                left += width
        pdf.set_y(top + step * max(lines) + 0.6)
        self._underline()

    def _line(
        self,
        text: str,
        size: float,
        step: float,
        *,
        width: float = _width_mm,
        align: str = "L",
        color: tuple[int, int, int] = _ink,
        tag: str = "/P",
        scope: str = "",
    ) -> None:
        """A text; what is taller than a page goes over several, and is no part of the structure."""
        pdf, height = self._pdf, step * self._lines(text, size, width)
        fits = height <= page_mm[1] - 2 * margin_mm
        if fits:
            self._room(height)
        pdf.set_font("paper", size=size)
        pdf.set_text_color(*color)
        with pdf.mark(tag, scope=scope) if fits else nullcontext():
            pdf.multi_cell(
                width,
                step,
                self._drawable(text),
                align=align,
                wrapmode=self._wrap,
                new_x="LMARGIN",
                new_y="NEXT",
            )

    def _underline(self) -> None:
        pdf = self._pdf
        with pdf.beside():
            pdf.set_draw_color(*_rule)
            pdf.set_line_width(0.15)
            pdf.line(margin_mm, pdf.get_y(), page_mm[0] - margin_mm, pdf.get_y())
        self._gap(0.6)

    def _gap(self, mm: float) -> None:
        self._pdf.set_y(self._pdf.get_y() + mm)

    def _room(self, mm: float) -> None:
        """A new page, if so much does not fit on this one."""
        if self._pdf.get_y() + mm > page_mm[1] - margin_mm:
            self._pdf.add_page()

    def _drawable(self, text: str) -> str:
        """What the font cannot draw is a box: a glyph that is not there would break the standard."""
        return "".join(one if ord(one) in self._known else _missing for one in text)


def _metadata(paper: Paper, part: int) -> str:
    made = datetime.fromisoformat(paper.made).isoformat(timespec="seconds")
    return _xmp.format(title=escape(_title(paper)), author=_author, made=made, part=part)


def _title(paper: Paper) -> str:
    return f"{paper.title} {paper.subtitle}"


def _code(text: str) -> Any:
    """A QR code as a picture of one bit."""
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.image.pil import PilImage
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(text)
    return code.make_image(image_factory=PilImage).get_image().convert("L")
