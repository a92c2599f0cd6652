"""Units of goods as firms write them, and their codes of UN/CEFACT Recommendation 20 and 21."""

from __future__ import annotations

from tallystick.app.imports.cells.values import plain

_codes: dict[str, tuple[str, ...]] = {
    "C62": (
        "个",
        "只",
        "件",
        "支",
        "枚",
        "颗",
        "pc",
        "pcs",
        "piece",
        "pieces",
        "ea",
        "each",
        "个数",
    ),
    "SET": ("套", "付", "副", "set", "sets"),
    "PR": ("对", "双", "pair", "pairs"),
    "H87": ("片", "块", "台", "辆", "根", "条", "张", "把"),
    "XPK": ("包", "盒", "pack", "packs", "package"),
    "XCT": ("箱", "carton", "cartons", "ctn"),
    "XBX": ("匣", "box", "boxes"),
    "XBO": ("瓶", "bottle", "bottles"),
    "XRO": ("卷", "roll", "rolls"),
    "XPX": ("托", "托盘", "pallet", "pallets"),
    "KGM": ("千克", "公斤", "kg", "kgs", "kilogram"),
    "GRM": ("克", "g", "gram"),
    "TNE": ("吨", "t", "ton", "tonne", "mt"),
    "MTR": ("米", "m", "metre", "meter"),
    "KMT": ("千米", "公里", "km"),
    "MMT": ("毫米", "mm"),
    "MTK": ("平方米", "平米", "m2", "sqm"),
    "MTQ": ("立方米", "立方", "方", "m3", "cbm"),
    "LTR": ("升", "l", "litre", "liter"),
    "MLT": ("毫升", "ml"),
    "KWH": ("度", "千瓦时", "kwh"),
    "HUR": ("小时", "工时", "h", "hour", "hours"),
}
_by_name = {name: code for code, names in _codes.items() for name in names}


def unit_code(text: str) -> str | None:
    """The code of a unit, from its name or the code itself; none if it is not known here."""
    said = plain(text)
    return said if said in _codes else _by_name.get(said.casefold())
