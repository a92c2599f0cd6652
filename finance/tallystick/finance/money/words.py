"""大写: amounts of renminbi in Chinese capitals.

Source: 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定): 整 follows 元 or 角 when nothing comes
after; never 分. Zeros inside are one 零; 零 stands after 元 when 角 is zero and 分 is not, and (the
first of the two forms allowed) when 元 is zero and 角 is not.
"""

from __future__ import annotations

from tallystick.finance.errors import AmountRefused

_digits = "零壹贰叁肆伍陆柒捌玖"
_small = ((1000, "仟"), (100, "佰"), (10, "拾"))
_large = ((10**8, "亿"), (10**4, "万"))
_values = {digit: value for value, digit in enumerate(_digits)}
_units = {unit: size for size, unit in _small}


def capitals(fen: int) -> str:
    """
    >>> capitals(900000000)
    '人民币玖佰万元整'
    >>> capitals(1640902)
    '人民币壹万陆仟肆佰零玖元零贰分'
    """
    if fen < 0:
        raise AmountRefused("a negative amount has no form in capitals")
    yuan, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    if not cents:
        return f"人民币{_number(yuan)}元整"
    text = f"{_number(yuan)}元" if yuan else ""
    if yuan and (not jiao or yuan % 10 == 0):
        text += "零"
    text += f"{_digits[jiao]}角" if jiao else ""
    return "人民币" + text + (f"{_digits[rest]}分" if rest else "整")


def from_capitals(text: str) -> int:
    """Fen of an amount in capitals; raises `AmountRefused` for anything `capitals` would not write."""
    body = text.removeprefix("人民币").removesuffix("整").removesuffix("正")
    yuan, mark, cents = body.rpartition("元")
    cents = cents if mark else body
    try:
        fen = (_integer(yuan) if mark else 0) * 100 + _cents(cents)
    except KeyError as error:
        raise AmountRefused(f"{text!r}: {error.args[0]!r} does not belong here") from None
    if capitals(fen).removeprefix("人民币").removesuffix("整") != body:
        raise AmountRefused(f"{text!r} is not how {fen} fen are written")
    return fen


def _number(value: int) -> str:
    for size, unit in _large:
        if value >= size:
            high, low = divmod(value, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _number(high) + unit + gap + (_number(low) if low else "")
    return _section(value)


def _section(value: int) -> str:
    if value == 0:
        return "零"
    text, gap = "", False
    for size, unit in (*_small, (1, "")):
        digit = value // size % 10
        if digit:
            text += ("零" if gap and text else "") + _digits[digit] + unit
        gap = not digit
    return text


def _integer(text: str) -> int:
    for size, unit in _large:
        high, mark, low = text.rpartition(unit)
        if mark:
            return _integer(high) * size + (_integer(low) if low else 0)
    total, digit = 0, 0
    for character in text:
        if character in _units:
            total, digit = total + digit * _units[character], 0
        else:
            digit = _values[character]
    return total + digit


def _cents(text: str) -> int:
    total, digit = 0, 0
    for character in text:
        if character in "角分":
            total, digit = total + digit * (10 if character == "角" else 1), 0
        else:
            digit = _values[character]
    return total
