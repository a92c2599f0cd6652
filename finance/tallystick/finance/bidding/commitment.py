"""The digest that seals a bid: anybody who has the bid can make it, nobody can read the bid from it.

    SHA-256( "tallystick/bid/1" LF ‖ canonical JSON of {tender, funder, rate_ppm, salt} )

The salt has 32 random bytes: without them a rate, of which there are few, could be found by trying.
"""

from __future__ import annotations

import hashlib

from tallystick.ledger import canonical

_prefix = b"tallystick/bid/1\n"


def commitment(tender: str, funder: str, rate_ppm: int, salt: str) -> str:
    """Hex. `tender`: the payload hash of its entry; `salt`: 64 hex digits.

    >>> commitment("0" * 64, "99.100/O-BANK", 42000, "1" * 64)[:8]
    'ccc1cb8f'
    """
    told = {"tender": tender, "funder": funder, "rate_ppm": rate_ppm, "salt": salt}
    return hashlib.sha256(_prefix + canonical.encode(told)).hexdigest()
