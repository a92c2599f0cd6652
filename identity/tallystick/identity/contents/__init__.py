"""Digital things: drawings, processes, algorithms, data sets, known by the digest of their content."""

from tallystick.identity.contents.bodies import Licence, RegisterContent
from tallystick.identity.contents.digesting import Digested, digest_file
from tallystick.identity.contents.digesting import computed as computed_digests
from tallystick.identity.contents.kinds import register
from tallystick.identity.contents.views import Content, contents_for, contents_of, records_with

__all__ = [
    "Content",
    "Digested",
    "Licence",
    "RegisterContent",
    "computed_digests",
    "contents_for",
    "contents_of",
    "digest_file",
    "records_with",
    "register",
]
