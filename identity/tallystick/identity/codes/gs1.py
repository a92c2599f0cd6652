"""Keys of GS1 (General Specifications): numbers with a check digit, and what qualifies them.

Canonical is the key's digits, then a qualifier behind its application identifier in brackets, as labels print
it: `09506000134352(21)SN-1`. EPC URIs are read too. A serial or lot is compared exactly, capital and small letters too, as GS1 says.
"""

from __future__ import annotations

from collections.abc import Callable

from tallystick.identity.codes.digital_link import spelled
from tallystick.identity.codes.scheme import (
    CodeRefused,
    Scheme,
    require,
    require_ascii,
    require_digit,
    said,
)
from tallystick.identity.digital_link.check_digits import check_digit

#: Character set 82 (General Specifications 7.11).
_set_82 = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
_gtin_digits = (8, 12, 13, 14)


def _number(text: str, scheme: str, identifier: str, *lengths: int) -> str:
    """Digits of one of these lengths with a right check digit, padded to the longest."""
    bare = text.removeprefix(f"({identifier})").replace(" ", "")
    require_ascii(bare, scheme)
    form = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    require(form, bare, scheme, f"{', '.join(map(str, lengths))} digits")
    require_digit(scheme, bare, bare[-1], check_digit(bare[:-1]))
    return bare.zfill(max(lengths))


def _qualified(
    scheme: str, qualifier: str, most: int, number: Callable[[str], str]
) -> Callable[[str], str]:
    def read(text: str) -> str:
        text = spelled(scheme, text.strip(" "))
        start = text.find(f"({qualifier})", 1)
        if start < 0:
            raise CodeRefused(f"{scheme}: {text} has no ({qualifier})")
        value = text[start + len(qualifier) + 2 :]
        require_ascii(value, scheme)
        form = f"{_set_82}{{1,{most}}}"
        require(form, value, scheme, f"1 to {most} characters of GS1 set 82")
        return f"{number(text[:start])}({qualifier}){value}"

    return read


def _gtin(text: str) -> str:
    return _number(spelled("gtin", text.strip(" ")), "gtin", "01", *_gtin_digits)


def _gln(text: str) -> str:
    return _number(spelled("gln", text.strip(" ")), "gln", "414", 13)


def _sscc(text: str) -> str:
    return _number(spelled("sscc", text.strip(" ")), "sscc", "00", 18)


def _grai(text: str) -> str:
    bare = spelled("grai", text.strip(" ")).removeprefix("(8003)")
    require_ascii(bare, "grai")
    form = rf"0[0-9]{{13}}{_set_82}{{0,16}}"
    require(form, bare, "grai", "0, 13 digits and a serial of up to 16 characters of set 82")
    return _number(bare[1:14], "grai", "", 13).zfill(14) + bare[14:]


def _giai(text: str) -> str:
    bare = spelled("giai", text.strip(" ")).removeprefix("(8004)")
    require_ascii(bare, "giai")
    form = rf"[0-9]{{4}}{_set_82}{{1,26}}"
    require(form, bare, "giai", "a company prefix and a reference, 30 characters of set 82")
    return bare


_digit = said("check digit (weights 3, 1)", "校验码（权数 3、1）")
_gtin_check = said(
    "length 8, 12, 13 or 14 and the check digit; not whether GS1 gave it to this company",
    "位数为 8、12、13 或 14 及校验码；不查该代码是否由 GS1 分配给该企业",
)


def _scheme(
    name: str, title: tuple[str, str], form: tuple[str, str], example: str,
    read: Callable[[str], str], check: tuple[str, str] | None = None,
) -> Scheme:  # fmt: skip
    told = said(*check) if check else _digit
    source = "GS1 General Specifications"
    return Scheme(name, source, said(*title), said(*form), told, example, read)


_serial = ("check digit; 1 to 20 characters of GS1 set 82", "校验码；GS1 字符集 82，1 至 20 个字符")
gs1_schemes = (
    Scheme(
        "gtin", "GS1 General Specifications", said("GTIN: a kind of goods", "GTIN：商品品种"),
        said("14 digits, padded with zeros", "14 位数字，前面补零"), _gtin_check,
        "09506000134352", _gtin,
    ),
    _scheme(
        "sgtin", ("GTIN with serial: one thing", "GTIN 加序列号：单件商品"),
        ("14 digits(21)serial", "14 位数字(21)序列号"), "09506000134352(21)SN-1",
        _qualified("sgtin", "21", 20, _gtin), _serial,
    ),
    _scheme(
        "lgtin", ("GTIN with lot", "GTIN 加批次"),
        ("14 digits(10)lot", "14 位数字(10)批次"), "09506000134352(10)LOT-7",
        _qualified("lgtin", "10", 20, _gtin), _serial,
    ),
    _scheme(
        "sscc", ("SSCC: a logistic unit", "SSCC：物流单元"), ("18 digits", "18 位数字"),
        "095060001343520017", _sscc,
    ),
    _scheme(
        "gln", ("GLN: a party or a place", "GLN：参与方或位置"), ("13 digits", "13 位数字"),
        "9506000134376", _gln,
    ),
    _scheme(
        "sgln", ("GLN with extension: a place within", "GLN 加扩展：位置内的位置"),
        ("13 digits(254)extension", "13 位数字(254)扩展"), "9506000134376(254)DOCK-4",
        _qualified("sgln", "254", 20, _gln), _serial,
    ),
    _scheme(
        "grai", ("GRAI: a returnable asset", "GRAI：可回收资产"),
        ("0, 13 digits, serial (up to 16, may be missing)", "0、13 位数字、序列号（至多 16 个字符，可无）"),
        "09506000134376C-1", _grai,
        ("check digit of the 13; GS1 set 82", "前 13 位的校验码；GS1 字符集 82"),
    ),
    _scheme(
        "giai", ("GIAI: an individual asset", "GIAI：单个资产"),
        ("company prefix and reference, up to 30", "厂商识别代码加参考代码，至多 30 个字符"),
        "9506000134ASSET-7", _giai,
        (
            "4 digits first, GS1 set 82; the scheme has no check digit",
            "以 4 位数字开头，GS1 字符集 82；本体系无校验码",
        ),
    ),
)  # fmt: skip
