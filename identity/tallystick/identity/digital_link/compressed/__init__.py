"""Compressed GS1 Digital Links: fewer characters for the same key, qualifiers and attributes."""

from tallystick.identity.digital_link.compressed.links import (
    Expanded,
    compress,
    compress_address,
    expand,
    expand_path,
)

__all__ = ["Expanded", "compress", "compress_address", "expand", "expand_path"]
