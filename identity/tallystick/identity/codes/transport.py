"""Codes of vehicles, ships, containers, traction batteries and customs entries."""

from __future__ import annotations

from tallystick.identity.codes import digits
from tallystick.identity.codes.scheme import Scheme, compact, require, require_digit, said

#: First characters of a VIN in whose regions the ninth is a check digit by law: North America and China.
_vin_checked = "12345L"


def _vin(text: str) -> str:
    number = compact(text, "vin")
    require("[A-HJ-NPR-Z0-9]{17}", number, "vin", "17 letters and digits without I, O and Q")
    if number[0] in _vin_checked:
        require_digit("vin", number, number[8], digits.vin(number))
    return number


def _container(text: str) -> str:
    number = compact(text, "container")
    require("[A-Z]{3}[UJZ][0-9]{7}", number, "container", "an owner, U, J or Z, and 7 digits")
    require_digit("container", number, number[10], digits.iso_6346(number[:10]))
    return number


def _imo(text: str) -> str:
    number = compact(text, "imo").removeprefix("IMO")
    require("[1-9][0-9]{6}", number, "imo", "7 digits")
    require_digit("imo", number, number[6], digits.imo(number[:6]))
    return number


def _battery(text: str) -> str:
    """Maker 3, product 1, chemistry 1, specification 2, trace 7, date 3, serial 7."""
    code = compact(text, "gb34014")
    require("[0-9A-Z]{24}", code, "gb34014", "24 letters and digits")
    require("[PMC]", code[3], "gb34014", "P, M or C, in the fourth place")
    require("[A-Z]", code[4], "gb34014", "a letter for the chemistry, in the fifth place")
    date = "[0-9A-HJ-NPR-Y][1-9ABC][1-9A-HJ-NPR-Y]"
    require(date, code[14:17], "gb34014", "a year, a month and a day, in the places 15 to 17")
    require("(?!0000000)[0-9]{7}", code[17:], "gb34014", "a serial of 7 digits")
    return code


def _customs(text: str) -> str:
    """Customs house 4, year 4, import or export 1, serial 9."""
    number = compact(text, "customs-cn")
    require("[0-9]{18}", number, "customs-cn", "18 digits")
    require("(19|20)[0-9]{2}", number[4:8], "customs-cn", "a year, in the places 5 to 8")
    require("[01]", number[8], "customs-cn", "1 (import) or 0 (export), in the ninth place")
    return number


transport_schemes = (
    Scheme(
        "vin", "ISO 3779, GB 16735", said("VIN: a vehicle", "车辆识别代号（VIN）"),
        said("17 characters", "17 个字符"),
        said(
            "alphabet without I, O, Q; the ninth character where the first is 1 to 5 or L, elsewhere none",
            "字符集不含 I、O、Q；首位为 1 至 5 或 L 时查第 9 位校验码，其他地区不查",
        ),
        "LSVAA49J132047371", _vin,
    ),
    Scheme(
        "gb34014", "GB/T 34014", said("Traction battery code", "汽车动力蓄电池编码"),
        said("24 characters", "24 个字符"),
        said(
            "places: product P, M or C, chemistry, date, serial; there is no check digit, and makers' codes are not looked up",
            "各位：产品类型 P、M 或 C，电池类型，生产日期，序列号；本编码无校验码，不查厂商代码",
        ),
        "08GPE0112345678B30000001", _battery,
    ),
    Scheme(
        "container", "ISO 6346", said("Container number", "集装箱箱号"),
        said("4 letters and 7 digits", "4 个字母加 7 位数字"),
        said("check digit (mod 11)", "校验码（模 11）"), "CSQU3054383", _container,
    ),
    Scheme(
        "imo", "IMO A.1117(30)", said("IMO ship number", "船舶识别号（IMO）"),
        said("7 digits, without the letters IMO", "7 位数字，不带 IMO"),
        said("check digit (weights 7 to 2)", "校验码（权数 7 至 2）"), "9074729", _imo,
    ),
    Scheme(
        "customs-cn", "海关总署", said("Customs entry number in China", "报关单海关编号"),
        said("18 digits", "18 位数字"),
        said(
            "length, a year in places 5 to 8, 0 or 1 in place 9; there is no check digit, and no customs house is asked",
            "位数、第 5 至 8 位年份、第 9 位 0 或 1；无校验码，不向海关核实",
        ),
        "223320261000000017", _customs,
    ),
)  # fmt: skip
