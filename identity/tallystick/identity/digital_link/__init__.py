"""GS1 Digital Link: reading, writing and resolving the addresses of GS1 keys."""

from tallystick.identity.digital_link.check_digits import check_digit, check_pair
from tallystick.identity.digital_link.epc import from_urn
from tallystick.identity.digital_link.errors import LinkRefused
from tallystick.identity.digital_link.link import (
    DigitalLink,
    build,
    canonical_host,
    from_elements,
    parse,
    parse_path,
)

__all__ = [
    "DigitalLink",
    "LinkRefused",
    "build",
    "canonical_host",
    "check_digit",
    "check_pair",
    "from_elements",
    "from_urn",
    "parse",
    "parse_path",
]
