"""A batch whose codes are GTIN and serial: its public TALLYSTICK.GS1 value says `{serial}` where each has its own.

`/01/09506000134352/21/{serial}`: the 20 characters of a code are an AI 21. Each record states its own key, and a
Digital Link leads to a code that nobody has seen yet, at a node that can look it up (formats §9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tallystick.identity import records
from tallystick.identity.bodies import HandleValue
from tallystick.identity.digital_link.link import DigitalLink
from tallystick.identity.digital_link.value_errors import LinkValueRefused
from tallystick.identity.digital_link.values import gs1_type
from tallystick.identity.minting import serials
from tallystick.identity.views import CodesOfBatches
from tallystick.ledger import Document, View

placeholder = "{serial}"
index = "batch-by-gs1"
_end = f"/21/{placeholder}"
_prefixes_max = 20
#: Stands for a serial while a template is checked.
_sample = "0" * serials.serial_chars


def stored(values: Sequence[HandleValue], time: str) -> list[dict[str, Any]]:
    """As `records.stored`, for the values of a batch. Raises `ValuesRefused`, `LinkValueRefused`."""
    templates = {one.index: one.data for one in values if is_template(one)}
    for data in templates.values():
        if data.count(placeholder) > 1 or not data.endswith(_end):
            raise LinkValueRefused(f"{gs1_type}: {placeholder} stands once, at the end behind /21/")
    found = records.stored([_sampled(one) for one in values], time)
    return [
        {**one, "data": templates[one["index"]]} if one["index"] in templates else one
        for one in found
    ]


def filled(values: Iterable[Mapping[str, Any]], handle: str) -> list[Mapping[str, Any]]:
    """The values of one code."""
    suffix = handle.rpartition("/")[2]
    return [
        {**one, "data": one["data"].replace(placeholder, suffix)} if _is_stored(one) else one
        for one in values
    ]


def data_of(value: HandleValue, suffix: str) -> str:
    """What a value of the batch says of one code."""
    return value.data.replace(placeholder, suffix) if is_template(value) else value.data


def template_of(values: Iterable[HandleValue]) -> str:
    """Of the first value that is one; empty if there is none."""
    return next((one.data for one in values if is_template(one)), "")


def is_template(value: HandleValue) -> bool:
    return value.type == gs1_type and placeholder in value.data


def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
    """The index of batches by number and template, for those that state it publicly."""
    values: Any = document.get("values", ())
    return [
        f"{document['batch']}{one['data']}"
        for one in values
        if _is_stored(one) and records.is_public(one)
    ]


def by_link(view: View, codes: CodesOfBatches, link: DigitalLink) -> str | None:
    """The code of a batch that exactly this key and these qualifiers name."""
    told = (one for one in _candidates(view, link) if codes.record(view, one) is not None)
    return next(told, None)


def _candidates(view: View, link: DigitalLink) -> Iterator[str]:
    ai, serial = link.qualifiers[-1] if link.qualifiers else ("", "")
    if ai != "21" or not serials.is_serial(serial) or serial != serial.upper():
        return
    template = link.path.removesuffix(serial) + placeholder
    for found in view.find(index, serial[: serials.batch_chars] + template, limit=_prefixes_max):
        yield f"{found.name.rpartition('/')[0]}/{serial}"


def _sampled(value: HandleValue) -> HandleValue:
    if not is_template(value):
        return value
    return value.model_copy(update={"data": value.data.replace(placeholder, _sample)})


def _is_stored(value: Mapping[str, Any]) -> bool:
    return value["type"] == gs1_type and placeholder in value["data"]
