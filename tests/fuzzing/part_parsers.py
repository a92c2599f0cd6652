"""Parsers of identity, trace, finance, scanners and app: handles, documents, labels, files of firms."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.app.imports.test_import_later import map_of
from tests.app.imports.test_import_later import table as table_of
from tests.app.imports.test_import_trade import rows_of, second
from tests.fuzzing import samples, vectors
from tests.fuzzing.engine import Parser, Refused, text
from tests.fuzzing.ledger_parsers import document, kept
from tests.identity.keys.authority import issue, name
from tests.ledger.governance import acts
from tests.ledger.governance.test_stop_statement import told as stop_told

from tallystick import finance, scanners
from tallystick.app import files, receipts
from tallystick.app.bootstrap import rule_set
from tallystick.app.governance import files as governance_files
from tallystick.app.imports import (
    ColumnsMissing,
    load_mapping,
    open_mapped,
    parse_mapping,
    read_later,
    read_trade,
)
from tallystick.app.imports.cells import dates, units, values
from tallystick.app.imports.errors import BadValue
from tallystick.app.imports.files.encoding import detect, open_text
from tallystick.app.imports.files.table import open_table
from tallystick.app.minting import proving
from tallystick.app.prefixes import codes as codes_along
from tallystick.app.prefixes import coming
from tallystick.app.prefixes.proving import FolderRefused
from tallystick.finance.money.words import from_capitals
from tallystick.identity import (
    codes,
    digital_link,
    minting,
    names,
    numbers,
    prefix_carriers,
    prefix_travel,
)
from tallystick.identity.asof.moment import instant_of
from tallystick.identity.digital_link.link import parse_query
from tallystick.identity.digital_link.locations import parse_locations
from tallystick.identity.digital_link.values import parse_link_value, parse_stated
from tallystick.identity.digital_link.wishes import wishes
from tallystick.identity.keys import certificates
from tallystick.identity.minting import bulk, serials
from tallystick.ledger import Act, Change, MemoryState, RuleError, canonical
from tallystick.scanners.codes import handle_of, label_url
from tallystick.trace import builders
from tallystick.trace.epcis import json_ld
from tallystick.trace.epcis.digital_link import normalise
from tallystick.trace.epcis.event_hash import cbv_hash
from tallystick.trace.epcis.validate import validate
from tallystick.trace.summarise import summarise

shop = "https://id.example"


def _file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    return lambda data: kept(data, name, lambda: read(samples.folder() / name))


def _row() -> list[bytes]:
    return [b'{"key":"a","handle":"99.1/x","values":[{"index":1,"type":"A","data":"b"}]}']


def _serial(handle: str) -> str:
    """Whatever is a serial passes its own check."""
    found = minting.read_serial(handle)
    if found is None:
        raise Refused
    return found.handle


def _code_proof() -> list[bytes]:
    told = proving.CodeProof(
        handle="99.1/0001ABCDEFGHJKMNPQRS", salt="00" * 32, position=0, path=["11" * 32], envelope={},
        body="", body_salt="00" * 32, proof="",
    )  # fmt: skip
    return [told.encode()]


def _events() -> list[bytes]:
    one = builders.commissioning(
        ["urn:epc:id:sgtin:9521234.054321.7"], time="2026-01-05T01:00:00.000Z", read_point="99.7/G"
    )
    return [vectors.encoded(_document([one]))]


def _document(events: list[Any]) -> dict[str, Any]:
    said = scanners.prepare(events, "2026-01-05T01:00:00.000Z", lambda size: bytes(size))
    found: dict[str, Any] = json.loads(said.attachments[0].data)
    return found


def _validated(data: bytes) -> object:
    value = json_ld.parse(data)
    validate(value)
    if "epcisBody" in value:
        return len(summarise(value))
    return cbv_hash(value, value.get("@context"))


def _calendar_table(data: str) -> object:
    said = {"code": "CN", "year": "2026", "rest": "6,7", "authority": "a", "title": "b"}
    return finance.calendars.proposal(finance.calendars.read_table(data), 0, said)


def _icalendar() -> bytes:
    return (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        b"DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20260104\r\nSUMMARY:New Year\r\n"
        b"CATEGORIES:HOLIDAY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def _csv(*changes: dict[str, str]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows_of(*changes))
    return stream.getvalue().encode("gb18030")


def _tables() -> list[bytes]:
    return [_csv({}, second), "a,b\n1,2\n".encode("utf-16"), b"a;b\r\n1;2\r\n"]


def _table(path: Path) -> object:
    return sum(1 for _ in open_table(path))


def _read(path: Path) -> object:
    with open_text(path, detect(path)) as stream:
        return len(stream.read())


def _traded(path: Path) -> object:
    mapping = load_mapping(Path("erp-zh"))
    return len(read_trade(open_mapped(path, mapping), mapping).orders)


def _later(path: Path) -> object:
    """By the map of whichever kind its header fits."""
    for kind in ("changes", "cancellations", "credits", "usages"):
        mapping = parse_mapping(map_of(kind))
        try:
            table = open_mapped(path, mapping)
            return len(read_later(table, mapping, "99.100/O-A").documents)
        except ColumnsMissing:
            continue
    return None


def _later_tables() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.csv"
        return [table_of(file, kind, {}).read_bytes() for kind in ("changes", "credits", "usages")]


def _shipped() -> list[bytes]:
    from tallystick.app.imports.mapping import _shipped, shipped_maps

    return [_shipped(name).encode() for name in shipped_maps()]


def _cells(told: str) -> object:
    """Each cell parser by itself; one refuses by `BadValue`, which is of the family."""
    found = 0
    for parse in (
        values.plain, values.name, values.code, values.document_number, values.line_number,
        values.quantity, values.rate_ppm, dates.date, units.unit_code,
        lambda t: values.amount(t, "CNY"), lambda t: values.price(t, "CNY"),
    ):  # fmt: skip
        try:
            parse(told)
            found += 1
        except BadValue:
            pass
    return found


def _label(told: str) -> object:
    """A label URL that is read is the one that would be printed, unless it is written otherwise."""
    found = handle_of(told, [shop])
    if found is None:
        raise Refused("no handle")
    try:
        return handle_of(label_url(shop, found), [shop]) == found
    except scanners.LabelRefused:
        return True


def _handle(told: str) -> object:
    prefix, suffix = names.split(told)
    return f"{prefix}/{suffix}".encode("utf-8", "surrogateescape")


def _linked(told: str) -> object:
    """A Digital Link that is read is written as what is read again."""
    found = digital_link.parse(told)
    if digital_link.parse(found.uri()) != found:
        raise AssertionError(told)
    return found.canonical()


def _urn(told: str) -> object:
    """A URN that is read is a link that is read."""
    found = digital_link.parse_urn(told)
    if digital_link.parse(found.uri()) != found:
        raise AssertionError(told)
    return found


def _expanded(told: str) -> object:
    """A compressed link that is read is written as a plain one that is read."""
    path, _, query = told.partition("?")
    found = digital_link.expand_path(path, query)
    if digital_link.parse(found.uri()) != found:
        raise AssertionError(told)
    return found


def _elements(told: str) -> object:
    pairs = [line.partition("=") for line in told.split("\n")]
    return digital_link.from_elements((ai, value) for ai, _, value in pairs)


def _wished(told: str) -> object:
    query, _, rest = told.partition("|")
    accept, _, languages = rest.partition("|")
    return wishes(query, query.split("&"), accept, languages).country


def _numbers(told: str) -> object:
    for check in (numbers.check_uscc, numbers.check_lei):
        try:
            check(told)
        except RuleError:
            continue
    return 1


def _code(told: str) -> object:
    """Of the scheme before the first line break; what was read is read again as it is."""
    scheme, _, text = told.partition("\n")
    found = codes.parse(scheme, text)
    return codes.canonical(scheme, found.value) == found or _differs(told)


def _differs(told: str) -> object:
    raise ValueError(f"{told!r} has two canonical spellings")


def _amount(told: str) -> object:
    return finance.parse_amount(told)


def _own(told: str) -> object:
    return finance.statements.read_own(told)


def _page(told: str) -> object:
    from tallystick.finance.reading.pages import read_mark

    return read_mark(told)


@cache
def _image() -> bytes:
    return scanners.label_png(scanners.Label("99.7/SN-1"), shop).data


@cache
def _rules() -> Any:
    return rule_set()


def _body(data: bytes) -> object:
    """Of the type that stands before the first line break."""
    name, _, body = data.partition(b"\n")
    _rules().parse_body(name.decode("utf-8", "surrogateescape"), body)
    return 1


def _bodies() -> list[bytes]:
    made = samples.world().mint(1, 300)[0].body
    order = {
        "number": "PO-1", "buyer": "99/O-1", "seller": "99/O-2", "currency": "CNY", "ordered_on": "2026-01-02",
        "contract": "99/O-1#FC-1",
        "lines": [{"line": 1, "text": "cell", "quantity": 5, "price": {"amount": 5, "per": 1}}],
    }  # fmt: skip
    capture = scanners.prepare(
        json.loads(_events()[0])["epcisBody"]["eventList"],
        "2026-01-05T01:00:00.000Z",
        lambda size: bytes(size),
    )
    return [
        b"identity.handle.create/1\n" + made,
        b"finance.order/1\n" + canonical.encode(order),
        b"trace.capture/1\n" + capture.body,
    ]


def _answer(given: Mapping[str, Any]) -> object:
    found = scanners.wire.read_answer(given, [], "log.example/a", "99/D-1", None)
    return len(found.results)


def _proposal() -> list[bytes]:
    body = acts.new_policy()
    made = governance_files.Proposal(
        origin=acts.origin,
        type="ledger.policy/1",
        act=body.act(),
        governors=(),
        signatures=body.signatures,
    )
    return [made.model_dump_json().encode()]


def _batches() -> list[bytes]:
    """Something of most kinds, as `tallystick prefix carry` writes them."""
    record = {
        "handle": "99.1/SN-1", "owner": "99/O-1", "since": 5,
        "values": [{"index": 1, "type": "NAME", "data": "x", "time": "2026-01-05T01:00:00.000Z"}],
    }  # fmt: skip
    party = {"handle": "99.1/D-1", "kind": "device"}
    child = {"holder": "99/O-1", "role": "enterprise"}
    relation = {"source": "99.1/SN-1", "target": "99.2/X", "since": 6}
    content = {
        "handle": "99.1/SN-1", "owner": "99/O-1", "since": 7, "time": "2026-01-05T01:00:00.000Z",
        "what": "drawing", "sha256": "a" * 64, "size": 9, "media_type": "text/plain",
        "licence": {"spdx": "MIT"},
    }  # fmt: skip
    batch = {
        "prefix": "99.1", "batch": "0001", "count": 3, "root": "a" * 64, "owner": "99/O-1",
        "author": "99/O-1", "since": 8, "values": [],
    }  # fmt: skip
    reserved = {
        "prefix": "99.1", "label": "S", "first": 0, "end": 9, "site": "99/O-1",
        "organisation": "99/O-1", "until": "2027-01-05T01:00:00.000Z", "since": 9,
    }  # fmt: skip
    named = [
        ("handle", "99.1/SN-1", record),
        ("party", "99.1/D-1", party),
        ("prefix", "99.1.5", child),
        ("batch", "99.1/0001", batch),
        ("range", "99.1/S", reserved),
        ("name-of", "99.1/SN-1", {"handle": "99.1/SN-1", "since": 5}, "did-web:did:web:x.example"),
        ("relation", "contains 99.1/SN-1", relation, "99.2/X"),
        ("content-version", "99.1/SN-1", content, "00000000000000000007"),
    ]
    records = [
        {"kind": kind, "name": name, "document": canonical.encode(told).decode()}
        | ({"part": part[0]} if part else {})
        for kind, name, told, *part in named
    ]
    told = {"prefix": "99.1", "before": "0" * 64, "salt": "1" * 64, "records": records}
    return [json.dumps(told).encode()]


def _moved(path: Path) -> object:
    """As the rule of the other log reads it."""
    batch = coming.read_batch(path)
    act: Act[Any] = Act(9, "identity.prefix.take/1", "99/O-1", "id", "0" * 64, "", batch)
    arrival = prefix_travel.Arrival("99.1", "log.example/a", "https://a.example", "99/O-1")
    state, found = MemoryState(), 0
    state.apply([Change("log", "genesis", {"origin": "log.example/b", "root": "99/O-1"})])
    for one in batch.records:
        document = prefix_travel.document_of(one.document)
        taken = prefix_carriers.get(one.kind)
        if taken is None:
            raise FolderRefused(one.kind)
        found += len(taken.take(state, act, arrival, one.name, one.part or "", document))
    return found


def _along() -> list[bytes]:
    """What comes along of a batch of codes."""
    told = {"batch": "0001", "root": "a" * 64, "entry": {}, "known": "b" * 64, "sealed": "AAAA"}
    return [json.dumps(told).encode()]


def _proposed(path: Path) -> object:
    found = governance_files.read_proposal(path)
    return found.message() and found.body() and 1


def _key_file() -> list[bytes]:
    told = governance_files.KeyFile(origin=acts.origin, key=acts.named("w1"))
    return [told.model_dump_json(exclude_none=True).encode()]


def _stopped_file() -> list[bytes]:
    return [governance_files.StoppedFile(stopped=stop_told()).model_dump_json().encode()]


parsers: dict[str, Parser] = {
    "identity.names.split": Parser(
        text(_handle), lambda: [b"99.100.7/SN-0001", "99/电池".encode(), b"0.NA/99.7"], "bytes"
    ),
    "identity.keys.certificates.read": Parser(
        text(lambda t: certificates.read(t).version.name), lambda: [issue(name("CA")).text.encode()]
    ),
    "identity.asof.moment.instant_of": Parser(
        text(instant_of), lambda: [b"2026-03-05T08:00:00.500+08:00", b"2026-03-05T08:00:00Z"]
    ),
    "identity.numbers": Parser(
        text(_numbers), lambda: [b"91350100M000100Y43", b"5493001KJTIIGC8Y1R12"]
    ),
    "identity.codes.parse": Parser(
        text(_code),
        lambda: [f"{one.name}\n{one.example}".encode() for one in codes.schemes.values()],
    ),
    "identity.digital_link.link.parse": Parser(
        text(_linked),
        lambda: [
            b"https://id.example/01/09521234543213/22/2A/10/L%2F1/21/S?17=261231&linkType=gs1:pip",
            b"https://id.example/8013/1987654Ad4X4bL5ttr2310c2K",
            b"https://id.example/stem/415/9521234543213/8020/R",
        ],
    ),
    "identity.digital_link.link.parse_path": Parser(
        text(lambda told: digital_link.parse_path(*told.partition("?")[::2])),
        lambda: [b"/01/09521234543213/10/L?17=261231", b"/414/9521234543213/254/A/"],
    ),
    "identity.digital_link.link.from_elements": Parser(
        text(_elements), lambda: [b"21=S\n01=09521234543213\n17=261231", b"8004=9521234-1"]
    ),
    "identity.digital_link.epc.from_urn": Parser(
        text(digital_link.from_urn),
        lambda: [b"urn:epc:id:sgtin:9521234.054321.7", b"urn:epc:idpat:sgcn:9521234.05432.*"],
    ),
    "identity.digital_link.epc.parse_urn": Parser(
        text(_urn),
        lambda: [b"urn:epc:id:sgtin:9521234.054321.A%2F7", b"urn:epc:id:cpi:9521234.A.12"],
    ),
    "identity.digital_link.link.parse_query": Parser(
        text(parse_query), lambda: [b"17=261231&x=1;y", b"3103=000195&flag"]
    ),
    "identity.digital_link.compressed": Parser(
        text(_expanded),
        lambda: [
            b"/GhFRq5sE2o1XgkYKMDk_xv",
            b"/01/09521234543213/EEarwSMXP8byEFGBy",
            b"/DBFRq5sE2sSWvg36KIHxYeSDFh9eDx_1AIY?z=1",
        ],
    ),
    "identity.digital_link.values.parse_link_value": Parser(
        text(parse_link_value),
        lambda: [
            b'{"href":"https://a.example/x?y=1#z","rel":"gs1:pip","title":"x"}',
            (
                b'{"context":["vet"],"default":true,"fwqs":false,"href":"http://a.example","hreflang":["en-GB"],'
                b'"rel":"https://a.example/voc/x","title":"x","type":"text/html"}'
            ),
        ],
    ),
    "identity.digital_link.values.parse_stated": Parser(
        text(parse_stated), lambda: [b"/01/09521234543213/21/S%2F1", b"/8004/9521234-1"]
    ),
    "identity.digital_link.locations.parse_locations": Parser(
        text(parse_locations),
        lambda: [
            (
                b'<locations chooseby="locatt,weighted"><location href="https://a.example/" id="1" '
                b'weight="0.25" country="cn"/><location href="http://b.example/"/></locations>'
            )
        ],
    ),
    "identity.digital_link.wishes": Parser(
        text(_wished),
        lambda: [b"linkType=gs1:pip&context=x|text/html, */*;q=0.1|zh-TW, en;q=0.8"],
    ),
    "rules.RuleSet.parse_body": Parser(_body, _bodies),
    "trace.epcis.json_ld.parse": Parser(json_ld.parse, _events),
    "trace.epcis, validated": Parser(_validated, _events),
    "trace.epcis.digital_link": Parser(
        text(normalise),
        lambda: [
            b"urn:epc:id:sgtin:9521234.054321.7",
            b"https://id.example/01/09521234543213/21/7",
            b"https://id.gs1.org/414/9521234543213/254/1",
            b"urn:epc:class:lgtin:9521234.054321.L-1",
        ],
    ),
    "scanners.codes": Parser(
        text(_label), lambda: [b"https://id.example/t/99.7/SN-1", b"hdl:99.7/SN-1", b"99.7/SN-1"]
    ),
    "scanners.decode.decode": Parser(
        lambda d: len(scanners.decode(d)), lambda: [_image()], minimum=5
    ),
    "scanners.wire.read_answer": Parser(
        document(_answer), lambda: [b'{"results":[],"receipt":null}']
    ),
    "finance.statements.comparing.read_own": Parser(
        text(_own), lambda: [b"order,line,quantity,price\n99/O-A#PO-1,1,5,88.50\n"]
    ),
    "finance.reading.pages.read_mark": Parser(text(_page), lambda: [b'["a","b"]', b"[1,2]"]),
    "finance.money.amounts.parse_amount": Parser(
        text(_amount), lambda: [b"9,000,000.00", b"-5", "１２．５".encode()]
    ),
    "finance.calendars.files.read_table": Parser(
        text(_calendar_table),
        lambda: [finance.calendars.builtin("CN-2026").encode(), _icalendar()],
    ),
    "finance.money.words.from_capitals": Parser(
        text(from_capitals),
        lambda: [finance.capitals(n).encode() for n in (100, 123456789012, 900_000_001, 1)],
    ),
    "app.files.read_bytes": Parser(_file("b", files.read_bytes), lambda: [b"x"]),
    "app.files.read_text": Parser(_file("t", files.read_text), lambda: [b"x"]),
    "app.receipts.read_object": Parser(receipts.read_object, samples.receipts),
    "identity.minting.bulk._parse": Parser(bulk._parse, _row),
    "identity.minting.serials.read": Parser(
        text(_serial), lambda: [b"99.1/" + serials.draw("0001", 1, bytes)[0]]
    ),
    "app.minting.proving.read": Parser(proving.read, _code_proof),
    "app.governance.files.read_key": Parser(_file("k", governance_files.read_key), _key_file),
    "app.governance.files.read_stopped": Parser(
        _file("s", governance_files.read_stopped), _stopped_file
    ),
    "app.governance.files.read_proposal": Parser(_file("p", _proposed), _proposal),
    "app.prefixes.codes.read_file": Parser(_file("0001.json", codes_along.read_file), _along),
    "app.prefixes.coming.read_batch": Parser(_file("batch-000000.json", _moved), _batches),
    "app.imports.mapping.parse_mapping": Parser(text(parse_mapping), _shipped),
    "app.imports.mapping.load_mapping": Parser(_file("m.toml", load_mapping), _shipped),
    "app.imports.files.encoding.open_text": Parser(_file("x.csv", _read), _tables),
    "app.imports.files.table.open_table": Parser(_file("t.csv", _table), _tables),
    "app.imports.trade.read_trade": Parser(
        _file("e.csv", _traded), lambda: _tables()[:1], minimum=10
    ),
    "app.imports.later.read_later": Parser(_file("l.csv", _later), _later_tables, minimum=10),
    "app.imports.cells": Parser(
        text(_cells),
        lambda: [
            "￥113.00".encode(),
            b"13%",
            "2026年3月1日".encode(),
            "１０ 个".encode(),
            b"1e5",
            b"2026/3/4",
        ],
    ),
}
