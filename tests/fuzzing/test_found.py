"""What fuzzing found, each with its story in one line."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
from tests.fuzzing import samples
from tests.fuzzing.part_parsers import _proposal
from tests.identity.keys.answering import Says
from tests.identity.keys.authority import issue, name
from tests.ledger.governance.test_stop_statement import stated

from tallystick import finance
from tallystick.app.governance.files import GovernanceFileRefused, read_proposal
from tallystick.app.imports import parse_mapping
from tallystick.app.imports.errors import MapRefused
from tallystick.app.pages.language import accepted
from tallystick.app.webhooks.sending import _retry_after
from tallystick.finance.errors import AmountRefused, DocumentWrong
from tallystick.finance.reading.pages import read_mark
from tallystick.identity import read_ca_answer
from tallystick.identity.digital_link.wishes import ranked
from tallystick.identity.native.errors import DataRefused
from tallystick.identity.native.forms import vlist_bytes
from tallystick.identity.rest.errors import ValueInvalid
from tallystick.identity.rest.forms import read_values
from tallystick.ledger import PrivateKey, PublicKey, canonical, promise
from tallystick.ledger.bls.errors import SecretRefused
from tallystick.ledger.bls.key import QuorumKey
from tallystick.ledger.entry import pae
from tallystick.ledger.export.errors import ExportRecordRefused
from tallystick.ledger.export.layout import About
from tallystick.ledger.governance import StopStatement, StopStatementRefused
from tallystick.ledger.keys import KeyRefused
from tallystick.ledger.mirror import MirrorDamaged, Refusals
from tallystick.ledger.receipt import ReceiptRefused, payload_type
from tallystick.ledger.signer import FileMemory, SignerRefused
from tallystick.ledger.witness.errors import StateDamaged
from tallystick.ledger.witness.memory import Memory, origin_hash
from tallystick.trace import EpcisRefused
from tallystick.trace.epcis.json_ld import parse

deep = "[" * 100_000


def test_a_coordinate_that_is_no_text() -> None:
    """A number in a JWK was an error of a type, not of a key."""
    with pytest.raises(KeyRefused):
        PublicKey.from_jwk({"crv": "Ed25519", "kty": "OKP", "x": 5})  # type: ignore[dict-item]


def test_a_damaged_key_file_that_fails_deep_within_openssl() -> None:
    """One changed bit made an X448 key of 32 bytes of it, and the command ended with a traceback."""
    der = bytes.fromhex("302e020100300506032b656f04220420") + bytes(32)
    data = (
        b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(der) + b"-----END PRIVATE KEY-----\n"
    )
    with pytest.raises(KeyRefused):
        PrivateKey.from_pem(data)


def test_an_answer_of_a_ca_of_a_year_before_1000() -> None:
    """Its year was written with fewer than four digits, which is no time that an entry may state."""
    ca = issue(name("CA"), ca=True)
    said = Says(issue(name("F"), ca), ca).der().replace(b"20260227", b"00260227")
    assert read_ca_answer(said).time == "0026-02-27T08:00:00.000Z"


def test_a_receipt_whose_time_is_no_time() -> None:
    """Times are compared as text: a node that promised "Z" could never have been late."""
    world, receipt = samples.world(), canonical.decode_object(samples.receipts()[0])
    told = canonical.decode_object(base64.b64decode(receipt["payload"]))
    for time in ("Z", "", "2026-01-05", "2026-01-05T01:00:00Z", "9999-99-99T99:99:99.999Z"):
        payload = canonical.encode({**told, "sealed_by": time})
        signature = world.ledger.receipt_key.private.sign(pae(payload, payload_type))
        row = {"keyid": "300:x", "sig": base64.b64encode(signature).decode()}
        changed = {**receipt, "payload": base64.b64encode(payload).decode(), "signatures": [row]}
        with pytest.raises(ReceiptRefused, match="sealed_by"):
            promise.open_promise(changed, samples.charter())


def test_a_stop_statement_written_in_another_way() -> None:
    """A space behind the key was read over, so one statement had two spellings."""
    lines = stated().text().split("\n")
    lines[2] += " "
    with pytest.raises(StopStatementRefused, match="another way"):
        StopStatement.parse("\n".join(lines))


def test_files_nested_without_end_are_damaged_and_no_crash(tmp_path: Path) -> None:
    """JSON deeper than Python's stack was a RecursionError instead of the file's own error."""
    for path in (tmp_path / "last.json", tmp_path / "fence.json", tmp_path / "refusal.json"):
        path.write_text(deep)
    with pytest.raises(SignerRefused, match="damaged"):
        FileMemory(tmp_path / "last.json").load()
    fence = FileMemory(tmp_path / "last.json").fence()
    assert fence is not None
    assert "damaged" in fence.detail
    with pytest.raises(MirrorDamaged):
        Refusals(tmp_path).load()
    with pytest.raises(SecretRefused):
        QuorumKey.load(tmp_path / "last.json", "w")
    path = tmp_path / "state" / f"{origin_hash('log.example/x')}.json"
    path.parent.mkdir()
    path.write_text(deep)
    with pytest.raises(StateDamaged):
        Memory(tmp_path).load("log.example/x")
    with pytest.raises(MapRefused, match="deep"):
        parse_mapping(f"title = {deep}")


def test_a_mark_of_a_page_nested_without_end() -> None:
    """`/finance/v1/…?after=[[[…` was answered by 500."""
    with pytest.raises(DocumentWrong):
        read_mark(deep)


def test_an_amount_of_thousands_of_digits() -> None:
    """Python reads no number of more than 4,300 digits: it was a ValueError."""
    with pytest.raises(AmountRefused):
        finance.parse_amount("9" * 5000)


def test_a_map_with_a_number_of_thousands_of_digits() -> None:
    with pytest.raises(MapRefused, match="digits"):
        parse_mapping(f"title = {'9' * 5000}")


@pytest.mark.parametrize("end", ["202104", "20210401T0000", "20210401T000000Z"])
def test_a_day_of_a_calendar_that_ends_at_a_time(end: str) -> None:
    """A cut date is read as a time of day, and a day less a time was a TypeError."""
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20200101T000000Z",
        "DTSTART;VALUE=DATE:20210101", f"DTEND;VALUE=DATE:{end}", "SUMMARY:New Year", "CATEGORIES:HOLIDAY",
        "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    with pytest.raises(finance.CalendarFileWrong):
        finance.calendars.read_table("\r\n".join(lines))


def test_a_wish_weighed_by_thousands_of_digits() -> None:
    """An `Accept` or `Accept-Language` with such a `q` was answered by 500."""
    assert ranked(f"text/html;q={'9' * 5000}, a/b;q=0.5") == ("text/html", "a/b")
    assert accepted(f"zh;q=0.{'0' * 5000}, en;q=0.1, zh-TW;q={'1' * 5000}") == "zh"


def test_an_index_of_thousands_of_digits_in_a_list_of_values() -> None:
    """Written as text in an HS_VLIST, it was an error of numbers where the record was told natively."""
    told = [{"handle": "99.1/x", "index": "3" * 5000}]
    with pytest.raises(DataRefused, match="an index"):
        vlist_bytes(told)


def test_a_wait_of_thousands_of_digits() -> None:
    """A receiver's Retry-After of that length ended the round of its deliveries."""
    assert _retry_after(httpx.Response(503, headers={"Retry-After": "9" * 5000})) == 86_400


def test_a_proposal_with_a_number_that_no_machine_holds(tmp_path: Path) -> None:
    """A number of more than 64 bits in somebody's proposal ended the command with a traceback."""
    for value in (2**70, -(2**70)):
        told = canonical.decode_object(canonical.encode(json.loads(_proposal()[0])))
        text = json.dumps({**told, "act": {**told["act"], "number": value}})
        (tmp_path / "p.json").write_text(text)
        with pytest.raises(GovernanceFileRefused):
            read_proposal(tmp_path / "p.json").body()


def test_an_origin_that_is_no_unicode() -> None:
    """A lone surrogate in export.json came as far as the terminal, and failed there."""
    data = b'{"export":1,"origin":"\\ud800","log_key":"k","reader":"auditor","organisation":null}'
    with pytest.raises(ExportRecordRefused):
        About.parse(data)


def test_a_format_of_a_value_that_is_a_list() -> None:
    """It was looked for in a table, which is asked for words alone."""
    with pytest.raises(ValueInvalid, match="is not among the formats"):
        read_values(b'{"index":1,"type":"URL","data":{"format":["key"],"value":"x"}}')


def test_half_a_surrogate_pair_in_the_bytes_of_an_event() -> None:
    """Reading JSON from bytes took it, and the error that named the field could not be written."""
    with pytest.raises(EpcisRefused, match="this is not JSON in UTF-8"):
        parse(b'{"type":"ObjectEvent","event\xed\xa0\x80":1 }')
    assert parse(b'\xef\xbb\xbf{"type":"ObjectEvent" }') == {"type": "ObjectEvent"}
