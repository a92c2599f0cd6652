"""The description of a receivable for the public register (中登网 动产融资统一登记): the same quote, the same words.

Made of what the log says of a quote and its certificate, as far as its reader sees it: contracts and invoices are those
of the units that are financed. A bank enters it where it registers its financing; what it
then registers, it states itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.money.amounts import format_amount
from tallystick.finance.reading.access import Reading, readable_certificate
from tallystick.finance.reading.certificate_views import Backing, lineage
from tallystick.finance.reading.saying import act_thing
from tallystick.ledger import View

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class _Words:
    opening: str
    debtor: str
    creditor: str
    transferor: str
    transferee: str
    certificate: str
    amount: str
    price: str
    due: str
    contracts: str
    invoices: str
    recourse: Mapping[str, str]
    line: str
    comma: str


_words: Mapping[Language, _Words] = {
    "zh": _Words(
        opening="转让财产为下列应收账款:",
        debtor="债务人",
        creditor="原始债权人",
        transferor="转让人",
        transferee="受让人",
        certificate="应收账款电子凭证编号",
        amount="转让金额",
        price="转让对价",
        due="到期日",
        contracts="基础合同",
        invoices="发票",
        recourse={"none": "无追索权保理", "seller": "有追索权保理"},
        line="{name}:{value}。",
        comma="、",
    ),
    "en": _Words(
        opening="What is assigned is the following receivable:",
        debtor="Debtor",
        creditor="Original creditor",
        transferor="Assignor",
        transferee="Assignee",
        certificate="Number of the electronic receivable certificate",
        amount="Amount assigned",
        price="Price",
        due="Due date",
        contracts="Contracts",
        invoices="Invoices",
        recourse={"none": "Factoring without recourse", "seller": "Factoring with recourse"},
        line="{name}: {value}.",
        comma=", ",
    ),
}


def described(reading: Reading, name: str, language: Language = "zh") -> str:
    """Of an accepted quote, for its bank and its holder, and whom they let read it. Raises `NotReadable`."""
    quote = row(reading.view.get("quote", name))
    sides = () if quote is None else (quote["bank"], quote["holder"])
    thing = act_thing("quote", name, quote or {"bank": ""})
    may = reading.reader.may_read("parties", sides, thing=thing)
    if quote is None or not may or "accepted" not in quote:
        raise NotReadable(name)
    return "\n".join(_lines(reading, quote, language))


def _lines(reading: Reading, quote: Row, language: Language) -> Iterator[str]:
    words, name, view = _words[language], quote["certificate"], reading.view
    head = readable_certificate(reading, name)
    currency, backing = head["currency"], _backing(reading, name)
    orders = (row(view.get("order", one.order)) or {} for one in backing)
    contracts = {str(order["contract"]) for order in orders if order.get("contract")}
    yield words.opening
    stated = {
        words.debtor: _firm(view, head["issuer"], language),
        words.creditor: _firm(view, head["holder"], language) if "holder" in head else "",
        words.transferor: _firm(view, quote["holder"], language),
        words.transferee: _firm(view, quote["bank"], language),
        words.certificate: name,
        words.contracts: words.comma.join(sorted(contracts)),
        words.invoices: words.comma.join(sorted({one.invoice for one in backing})),
        words.amount: f"{currency} {format_amount(quote['amount'], currency)}",
        words.price: f"{currency} {format_amount(quote['net'], currency)}",
        words.due: head["due_on"],
    }
    for told, value in stated.items():
        if value:
            yield words.line.format(name=told, value=value)
    yield words.recourse[quote["recourse"]]


def _backing(reading: Reading, name: str) -> tuple[Backing, ...]:
    """On what the units rest whose evidence the reader may see."""
    try:
        return lineage(reading, name)
    except NotReadable:
        return ()


def _firm(view: View, handle: str, language: Language) -> str:
    """As it is registered, with its handle; in the other language where it has no name in this one."""
    found = row(view.get("organisation", handle)) or {"name": {}}
    told = found["name"].get(language) or next(iter(found["name"].values()), "")
    return f"{told} ({handle})"
