"""Plain words of the units in which goods are counted: codes of UN/CEFACT Recommendations 20 and 21."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "units": {
        "H87": message("pieces"),
        "C62": message("pieces"),
        "EA": message("pieces"),
        "SET": message("sets"),
        "PR": message("pairs"),
        "XPK": message("packs"),
        "XCT": message("cartons"),
        "XBX": message("boxes"),
        "XBO": message("bottles"),
        "XRO": message("rolls"),
        "XPX": message("pallets"),
        "KGM": message("kilograms"),
        "GRM": message("grams"),
        "TNE": message("tonnes"),
        "MTR": message("metres"),
        "KMT": message("kilometres"),
        "MMT": message("millimetres"),
        "MTK": message("square metres"),
        "MTQ": message("cubic metres"),
        "LTR": message("litres"),
        "MLT": message("millilitres"),
        "KWH": message("kilowatt hours"),
        "HUR": message("hours"),
    },
}
