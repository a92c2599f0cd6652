"""PDF: the CII file that a Factur-X or ZUGFeRD invoice carries. Nothing of the page itself is believed."""

from __future__ import annotations

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable
from tallystick.app.documents.forms.xml import document_bytes_max

pdf_bytes_max = 16 * 1024 * 1024
attached_max = 20
#: Names that Factur-X and ZUGFeRD give to the file.
file_names = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
#: What a damaged file makes the library raise beside its own errors.
_broken = (
    PdfError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    RecursionError,
)


def read_pdf(data: bytes) -> bytes:
    """The XML inside; raises `DocumentUnreadable` or `DocumentTooLarge`."""
    if len(data) > pdf_bytes_max:
        raise DocumentTooLarge(f"{len(data)} bytes, at most {pdf_bytes_max}")
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
    tree = reader.root.get("/Names", generic.DictionaryObject()).get("/EmbeddedFiles")
    files = [] if tree is None else list(_leaves(tree, 0))
    for name, spec in files[:attached_max]:
        if str(name).lower() in file_names:
            stream = spec["/EF"]["/F"]
            return bytes(stream.data)
    return None


def _leaves(
    node: generic.DictionaryObject, depth: int
) -> list[tuple[str, generic.DictionaryObject]]:
    """Of a name tree (ISO 32000-1 §7.9.6), which is never as deep in a good file."""
    if depth > attached_max:
        return []
    found: list[tuple[str, generic.DictionaryObject]] = []
    names = node.get("/Names", generic.ArrayObject())
    found += [
        (str(names[n]), names[n + 1]) for n in range(0, min(len(names), 2 * attached_max) - 1, 2)
    ]
    for kid in list(node.get("/Kids", generic.ArrayObject()))[:attached_max]:
        found += _leaves(kid.get_object() if hasattr(kid, "get_object") else kid, depth + 1)
    return found[:attached_max]
