"""Values of a handle record that say where it leads, and what GS1 key names it; each in one form.

TALLYSTICK.LINK (JSON): {rel, href, title, hreflang?, type?, context?, default?, fwqs?}; TALLYSTICK.GS1 (text): the
path of a Digital Link; 10320/loc (text): see `locations`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from tallystick.identity.digital_link.addresses import address_chars_max, is_web_address
from tallystick.identity.digital_link.errors import LinkRefused
from tallystick.identity.digital_link.link import DigitalLink, parse_path
from tallystick.identity.digital_link.link_types import is_reserved, type_pattern
from tallystick.identity.digital_link.locations import location_type, parse_locations
from tallystick.identity.digital_link.value_errors import LinkValueRefused
from tallystick.ledger import Body, Text

link_type = "TALLYSTICK.LINK"
gs1_type = "TALLYSTICK.GS1"
languages_per_link_max = 16


def _web(text: str) -> str:
    if not is_web_address(text):
        raise ValueError("no http or https address in ASCII")
    return text


def _free(text: str) -> str:
    if is_reserved(text):
        raise ValueError("only a resolver says this")
    return text


class LinkValue(Body):
    """The JSON of a TALLYSTICK.LINK value.

    `rel`: a GS1 link type (`gs1:pip`) or another vocabulary's whole address. `default`: where the code leads when
    nothing is asked; of several, which differ in `hreflang` or `type`, the one that suits. `fwqs`: false if the
    parameters of a request are not passed on.
    """

    rel: Annotated[str, Field(pattern=type_pattern), AfterValidator(_free)]
    href: Annotated[str, Field(max_length=address_chars_max), AfterValidator(_web)]
    title: Text
    hreflang: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$")], ...],
        Field(min_length=1, max_length=languages_per_link_max),
    ] | None = None  # fmt: skip
    type: Annotated[
        str, Field(max_length=127, pattern=r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]*$")
    ] | None = None  # fmt: skip
    context: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,60}$")], ...],
        Field(min_length=1, max_length=languages_per_link_max),
    ] | None = None  # fmt: skip
    default: Literal[True] | None = None
    fwqs: Literal[False] | None = None


def parse_link_value(data: str | bytes) -> LinkValue:
    """Raises `LinkValueRefused`."""
    try:
        return LinkValue.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the value"
        raise LinkValueRefused(f"{link_type}: {where}: {first['msg']}") from None


def parse_stated(text: str) -> DigitalLink:
    """The GS1 key in a TALLYSTICK.GS1 value. Raises `LinkValueRefused`."""
    try:
        found = parse_path(text)
    except LinkRefused as error:
        raise LinkValueRefused(f"{gs1_type}: {error.diagnosis()}") from None
    if found.path != text:
        raise LinkValueRefused(f"{gs1_type}: it is written {found.path}")
    return found


def check_value(kind: str, form: str | None, data: str) -> None:
    """What the rule of records asks of a value before it is kept. Raises `LinkValueRefused`."""
    if kind == link_type:
        if form != "json":
            raise LinkValueRefused(f"{link_type} is of the format json")
        parse_link_value(data)
    elif kind in (gs1_type, location_type):
        if form is not None:
            raise LinkValueRefused(f"{kind} is text, of no other format")
        (parse_stated if kind == gs1_type else parse_locations)(data)
