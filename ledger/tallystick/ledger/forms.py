"""The written forms of formats §1 and §2: handles, ids, instants and whole entries, strict base64."""

from __future__ import annotations

import binascii
import re

from tallystick.ledger.errors import TallystickError

payload_type = "application/vnd.tallystick.entry+json"

entry_type = re.compile(r"[a-z]+(?:\.[a-z]+)+/[1-9][0-9]{0,3}")
handle = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*/[^\s\x00-\x1f\x7f]{1,250}")
key_reference = re.compile(rf"[1-9][0-9]{{0,8}}:{handle.pattern}")
uuid7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
instant = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
)
hex32 = re.compile(r"[0-9a-f]{64}")

# What nearly every entry looks like: canonical JSON in ASCII without escapes, one signature. Each of these
# reads it in one step; what they do not fit is read the long way, which may accept it or say what is wrong.
_plain_handle = r"[0-9A-Za-z][0-9A-Za-z.\-]*/[!#-\[\]-~]{1,250}"
_base64 = r"[0-9A-Za-z+/]+={0,2}"
usual_envelope = re.compile(
    rf'\{{"payload":"(?P<payload>{_base64})",'
    rf'"payloadType":"{re.escape(payload_type)}",'
    rf'"signatures":\[\{{"keyid":"(?P<keyid>[1-9][0-9]{{0,8}}:{_plain_handle})",'
    rf'"sig":"(?P<sig>{_base64})"\}}\]\}}'
)
usual_payload = re.compile(
    rf'\{{"author":"(?P<author>{_plain_handle})","body_hash":"(?P<body_hash>{hex32.pattern})",'
    rf'(?:"expires":"(?P<expires>{instant.pattern})",)?'
    rf'(?:"fields_root":"(?P<fields_root>{hex32.pattern})",)?'
    rf'"id":"(?P<id>{uuid7.pattern})","origin":"(?P<origin>[ !#-\[\]-~]{{1,200}})",'
    rf'(?:"prev":"(?P<prev>{hex32.pattern})","seq":(?P<seq>0|[1-9][0-9]{{0,14}}),)?'
    rf'"time":"(?P<time>{instant.pattern})","type":"(?P<type>{entry_type.pattern})","v":1\}}'
)


class EntryMalformed(TallystickError):
    code = "entry-malformed"
    status = 400
    title = "The entry is not well-formed"
    advice = "Build it as formats §2 says: canonical JSON, the listed members and no others."


def strict_base64(text: object, name: str) -> bytes:
    """Standard base64 with padding, one text for each value; raises `EntryMalformed`."""
    if isinstance(text, str) and text.isascii():
        try:
            raw = binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error:
            raw = b""
        if binascii.b2a_base64(raw, newline=False) == text.encode():
            return raw
    raise EntryMalformed(f"{name} is not strict standard base64")
