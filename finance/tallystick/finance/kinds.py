"""Finance's kinds of document, and the indexes by which readers find them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.finance.heads import heads_of_backing, heads_of_certificate
from tallystick.finance.matching.open_lines import open_for, open_to_confirm
from tallystick.finance.reading.pages import aged_key
from tallystick.ledger import Document, IndexKeys, Kind


def _by(*fields: str) -> IndexKeys:
    """An index by the values of some fields of a document."""

    def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
        found = {str(document[field]) for field in fields if document.get(field)}
        return sorted(found)

    return keys


def _while(status: str) -> IndexKeys:
    """An index by certificate of what is in this status; each locks a holding, so that they are few."""

    def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
        return (str(document["certificate"]),) if document["status"] == status else ()

    return keys


def _aged(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By each of two firms, and the index at which one asked."""
    index = cast(int, document["index"])
    return sorted(aged_key(str(document[side]), index) for side in ("by", "to"))


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By the firm whose answer is asked for, while it is, and the index at which it was."""
    asked = aged_key(str(document["to"]), cast(int, document["index"]))
    return (asked,) if document["status"] == "open" else ()


def _unanswered(_name: str, _part: str, document: Document) -> Iterable[str]:
    """A proposal to confirm, by its organisation and the index at which it was made, until a second person confirmed."""
    asked = aged_key(str(document["organisation"]), cast(int, document["index"]))
    return (asked,) if document["status"] == "open" else ()


def _by_part(_name: str, part: str, _document: Document) -> Iterable[str]:
    return (part,)


def _by_despatch(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["despatch"]),)


def _by_year(name: str, _part: str, document: Document) -> Iterable[str]:
    return (f"{name} {document['year']}",)


def kinds() -> tuple[Kind, ...]:
    trade = ("buyer", "seller")
    return (
        Kind("contract", {"contract-of": _by(*trade)}),
        Kind("supplement"),
        Kind("agreement", {"agreement-by-age": _aged, "agreement-waiting-by-age": _waiting}),
        Kind("order", {"order-of": _by(*trade), "order-of-contract": _by("contract")}),
        Kind("order-change"),
        Kind("order-line"),
        Kind("despatch", {"despatch-of": _by(*trade, "carrier")}),
        Kind("despatch-line", {"despatch-line-of-order": _by("order")}),
        Kind("invoice", {"invoice-of": _by(*trade), "invoice-to": _by("buyer")}),
        Kind(
            "invoice-line",
            {
                "invoice-line-of-order": _by("order"),
                "invoice-line-open": open_for,
                "invoice-line-to-confirm": open_to_confirm,
            },
        ),
        Kind("billed"),
        Kind("item-map", {"item-map-of": _by(*trade)}),
        Kind("item-name", {"item-of-code": _by("buyer_item")}),
        Kind("credit", {"credit-of": _by(*trade), "credit-of-invoice": _by("invoice")}),
        Kind("credit-line"),
        Kind("usage", {"usage-of": _by(*trade)}),
        Kind("usage-line", {"usage-line-of-order": _by("order")}),
        Kind("delivery", {"delivery-of": _by(*trade)}),
        Kind("delivery-line", {"delivery-line-of": _by_part}),
        Kind("receipt", {"receipt-of": _by(*trade), "receipt-of-despatch": _by_despatch}),
        Kind("receipt-event"),
        Kind("sale"),
        Kind(
            "proposal",
            {
                "proposal-of": _by("organisation"),
                "proposal-of-invoice": _by("invoice"),
                "proposal-waiting-by-age": _unanswered,
            },
        ),
        Kind(
            "certificate",
            {
                "certificate-by-issuer": _by("issuer"),
                "certificate-by-original-holder": _by("holder"),
                "certificate-by-status": _by("status"),
                "certificate-of-invoice": _by("invoice"),
            },
            heads=heads_of_certificate,
        ),
        Kind("certificate-party", {"certificate-of-party": _by_part}),
        Kind("holding", {"holding-of": _by("holder")}, heads=heads_of_certificate),
        Kind("backing", {"backing-of-invoice": _by("invoice")}, heads=heads_of_backing),
        Kind("transfer", {"transfer-of": _by("from", "to")}),
        Kind("offer", {"offer-of": _by("from", "to"), "offer-of-certificate": _while("open")}),
        Kind("calendar", {"calendar-by-code": _by("code")}),
        Kind("calendar-version", {"calendar-version-of-year": _by_year}),
        Kind("calendar-proposal", {"calendar-proposal-of": _by("organisation")}),
        Kind("payment-date"),
        Kind("expiry"),
        Kind("expiry-hour"),
    )
