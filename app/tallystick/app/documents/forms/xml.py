"""XML from outside: no document type, no entities, nothing fetched; bytes, elements and depth are bounded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree as Safe
from defusedxml.common import DefusedXmlException

from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable

document_bytes_max = 4 * 1024 * 1024
elements_max = 60_000
depth_max = 32
text_chars_max = 4_000


def read_xml(data: bytes) -> Element:
    """The root element; raises `DocumentUnreadable` or `DocumentTooLarge`."""
    if len(data) > document_bytes_max:
        raise DocumentTooLarge(f"{len(data)} bytes, at most {document_bytes_max}")
    depth = count = 0
    root: Element | None = None
    try:
        events = Safe.iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True)
        for event, element in events:
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth, count = depth + 1, count + 1
            if depth > depth_max or count > elements_max:
                raise DocumentTooLarge(f"more than {depth_max} levels or {elements_max} elements")
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        raise DocumentUnreadable(f"XML: {type(error).__name__}: {str(error)[:200]}") from None
    if root is None:
        raise DocumentUnreadable("XML: there is no element")
    return root


def name_of(element: Element) -> tuple[str, str]:
    """(namespace, local name)."""
    space, mark, local = str(element.tag).rpartition("}")
    return (space.removeprefix("{"), local) if mark else ("", local)


def children(element: Element | None, *path: str) -> Iterator[Element]:
    """Elements at a path of local names, whatever prefix or namespace a sender chose for them."""
    if element is None:
        return
    if not path:
        yield element
        return
    for child in element:
        if name_of(child)[1] == path[0]:
            yield from children(child, *path[1:])


def child(element: Element | None, *path: str) -> Element | None:
    return next(children(element, *path), None)


def said(element: Element | None, *path: str) -> str:
    """The text of the first element at a path, stripped; empty if there is none."""
    found = child(element, *path)
    text = "" if found is None or found.text is None else found.text.strip()
    if len(text) > text_chars_max:
        raise DocumentTooLarge(f"{'/'.join(path)} has more than {text_chars_max} characters")
    return text


def needed(element: Element | None, *path: str) -> str:
    text = said(element, *path)
    if not text:
        raise DocumentUnreadable(f"{'/'.join(path)} is missing")
    return text
