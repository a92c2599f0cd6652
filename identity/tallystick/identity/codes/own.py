"""A partner's own code: `<its organisation>#<code>`, where nobody else's numbering reaches."""

from __future__ import annotations

import re

from tallystick.identity.codes.scheme import Code, CodeRefused, Scheme, said

own = "own"
_chars_max = 100
#: Fixed ranges, so that a newer table of Unicode changes no verdict; one script beside ASCII, so that nothing looks like it.
_code = re.compile("[!-~\u4e00-\u9fff]{1,100}")
_organisation = re.compile('[0-9]+(?:[.][0-9]+)*/[!-"$-~]+')


def scope(code: Code) -> str:
    """The organisation in whose numbering the code stands."""
    return code.value.partition("#")[0]


def _read(text: str) -> str:
    organisation, _, code = text.strip(" ").partition("#")
    if not _organisation.fullmatch(organisation):
        raise CodeRefused(f"{own}: it begins with an organisation's handle and #")
    if not _code.fullmatch(code):
        raise CodeRefused(
            f"{own}: {code!r} is not 1 to {_chars_max} characters of visible ASCII or Chinese"
        )
    return f"{organisation}#{code}"


own_scheme = Scheme(
    own, "the partner", said("A partner's own code", "合作方自编代码"),
    said("organisation#code", "组织标识#代码"),
    said(
        "the organisation is registered here; visible ASCII and Chinese characters, capital and small letters differ",
        "组织已在此登记；可见 ASCII 与汉字，区分大小写",
    ),
    "99.100/O-CORE000000000#PN-7781", _read,
)  # fmt: skip
