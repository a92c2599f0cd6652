"""EPC URNs and GS1 Digital Links to one form, for the CBV event hash.

CBV 2.0 §8.9.2: every GS1 key becomes `https://id.gs1.org/…` at its finest level, without query. URNs are
identity's matter. Digital Links are read as the hash's reference implementation reads them, which is looser
and narrower than the standard that `tallystick.identity.digital_link` keeps: check digits are not looked at,
short names are taken, a percent-encoded serial is not recognised, and a lot is dropped where a serial follows.
What is not recognised stays as it is.
"""

from __future__ import annotations

import re

from tallystick.identity import digital_link

_plain = r"[\"'.\-0-9;<=>?A-Z_a-z]"


def normalise(text: str) -> str:
    """The canonical Digital Link of a GS1 key, or `text`."""
    if text.startswith("urn:epc:"):
        return digital_link.from_urn(text) or text
    if text.startswith(("https://", "http://")):
        return _from_link(text) or text
    return text


_short = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402",
    "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
#: Key AI → (form of its value, qualifier AIs from finest to coarsest with the form of theirs).
_keys: dict[str, tuple[str, dict[str, str]]] = {
    "00": (r"\d{18}", {}),
    "01": (r"\d{14}", {"21": _plain + "{0,20}", "235": _plain + "{0,28}", "10": _plain + "{0,20}"}),
    "253": (rf"\d{{13}}{_plain}{{0,17}}", {}),
    "255": (r"\d{13,25}", {}),
    "401": (rf"\d{{4}}{_plain}{{0,26}}", {}),
    "402": (r"\d{17}", {}),
    "414": (r"\d{13}", {"254": _plain + "{0,20}"}),
    "417": (r"\d{13}", {}),
    "8003": (rf"\d{{14}}{_plain}{{0,16}}", {}),
    "8004": (rf"\d{{4}}{_plain}{{0,26}}", {}),
    "8006": (r"\d{18}", {"21": _plain + "{0,20}", "10": _plain + "{0,20}"}),
    "8010": (r"\d{4}[#\-0-9A-Z]{0,26}", {"8011": r"\d{0,12}"}),
    "8017": (r"\d{18}", {}),
    "8018": (r"\d{18}", {}),
}


def _from_link(text: str) -> str | None:
    path = text.split("?", 1)[0].rstrip("/").split("/")[3:]
    path = [_short.get(part, part) for part in path]
    at = next((n for n, part in enumerate(path[:-1]) if part in _keys), None)
    if at is None or (len(path) - at) % 2:
        return None
    key, value, *rest = path[at:]
    form, qualifiers = _keys[key]
    if key == "01" and value.isdigit() and len(value) in (8, 12, 13):
        value = value.zfill(14)
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    given.pop("22", None)
    if not re.fullmatch(form, value) or not given.keys() <= qualifiers.keys():
        return None
    finest = next((ai for ai in qualifiers if ai in given), None)
    if finest is None:
        return f"{digital_link.canonical_host}/{key}/{value}"
    if not re.fullmatch(qualifiers[finest], given[finest]):
        return None
    return f"{digital_link.canonical_host}/{key}/{value}/{finest}/{given[finest]}"
