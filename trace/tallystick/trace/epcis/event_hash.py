"""Two digests of an event.

`cbv_hash` is the event hash of CBV 2.0 §8.9.2, for exchange with others and for finding duplicates. It is
**not** safe against a hostile author: values run into each other, a lot is dropped where a serial
follows, `errorDeclaration` is left out. What binds is `strict_digest`.

Written from the published rules and checked against the reference implementation's vectors, which rule
where text and vectors differ: transactions, sources, destinations, ilmd and extensions come last, sorted
together; a type stands before what it types. Where the reference departs from the text in ways that no
vector fixes, the text is followed, so these events hash differently there (tests/trace/test_hash_oracle.py):

- `true` and `false` are written as JSON and XML write them (the reference: `True` from JSON only);
- CURIEs of CBV and GS1 words are expanded (`cbv:Comp-x`, `gs1:ALARM_CONDITION`);
- `@context` inside an event declares prefixes and is no content;
- extensions of a place or sensor part stand at its end, also where their namespace does not end in `/`;
- a half millisecond rounds up, and .9995 carries over (the reference: banker's rounding, or no hash);
- `1_000`, `Infinity` and numbers beyond what a double holds exactly stay what they are;
- `bizRules` in a sensor report, which the reference's order does not know, stands at its report's end;
- a transaction without a type, or with its members in another order, hashes as the text says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tallystick.ledger import canonical
from tallystick.trace.epcis import clock, digital_link, vocabulary
from tallystick.trace.epcis.json_ld import prefixes
from tallystick.trace.epcis.vocabulary import Family

_number = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
_ignored = frozenset(("@context", "type", "eventID", "recordTime", "errorDeclaration"))
_comments = frozenset(("rdfs:comment", "comment"))
_words: Mapping[str, Family] = {
    "bizStep": vocabulary.biz_steps,
    "disposition": vocabulary.dispositions,
    "set": vocabulary.dispositions,
    "unset": vocabulary.dispositions,
    "exception": vocabulary.exceptions,
    "component": vocabulary.components,
}
_metadata = "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"
_report = """type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism
chemicalSubstance value component stringValue booleanValue hexBinaryValue uriValue minValue maxValue
meanValue sDev percRank percValue uom coordinateReferenceSystem"""


def strict_digest(event: Mapping[str, Any], context: object = None) -> str:
    """Hex SHA-256 that covers the whole event.

    Digested is the RFC 8785 form of {"format": "tallystick/epcis-event/1", "prefixes": {…}, "event": {…}}:
    the namespace prefixes that the document's `@context` and then the event's own declare, and the event
    as it stands in the document, without its `@context`.
    """
    whole: dict[str, Any] = {
        "format": "tallystick/epcis-event/1",
        "prefixes": prefixes(context, event.get("@context")),
        "event": {key: value for key, value in event.items() if key != "@context"},
    }
    return hashlib.sha256(canonical.encode_fractions(whole)).hexdigest()


def cbv_hash(event: Mapping[str, Any], context: object = None) -> str:
    """`ni:///sha-256;…?ver=CBV2.0` of a valid event; `context` is the document's `@context`."""
    digest = hashlib.sha256(prehash(event, context).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def prehash(event: Mapping[str, Any], context: object = None) -> str:
    """The text that `cbv_hash` hashes."""
    return _Writer(prefixes(context, event.get("@context"))).event(event)


@lru_cache(maxsize=16_384)
def _canonical(text: str, family: Family | None, declared: tuple[tuple[str, str], ...]) -> str:
    """A text in canonical form, under the prefixes declared; the same words recur in every event."""
    if family is not None:
        text = family.expanded(text)
    prefix, colon, local = text.partition(":")
    for name, namespace in declared:
        if colon and name == prefix:
            text = namespace + local
    for urn in _urns:
        if urn.urn and text.startswith(urn.urn):
            text = urn.web + text[len(urn.urn) :]
    return digital_link.normalise(_numeric(text))


class _Writer:
    """Writes `key=value` without separators, under the prefixes of one event."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        self._prefixes = declared
        self._declared = tuple(declared.items())

    def event(self, event: Mapping[str, Any]) -> str:
        head = f"eventType={event['type']}"
        ordered = "".join(write(self, key, event[key]) for key, write in _order if key in event)
        done = {key for key, _ in _order} | _ignored | _comments
        tail = [text for key in event if key not in done for text in self.free(key, event[key])]
        return head + ordered + "".join(sorted(tail))

    def leaf(self, key: str, value: Any) -> str:
        """One `key=value`, or several of a list, sorted."""
        if isinstance(value, list):
            return "".join(sorted(self.leaf(key, member) for member in value))
        text = self.text(value, _words.get(key))
        return f"{key}={text}" if text else ""

    def moment(self, key: str, value: Any) -> str:
        return f"{key}={clock.instant(value)}"

    def things(self, key: str, value: Any) -> str:
        return self._group(key, (f"epc={self.text(member)}" for member in value))

    def quantities(self, key: str, value: Any) -> str:
        parts = ("epcClass", "quantity", "uom")
        return self._group(key, ("quantityElement" + self.fields(m, parts) for m in value))

    def part(self, key: str, value: Any) -> str:
        """A place, or a persistent disposition."""
        return key + self.fields(value, ("id", "set", "unset"))

    def sensors(self, key: str, value: Any) -> str:
        return self._group(key, ("sensorElement" + self._sensor(member) for member in value))

    def transactions(self, key: str, value: Any) -> str:
        family = vocabulary.transactions if key == "bizTransactionList" else vocabulary.parties
        name = key.removesuffix("List")
        return self._group(key, (self._typed(member, name, family) for member in value))

    def fields(self, value: Mapping[str, Any], order: tuple[str, ...]) -> str:
        """Known fields in their order, then all others sorted."""
        known = "".join(self._field(key, value[key]) for key in order if key in value)
        others = [t for k in value if k not in order for t in self.free(k, value[k])]
        return known + "".join(sorted(others))

    def free(self, key: str, value: Any) -> list[str]:
        """ilmd and extensions: `{namespace}local=value`, a list as so many siblings."""
        if key in _comments:
            return []
        if key in _lists:
            return [self.transactions(key, value)]
        name = self._name(key)
        if isinstance(value, list) and key.endswith("List"):
            return [self._group(name, (t for m in value for t in self.free(key[:-4], m)))]
        if isinstance(value, list):
            return [text for member in value for text in self.free(key, member)]
        if isinstance(value, Mapping):
            return [name + "".join(sorted(t for k in value for t in self.free(k, value[k])))]
        text = self.text(value)
        return [f"{name}={text}" if text else name]

    def text(self, value: Any, family: Family | None = None) -> str:
        """A value in canonical form."""
        if isinstance(value, bool):
            return "true" if value else "false"
        text = "" if value is None else str(value).strip()
        return _canonical(text, family, self._declared)

    def _field(self, key: str, value: Any) -> str:
        return self.moment(key, value) if key in _moments else self.leaf(key, value)

    def _sensor(self, value: Mapping[str, Any]) -> str:
        written = ""
        if "sensorMetadata" in value:
            written = "sensorMetadata" + self.fields(value["sensorMetadata"], _metadata_order)
        reports = (self._sensor_report(report) for report in value.get("sensorReport", ()))
        rest = {k: v for k, v in value.items() if k not in ("sensorMetadata", "sensorReport")}
        return written + "".join(sorted(reports)) + self.fields(rest, ())

    def _sensor_report(self, report: Mapping[str, Any]) -> str:
        if "type" in report:
            report = {**report, "type": vocabulary.measurements.expanded(report["type"])}
        return "sensorReport" + self.fields(report, _report_order)

    def _typed(self, member: Mapping[str, Any], name: str, family: Family) -> str:
        kind = f"type={self.text(member['type'], family)}" if "type" in member else ""
        return f"{kind}{name}={self.text(member[name])}"

    def _name(self, key: str) -> str:
        prefix, colon, local = key.partition(":")
        if colon and prefix in self._prefixes:
            return "{" + self._prefixes[prefix] + "}" + local
        return key

    def _group(self, key: str, members: Any) -> str:
        written = sorted(members)
        return key + "".join(written) if written else ""


_metadata_order = tuple(_metadata.split())
_report_order = tuple(_report.split())
_moments = frozenset(("time", "startTime", "endTime"))
_lists = frozenset(("bizTransactionList", "sourceList", "destinationList"))
_urns = (
    vocabulary.biz_steps,
    vocabulary.dispositions,
    vocabulary.transactions,
    vocabulary.parties,
    vocabulary.reasons,
)
_Write = Callable[[_Writer, str, Any], str]
_order: tuple[tuple[str, _Write], ...] = (
    ("eventTime", _Writer.moment),
    ("eventTimeZoneOffset", _Writer.leaf),
    ("certificationInfo", _Writer.leaf),
    ("parentID", _Writer.leaf),
    ("epcList", _Writer.things),
    ("inputEPCList", _Writer.things),
    ("childEPCs", _Writer.things),
    ("quantityList", _Writer.quantities),
    ("childQuantityList", _Writer.quantities),
    ("inputQuantityList", _Writer.quantities),
    ("outputEPCList", _Writer.things),
    ("outputQuantityList", _Writer.quantities),
    ("action", _Writer.leaf),
    ("transformationID", _Writer.leaf),
    ("bizStep", _Writer.leaf),
    ("disposition", _Writer.leaf),
    ("persistentDisposition", _Writer.part),
    ("readPoint", _Writer.part),
    ("bizLocation", _Writer.part),
    ("sensorElementList", _Writer.sensors),
)


def _numeric(text: str) -> str:
    """A number without sign, exponent and idle zeros; anything else as it stands."""
    if not _number.fullmatch(text):
        return text
    number = Decimal(text)
    if number == number.to_integral_value():
        return str(int(number))
    return format(number.normalize(), "f")
