"""Codes of organisations, checked by the functions that check them at registration."""

from __future__ import annotations

from collections.abc import Callable

from tallystick.identity.codes.scheme import CodeRefused, Scheme, compact, said
from tallystick.identity.numbers import NumberRefused, check_lei, check_uscc


def _checked(scheme: str, check: Callable[[str], None]) -> Callable[[str], str]:
    def read(text: str) -> str:
        number = compact(text, scheme)
        try:
            check(number)
        except NumberRefused as error:
            raise CodeRefused(f"{scheme}: {error.detail}") from None
        return number

    return read


organisation_schemes = (
    Scheme(
        "uscc", "GB 32100", said("Unified social credit code", "统一社会信用代码"),
        said("18 characters", "18 个字符"),
        said("alphabet and check character (mod 31)", "字符集及校验码（模 31）"),
        "91350211M000100Y46", _checked("uscc", check_uscc),
    ),
    Scheme(
        "lei", "ISO 17442", said("Legal entity identifier", "全球法人识别编码（LEI）"),
        said("20 characters", "20 个字符"),
        said("two check digits (mod 97-10)", "两位校验码（模 97-10）"),
        "213800KUD8LAJWSQ9D15", _checked("lei", check_lei),
    ),
)  # fmt: skip
