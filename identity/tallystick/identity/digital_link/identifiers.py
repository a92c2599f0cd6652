"""GS1 application identifiers (AI) of Digital Links: keys, their qualifiers in order, and data attributes.

Which AI is a key, and which qualifiers stand behind it in which order: GS1 Digital Link URI Syntax §4; forms
of their values: GS1 General Specifications §3. `page` is the GS1 link type of a page about what the key names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tallystick.identity.digital_link.forms import Form, form


@dataclass(frozen=True, slots=True)
class Identifier:
    """An AI with its title and the form of its values."""

    ai: str
    title: str
    form: Form


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """`qualifiers`: the sequences that may follow, each in its order; of `required` one must."""

    identifier: Identifier
    qualifiers: tuple[tuple[str, ...], ...] = ()
    required: str | None = None
    page: str = "gs1:pip"

    @property
    def ai(self) -> str:
        return self.identifier.ai

    def all_qualifiers(self) -> frozenset[str]:
        return frozenset(ai for sequence in self.qualifiers for ai in sequence)


def _of(ai: str, title: str, text: str) -> Identifier:
    return Identifier(ai, title, form(text))


qualifiers: Mapping[str, Identifier] = {
    found.ai: found
    for found in (
        _of("10", "BATCH/LOT", "x..20"),
        _of("21", "SERIAL", "x..20"),
        _of("22", "CPV", "x..20"),
        _of("235", "TPX", "x..28"),
        _of("254", "GLN EXTENSION COMPONENT", "x..20"),
        _of("7040", "UIC+EXT", "n1 x1 x1 x1i"),
        _of("8011", "CPID SERIAL", "n..12s"),
        _of("8019", "SRIN", "n..10"),
        _of("8020", "REF No.", "x..25"),
    )
}

keys: Mapping[str, PrimaryKey] = {
    found.ai: found
    for found in (
        PrimaryKey(_of("00", "SSCC", "n18c"), page="gs1:traceability"),
        PrimaryKey(_of("01", "GTIN", "n14c"), (("22", "10", "21"), ("235",))),
        PrimaryKey(_of("253", "GDTI", "n13c [x..17]")),
        PrimaryKey(_of("255", "GCN", "n13c [n..12]"), page="gs1:promotion"),
        PrimaryKey(_of("401", "GINC", "x..30k"), page="gs1:traceability"),
        PrimaryKey(_of("402", "GSIN", "n17c"), page="gs1:traceability"),
        PrimaryKey(_of("414", "LOC No.", "n13c"), (("254",), ("7040",)), page="gs1:locationInfo"),
        PrimaryKey(_of("415", "PAY TO", "n13c"), (("8020",),), "8020", "gs1:paymentLink"),
        PrimaryKey(_of("417", "PARTY", "n13c"), (("7040",),), page="gs1:homepage"),
        PrimaryKey(_of("8003", "GRAI", "n1z n13c [x..16]")),
        PrimaryKey(_of("8004", "GIAI", "x..30k"), (("7040",),)),
        PrimaryKey(_of("8006", "ITIP", "n14c n4p"), (("22", "10", "21"),)),
        PrimaryKey(_of("8010", "CPID", "y..30k"), (("8011",),)),
        PrimaryKey(_of("8013", "GMN", "x..25kg")),
        PrimaryKey(_of("8017", "GSRN - PROVIDER", "n18c"), (("8019",),), page="gs1:serviceInfo"),
        PrimaryKey(_of("8018", "GSRN - RECIPIENT", "n18c"), (("8019",),), page="gs1:serviceInfo"),
    )
}

#: AI of symbols that stand in no Digital Link: neither in its path nor in its query.
not_in_links = frozenset(("03", "7041", "8014", "8040", "8041", "8042", "8043", "8200"))

#: Names that releases before 1.3 of the URI syntax allowed in the place of an AI.
short_names: Mapping[str, str] = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gmn": "8013", "gln": "414", "payTo": "415",
    "party": "417", "gsrnp": "8017", "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253",
    "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21",
    "exp": "17", "refno": "8020", "srin": "8019", "glnx": "254", "cpsn": "8011", "tpx": "235",
}  # fmt: skip

#: By the form of the value, the AIs that stand in the query; `3100-3105` is a range.
_attribute_forms: Mapping[str, str] = {
    "n14c": "02",
    "n13c": "410 411 412 413 416",
    "n6d": "11 12 13 15 16 17",
    "n6D": "4326 7006",
    "n6D [n6D]": "7007",
    "n6D n4t": "7003",
    "n6d n4t": "4324 4325",
    "n6D [n4t]": "7011",
    "n2": "20 7241",
    "n..8": "30 37",
    "n6": """3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 3200-3205 3210-3215
        3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315
        3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425 3430-3435
        3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495 3500-3505 3510-3515 3520-3525 3530-3535
        3540-3545 3550-3555 3560-3565 3570-3575 3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655
        3660-3665 3670-3675 3680-3685 3690-3695 3950-3955 8005""",
    "n6 [x1y]": "4330-4333",
    "n..15": "3900-3909 3920-3929",
    "n3 [n3] [n3] [n3] [n3]": "423 425",
    "n3 n..15": "3910-3919 3930-3939",
    "n4": "3940-3943 8111",
    "n8Y": "7250",
    "n8Y n4t": "7251",
    "n1e": "7252",
    "n3": "422 424 426",
    "n3 x..9": "421",
    "n3 x..27": "7030-7039",
    "n1b": "4321-4323",
    "n10 n10": "4309",
    "n..6": "242",
    "n..4": "7004",
    "n13": "7001",
    "n4w n5w n3w n1r n1": "8001",
    "n6D n2h [n2m] [n2m]": "8008",
    "n14c n4p": "8026",
    "x2": "4307 4317",
    "x..2": "7010",
    "x3": "7258",
    "x..3": "427 7008",
    "x..10": "7009 7255",
    "x..12": "7005",
    "x..20": "243 420 4318 7020 7021 7022 710 711 712 713 714 715 716 717 7240 8002 8012",
    "x..25": "7242",
    "x..30": "240 241 250 251 400 403 4308 4319 7002 90",
    "x..30k": "7023",
    "x2 x..28": "7230-7239",
    "x..34": "8007",
    "x..35": "4300 4301 4310 4311 4320",
    "x..40": "7253 7254 7259",
    "x..50": "8009",
    "x..70": "4302-4306 4312-4316 7257 8110 8112",
    "x..90": "7256 91-99",
    "z..90": "8030",
}


def _spread(told: str) -> Iterator[str]:
    for word in told.split():
        first, _, last = word.partition("-")
        yield from (str(ai).zfill(len(first)) for ai in range(int(first), int(last or first) + 1))


attributes: Mapping[str, Form] = {
    ai: form(text) for text, told in _attribute_forms.items() for ai in _spread(told)
}


def form_of(ai: str) -> Form | None:
    """The form of any AI that this module knows."""
    if ai in keys:
        return keys[ai].identifier.form
    if ai in qualifiers:
        return qualifiers[ai].form
    return attributes.get(ai)
