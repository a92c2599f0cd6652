"""Finance's names in the map of heads (formats §3): what is complete, and what never happened.

A certificate is touched by every entry that changes it or its holdings. An invoice line and a receipt line
are touched when a certificate comes to rest on them, and again when it is refused or lapses: a line that the
map does not know was never confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.finance.draft import Row
from tallystick.finance.trade.lines import line_name
from tallystick.ledger import Document, HeadName


def certificate_head(certificate: str) -> HeadName:
    return ("certificate", certificate)


def invoice_line_head(invoice: str, line: int) -> HeadName:
    return ("invoice line", line_name(invoice, line))


def receipt_line_head(order: str, order_line: int, part: str) -> HeadName:
    """`part` is the receipt's own within its order line."""
    return ("receipt line", f"{line_name(order, order_line)} {part}")


def heads_of_certificate(name: str, _part: str, _document: Document | None) -> Iterable[HeadName]:
    return (certificate_head(name),)


def heads_of_backing(_name: str, _part: str, document: Document | None) -> Iterable[HeadName]:
    """The lines on which units of a certificate rest."""
    if document is None:
        return
    backing = cast(Row, document)
    yield invoice_line_head(backing["invoice"], backing["line"])
    for receipt in backing["receipts"]:
        yield receipt_line_head(backing["order"], backing["order_line"], receipt["part"])
