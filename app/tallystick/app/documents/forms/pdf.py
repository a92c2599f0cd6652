"""PDF: the CII file that a Factur-X or ZUGFeRD invoice carries. Nothing of the page itself is believed."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from tallystick.app.documents.confined import Overrun, confined
from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable
from tallystick.app.documents.forms.xml import document_bytes_max

pdf_bytes_max = 16 * 1024 * 1024
attached_max = 20
depth_max = 4
#: Names that Factur-X and ZUGFeRD give to the file.
file_names = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
#: What a damaged file makes the library raise beside its own errors.
_broken = (
    PdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, OSError,
    AssertionError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip


def read_pdf(data: bytes) -> bytes:
    """The XML inside; raises `DocumentUnreadable` or `DocumentTooLarge`."""
    if len(data) > pdf_bytes_max:
        raise DocumentTooLarge(f"{len(data)} bytes, at most {pdf_bytes_max}")
    try:
        return confined(_xml_of, data)
    except Overrun as error:
        raise DocumentUnreadable(f"PDF: {error}") from None


def _xml_of(data: bytes) -> bytes:
    try:
        found = _attached(PdfFileReader(io.BytesIO(data), strict=False))
    except _broken as error:
        raise DocumentUnreadable(f"PDF: {type(error).__name__}") from None
    if found is None:
        raise DocumentUnreadable(f"the PDF carries none of {', '.join(file_names)}")
    if len(found) > document_bytes_max:
        raise DocumentTooLarge(f"{len(found)} bytes of XML, at most {document_bytes_max}")
    return found


def _attached(reader: PdfFileReader) -> bytes | None:
    tree = _member(_member(reader.root, "/Names"), "/EmbeddedFiles")
    for name, spec in _leaves(tree, 0):
        if name.lower() in file_names:
            return bytes(_member(_member(spec, "/EF"), "/F").data)
    return None


def _leaves(node: Any, depth: int) -> list[tuple[str, Any]]:
    """Of a name tree (ISO 32000-1 §7.9.6), which is never as deep in a good file."""
    if node is None or depth > depth_max:
        return []
    names = _member(node, "/Names") or []
    found = [(str(names[n]), _real(names[n + 1])) for n in range(0, len(names) - 1, 2)]
    for kid in list(_member(node, "/Kids") or [])[:attached_max]:
        found += _leaves(_real(kid), depth + 1)
        if len(found) > attached_max:
            break
    return found[:attached_max]


def _member(node: Any, name: str) -> Any:
    return None if node is None or name not in node else _real(node[name])


def _real(node: Any) -> Any:
    return node.get_object() if isinstance(node, generic.IndirectObject) else node  # type: ignore[no-untyped-call]
