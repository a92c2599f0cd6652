"""GS1 Digital Link: reading, writing and resolving the addresses of GS1 keys."""

from tallystick.identity.digital_link.check_digits import check_digit, check_pair
from tallystick.identity.digital_link.compressed import (
    compress,
    compress_address,
    expand,
    expand_path,
)
from tallystick.identity.digital_link.epc import from_urn, parse_urn, to_urn
from tallystick.identity.digital_link.errors import LinkRefused
from tallystick.identity.digital_link.identifiers import (
    Identifier,
    PrimaryKey,
    attributes,
    keys,
    qualifiers,
)
from tallystick.identity.digital_link.link import (
    DigitalLink,
    build,
    canonical_host,
    from_elements,
    parse,
    parse_path,
)
from tallystick.identity.digital_link.link_types import gs1_vocabulary
from tallystick.identity.digital_link.record_links import Link as OfferedLink
from tallystick.identity.digital_link.record_links import Offer
from tallystick.identity.digital_link.resolving import default_of
from tallystick.identity.digital_link.routes import printed, routers
from tallystick.identity.digital_link.values import LinkValue

__all__ = [
    "DigitalLink",
    "Identifier",
    "LinkRefused",
    "LinkValue",
    "Offer",
    "OfferedLink",
    "PrimaryKey",
    "attributes",
    "build",
    "canonical_host",
    "check_digit",
    "check_pair",
    "compress",
    "compress_address",
    "default_of",
    "expand",
    "expand_path",
    "from_elements",
    "from_urn",
    "gs1_vocabulary",
    "keys",
    "parse",
    "parse_path",
    "parse_urn",
    "printed",
    "qualifiers",
    "routers",
    "to_urn",
]
