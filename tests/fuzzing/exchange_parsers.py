"""Parsers of handles that come from other systems, and of templates' patterns."""

from __future__ import annotations

import io
from collections.abc import Iterable

from tests.fuzzing.engine import Parser, Refused, text

from tallystick.identity.exchange import Fault, Notice
from tallystick.identity.exchange.batch_file import read_batch
from tallystick.identity.exchange.csv_file import read_csv
from tallystick.identity.exchange.ndjson import read_ndjson
from tallystick.identity.exchange.operations import Item
from tallystick.identity.templates import read_template
from tallystick.identity.templates.pictures import fits, matches, read_picture


def _batches() -> list[bytes]:
    return [
        (
            b"AUTHENTICATE SECKEY:300:99.1/U\nword\nCREATE 99.1/A\n1 URL 86400 1110 UTF8 x\n"
            b"100 HS_ADMIN 86400 1110 ADMIN 300:011111110011:0.NA/99.1\n\nREMOVE 1,2:99.1/A\n"
        ),
        b"MODIFY 99.1/A\n200 HS_VLIST 86400 1110 LIST 300:99.1/X;301:99.1/Y;\nDELETE 99.1/B",
    ]


def _tables() -> list[bytes]:
    admin, members = "\\x0ff300000004302e4e410000012c", "\\x0000000100000004392f61620000012c"
    return [
        b"handle,idx,type,data,ttl,pub_write\n99.1/A,1,URL,https://example.com/,86400,0\n",
        f"handle,idx,type,data\n99.1/A,100,HS_ADMIN,{admin}\n99.1/A,200,HS_VLIST,{members}\n".encode(),
    ]


def _lines() -> list[bytes]:
    return [
        b'{"handle":"99.1/A","template":"1:99.1/M","values":[{"index":1,"type":"URL","data":"x","time":"t"}]}',
        (
            b'{"template":"99.1/M","version":1,"name":{"en":"M"},"fields":'
            b'[{"index":1,"type":"URL","name":{"en":"U"},"data":"url"}]}'
        ),
    ]


def _templates() -> list[bytes]:
    return [
        b'{"template":"99.1/M","name":{"en":"M"},"fields":[{"index":1,"type":"A","name":{"en":"A"},"data":"date"}]}',
        (
            b'{"metaHandle":"88.1.2/META_x","metaName":"M","metaItemCreateDTOS":[{"itemCode":"A","required":1,'
            b'"itemSchemaCreateDTO":{"dataType":2,"accuracy":2}}]}'
        ),
    ]


def _all_sound(items: Iterable[Item]) -> int:
    """A fault is how these refuse."""
    count = 0
    for item in items:
        if isinstance(item, Fault) and not isinstance(item, Notice):
            raise Refused(item.sentence())
        count += 1
    return count


def _csv(told: str) -> object:
    return _all_sound(read_csv(io.StringIO(told, newline="")))


def _picture(told: str) -> object:
    """A pattern that is read is matched, in the same time whatever it is."""
    found = matches(read_picture(told), "a" * 4096)
    if found != fits(told, "a" * 4096):
        raise KeyError(told)
    return found


parsers: dict[str, Parser] = {
    "identity.exchange.batch_file.read_batch": Parser(
        lambda data: _all_sound(read_batch(data.splitlines(keepends=True))), _batches
    ),
    "identity.exchange.csv_file.read_csv": Parser(text(_csv), _tables),
    "identity.exchange.ndjson.read_ndjson": Parser(
        lambda data: _all_sound(read_ndjson(data.splitlines())), _lines
    ),
    "identity.templates.files.read_template": Parser(read_template, _templates),
    "identity.templates.pictures.read_picture": Parser(
        text(_picture), lambda: [b"[A-Z]{2}-[0-9]{1,4}", b"a?\\.[a-c-]{0,9}"]
    ),
}
