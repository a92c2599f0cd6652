"""A financing as its bank keeps it on file: the quote that was accepted, for that bank alone."""

from __future__ import annotations

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.financing.quotes import pays_early
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.saying import act_thing


def credited_quote(reading: Reading, name: str) -> Row:
    """An accepted quote, for its bank and whom that lets read. Raises `NotReadable` for everybody else, its holder too.

    What a debtor pays early is no credit, and has no file.
    """
    quote = row(reading.view.get("quote", name))
    sides = () if quote is None else (quote["bank"],)
    thing = act_thing("quote", name, quote or {"bank": ""})
    may = reading.reader.may_read("parties", sides, thing=thing)
    if quote is None or not may or "accepted" not in quote or pays_early(quote):
        raise NotReadable(name)
    return quote
