"""Lines of a document, of which there are only so many."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable
from tallystick.app.documents.forms.xml import children

lines_max = 1_000


def bounded(element: Element | None, *path: str) -> list[Element]:
    """All elements at a path: at least one, at most `lines_max`."""
    found = list(children(element, *path))
    if not found:
        raise DocumentUnreadable(f"there is no {path[-1]}")
    if len(found) > lines_max:
        raise DocumentTooLarge(f"{len(found)} lines, at most {lines_max}")
    return found
