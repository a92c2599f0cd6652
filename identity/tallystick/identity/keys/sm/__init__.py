"""Certificates of SM2 (GM/T 0015): their path and signatures, and those of what CAs answer about them.

`cryptography` reads them and verifies nothing of theirs; the suite sm2-sm3 of the ledger does.
"""

from tallystick.identity.keys.sm.path import Path, check, check_anchor
from tallystick.identity.keys.sm.signatures import (
    algorithm,
    is_sm2,
    issued,
    named_by_sm3,
    one_algorithm,
    signed,
)

__all__ = [
    "Path",
    "algorithm",
    "check",
    "check_anchor",
    "is_sm2",
    "issued",
    "named_by_sm3",
    "one_algorithm",
    "signed",
]
