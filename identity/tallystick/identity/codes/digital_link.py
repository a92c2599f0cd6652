"""GS1 keys that have no scheme of their own: documents, coupons, consignments, models, recipients of services.

Canonical is the path of the key's GS1 Digital Link, percent-encoded, without attributes: `/8013/1987654Ad4X4bL5ttr2310c2K`.
Keys that have a scheme here are claimed by that one alone, so that one key has one name.
"""

from __future__ import annotations

from tallystick.identity.codes.scheme import CodeRefused, Scheme, said
from tallystick.identity.digital_link import epc
from tallystick.identity.digital_link.errors import LinkRefused
from tallystick.identity.digital_link.link import DigitalLink, parse, parse_path

link_scheme_name = "digital-link"
_by_key = {
    ("00",): "sscc",
    ("01",): "gtin",
    ("01", "21"): "sgtin",
    ("01", "10"): "lgtin",
    ("414",): "gln",
    ("417",): "gln",
    ("414", "254"): "sgln",
    ("8003",): "grai",
    ("8004",): "giai",
}


def code_of(link: DigitalLink) -> tuple[str, str]:
    """(scheme, spelling) under which a Digital Link's key and qualifiers may be claimed."""
    pairs = (link.key, *link.qualifiers)
    found = _by_key.get(tuple(ai for ai, _ in pairs))
    if found is None:
        return link_scheme_name, link.path
    return found, link.key[1] + "".join(f"({ai}){value}" for ai, value in link.qualifiers)


def spelled(scheme: str, text: str) -> str:
    """How this scheme spells the key of an EPC URN; any other text as it is. Raises `CodeRefused`."""
    if not text.startswith(epc.head):
        return text
    try:
        found, spelling = code_of(epc.parse_urn(text))
    except LinkRefused as error:
        raise CodeRefused(f"{scheme}: {error.diagnosis()}") from None
    if found != scheme:
        raise CodeRefused(f"{scheme}: the scheme of {text} is {found}")
    return spelling


def _read(text: str) -> str:
    text = spelled(link_scheme_name, text.strip(" "))
    try:
        link = parse_path(text) if text.startswith("/") else parse(text)
    except LinkRefused as error:
        raise CodeRefused(f"{link_scheme_name}: {error.diagnosis()}") from None
    scheme, spelling = code_of(link)
    if scheme != link_scheme_name:
        raise CodeRefused(
            f"{link_scheme_name}: this key has a scheme of its own, {scheme} {spelling}"
        )
    return link.path


link_scheme = Scheme(
    link_scheme_name,
    "GS1 Digital Link URI Syntax 1.6",
    said(
        "other GS1 keys, and keys with several qualifiers",
        "其他 GS1 标识代码，以及带多个限定符的代码",
    ),
    said("the path of the Digital Link", "GS1 Digital Link 的路径部分"),
    said(
        "key, order of qualifiers, forms, check digits and check characters",
        "标识代码、限定符顺序、格式、校验码和校验字符",
    ),
    "/8013/1987654Ad4X4bL5ttr2310c2K",
    _read,
)
