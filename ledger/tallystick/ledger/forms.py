"""The written forms of formats §1 and §2 as regular expressions: handles, ids, instants, whole entries."""

from __future__ import annotations

import re

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
