"""The curve of SM2 (GB/T 32918.5): what can be said of a key without any library.

`user_id` goes into what is signed: it is stored with the key, and another one is another key.
"""

from __future__ import annotations

field_prime = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_a = field_prime - 3
_b = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93

#: GM/T 0009, where nothing else is agreed.
user_id_default = "1234567812345678"
user_id_bytes_max = 255


def is_on_curve(raw: bytes) -> bool:
    """Whether x ‖ y, 64 bytes, is a point of the curve; its cofactor is 1, so each has the full order."""
    x, y = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if x >= field_prime or y >= field_prime:
        return False
    return (y * y - (x * x * x + _a * x + _b)) % field_prime == 0


def in_range(signature: bytes) -> bool:
    """Whether r ‖ s, 64 bytes, are numbers from 1 to n − 1."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return 0 < r < order and 0 < s < order
