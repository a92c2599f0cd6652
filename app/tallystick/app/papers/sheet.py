"""Pages whose parts say what they are: a tagged PDF (ISO 32000-1 §14.8), for whoever has papers read out.

fpdf2 marks pictures alone; here each text is a heading, a paragraph or a cell of a table, in the order in which it is
read, and rules, rings and footers are marked as none of it. A mark lies on one page: whoever draws makes room first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from fpdf.enums import DocumentCompliance
from fpdf.fpdf import FPDF
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFArray, PDFObject

_footer_pt, _footer_mm = 7.0, 4
_quiet = (96, 104, 112)


class _Deep(PDFArray):
    """The elements at the top; whoever goes through it comes to those below them, too."""

    def __iter__(self) -> Iterator[StructElem]:
        return _walk(super().__iter__())

    def serialize(self, _security_handler: object = None, _obj_id: int | None = None) -> str:
        return PDFArray(super().__iter__()).serialize()


def _walk(elements: Iterable[object]) -> Iterator[StructElem]:
    for element in elements:
        if isinstance(element, StructElem):
            yield element
            yield from _walk(element.k)


class _Head(StructElem):
    """The head of a row or of a column."""

    __slots__ = ("a",)

    def __init__(self, parent: PDFObject, kids: list[int], page: int, scope: str) -> None:
        super().__init__("/TH", parent, kids, page)
        self.a = f"<</O /Table /Scope /{scope}>>"


class _Tree(StructureTreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self.doc_struct_elem.k = _Deep()
        self._marks = Counter[int]()

    def group(self, kind: str, parent: StructElem, page: int) -> StructElem:
        element = StructElem(kind, parent, list[int](), page)
        parent.k.append(element)
        return element

    def mark(
        self, kind: str, parent: StructElem, page: int, alt: str, scope: str
    ) -> tuple[int, int]:
        """The number of a mark on its page, and that of the page among those that have any."""
        number = self._marks[page]
        self._marks[page] += 1
        if scope:
            element: StructElem = _Head(parent, [number], page, scope)
        else:
            element = StructElem(kind, parent, [number], page, alt=alt or None)
        parent.k.append(element)
        place = self.spid_per_page_number.setdefault(page, len(self.spid_per_page_number))
        self.struct_tree_root.parent_tree.nums[place].append(element)
        return number, place


class Sheet(FPDF):
    """A4 in millimetres; `told`: the words at the foot of each page."""

    def __init__(self, told: str, width_mm: float, level: DocumentCompliance) -> None:
        super().__init__(format="A4", unit="mm", enforce_compliance=level)
        self._tree = _Tree()
        self.struct_builder = self._tree
        self._within = [self._tree.doc_struct_elem]
        self._told, self._width_mm = told, width_mm

    def footer(self) -> None:
        with self.beside():
            self.set_y(-13)
            self.set_font("paper", size=_footer_pt)
            self.set_text_color(*_quiet)
            self.cell(self._width_mm - 20, _footer_mm, self._told)
            self.cell(20, _footer_mm, str(self.page_no()), align="R")

    @contextmanager
    def group(self, kind: str) -> Iterator[None]:
        """What is drawn within belongs together: `/Table`, `/TR`."""
        self._within.append(self._tree.group(kind, self._within[-1], self.page))
        yield
        self._within.pop()

    @contextmanager
    def mark(self, kind: str, alt: str = "", scope: str = "") -> Iterator[None]:
        """What is drawn within is this, on one page. `scope` of a head of a table: `Row` or `Column`."""
        number, place = self._tree.mark(kind, self._within[-1], self.page, alt, scope)
        self.pages[self.page].struct_parents = place
        self._out(f"{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def beside(self) -> Iterator[None]:
        """What is drawn within is not read out."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")
