"""What must and what must not stand together in a Digital Link, for every AI; forms of all of them against biip's list."""

from __future__ import annotations

import re

import pytest
from biip.gs1_application_identifiers import _GS1_APPLICATION_IDENTIFIERS as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.digital_link.test_syntax import qualified, values

from tallystick.identity import digital_link
from tallystick.identity.digital_link import errors, pairings
from tallystick.identity.digital_link.identifiers import (
    attributes,
    form_of,
    keys,
    not_in_links,
    qualifiers,
)

gtin, gln, itip = "09521234543213", "9521234543213", "095212345432130102"
#: A value for each form of attributes.
samples = {
    "n14c": gtin, "n13c": gln, "n6d": "261200", "n6D": "261231", "n6D [n6D]": "261231270101", "n6D n4t": "2612312359",
    "n6d n4t": "2612310000", "n6D [n4t]": "261231", "n2": "01", "n..8": "7", "n6": "000195", "n6 [x1y]": "000195-",
    "n..15": "1234", "n3 [n3] [n3] [n3] [n3]": "156840", "n3 n..15": "1561234", "n4": "0150", "n8Y": "20000229",
    "n8Y n4t": "200002292359", "n1e": "9", "n3": "156", "n3 x..9": "156361000", "n3 x..27": "156A-1", "n1b": "1",
    "n10 n10": "09000000001800000000", "n..6": "12", "n..4": "12", "n13": "1234567890123", "n4w n5w n3w n1r n1": "00010000100110",
    "n6D n2h [n2m] [n2m]": "2612312359", "n14c n4p": itip, "x2": "CN", "x..2": "01", "x3": "1/2", "x..3": "FIN",
    "x..10": "A", "x..12": "A", "x..20": "A", "x..25": "A", "x..30": "A", "x..30k": "9521A", "x2 x..28": "EMA",
    "x..34": "A", "x..35": "A", "x..40": "A", "x..50": "A", "x..70": "A", "x..90": "A", "z..90": "A_-=",
}  # fmt: skip
#: Attributes, and what they need: one of these, `+` for both. Written from the General Specifications; an attribute that
#: is in no row needs nothing.
trade, sold = "01 02 8006 8026", "30 3103 3200 3572 3615"
table = [
    ("10 11 13 15 16 20 240 241 242 422 7001", trade), ("17", f"{trade} 255"), ("243 8001", "01"),
    ("251 7021 7240 8012", "01 8006"), ("250", "01+21 8006+21"), ("12 3910-3919 415", "8020"), ("3900-3909", "255 8020"),
    ("30 423-426 7002 7003 7005-7011 7030-7039 8005 8008", "01 02"),
    ("3100-3299 3500-3525 3560-3575 3600-3615 3640-3665", "01 02"), ("3300-3365 3400-3495 3530-3555", "00 01"),
    ("3620-3635 3670-3695 8009", "00 01"), ("3370-3375 710-717", "01"), ("37", "00+02 00+8026"), ("02 8026", "37"),
    ("3920-3929", " ".join(f"01+{one}" for one in sold.split())), ("3930-3939 3950-3955", sold), ("3940-3943 8111", "255"),
    ("403 4300-4302 4304-4312 4314-4333", "00"), ("4303", "4302"), ("4313", "4312"), ("427", "01+422 02+422"),
    ("7004", "01+10"), ("7020", "01+416 8006+416"), ("7022", "01+7021 8006+7021"), ("7230-7239", "01 8004"),
    ("7241 7242 7253-7256", "8017 8018"), ("7250-7252 7257 7259", "8018"), ("7258", "8018+7259"), ("8007", "415"),
    ("8030", "00 01+21 253 255 8003 8004 8006+21 8010+8011 8017 8018"),
]  # fmt: skip


def spread(told: str) -> list[str]:
    """The AI of a range that there are."""
    first, _, last = told.partition("-")
    known = (ai for ai in {*attributes, *keys} if len(ai) == len(first))
    return sorted(ai for ai in known if first <= ai <= (last or first))


rows = [(run, needed) for told, needed in table for run in told.split()]


def sample(ai: str) -> str:
    if ai in keys:
        return values[ai][-1] if ai == "8003" else values[ai][0]
    form = form_of(ai)
    assert form is not None
    return qualified[ai] if ai in qualifiers else samples[form.text]


def test_each_form_has_a_sample_that_fits() -> None:
    for ai, form in attributes.items():
        assert form.complaint(samples[form.text]) is None, (ai, form.text)


def address(*ais: str) -> str:
    """A link of these AI, the first key in the path with its qualifiers."""
    key = next((ai for ai in ais if ai in keys), "8013")
    mine = [ai for ai in ais if ai in keys[key].all_qualifiers()]
    if keys[key].required and keys[key].required not in mine:
        mine.append(str(keys[key].required))
    path = digital_link.build((key, sample(key)), {ai: sample(ai) for ai in mine}).path
    asked = [f"{ai}={sample(ai)}" for ai in ais if ai != key and ai not in mine]
    return f"https://id.example{path}?{'&'.join(asked)}"


def whole(text: str) -> bool:
    try:
        digital_link.parse(text).require_whole()
    except errors.LinkAttributeAlone:
        return False
    return True


def with_companions(*ais: str) -> tuple[str, ...]:
    """With what these need in their turn, as far as nothing excludes it."""
    told = dict.fromkeys(ais)
    for ai in ais:
        for wanted in pairings.needs(ai):
            ways = [one.replace("n", "0").split("+") for one in wanted.split()]
            if not any(set(way) <= told.keys() for way in ways):
                fits = (way for way in ways if not pairings.contradiction({*told, *way}))
                told.update(dict.fromkeys(next(fits)))
    return tuple(told) if len(told) == len(ais) else with_companions(*told)


@pytest.mark.parametrize(("run", "needed"), rows)
def test_attributes_stand_with_each_of_what_they_need(run: str, needed: str) -> None:
    for ai in spread(run):
        for way in needed.split():
            ais = with_companions(*way.split("+"), ai)
            first = "415" if "8020" in ais else "00" if "00" in ais else ais[0]
            assert whole(address(*dict.fromkeys((first, *ais)))), ais


@pytest.mark.parametrize(("run", "needed"), rows)
def test_attributes_alone_are_read_and_not_written(run: str, needed: str) -> None:
    for ai in spread(run):
        if ai not in keys:
            assert not whole(address("8013", ai))
            with pytest.raises(errors.LinkAttributeAlone, match=rf"{ai} needs "):
                digital_link.from_elements([("8013", sample("8013")), (ai, sample(ai))])


def test_nothing_else_needs_anything() -> None:
    told = {ai for run, _ in rows for ai in spread(run)}
    assert told == {ai for ai in {*attributes, *keys} if pairings.needs(ai)}
    for ai in attributes.keys() - told:
        assert whole(address("8013", ai)), ai


exclusive = [
    ("01", "02"), ("01", "255"), ("01", "37"), ("01", "8006"), ("02", "255"), ("02", "8026"), ("255", "415"),
    ("255", "8006"), ("255", "8026"), ("37", "8006"), ("3900", "3901"), ("3900", "3910"), ("3900", "3940"), ("3900", "8111"),
    ("3912", "3913"), ("3920", "3922"), ("3920", "3930"), ("3920", "3950"), ("3930", "3931"), ("3930", "3950"),
    ("3940", "3941"), ("3940", "8111"), ("3950", "3951"), ("3950", "8005"), ("420", "421"), ("421", "4307"),
    ("422", "426"), ("423", "426"), ("424", "426"), ("425", "426"), ("4330", "4331"), ("4332", "4333"), ("7250", "7251"),
    ("7253", "7256"), ("7254", "7256"), ("7255", "7256"), ("7253", "7259"), ("7254", "7259"), ("7255", "7259"),
    ("7256", "7259"), ("8006", "8026"), ("8017", "8018"), ("3100", "3103"), ("3290", "3295"), ("3370", "3371"),
    ("3490", "3491"), ("3570", "3575"), ("3695", "3690"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), exclusive)
def test_what_excludes_each_other(first: str, second: str) -> None:
    for pair in ((first, second), (second, first)):
        key = () if pair[0] in keys else ("8013",)
        with pytest.raises(errors.LinkAttributesExclusive):
            digital_link.parse(address(*key, *pair))


def test_no_other_two_exclude_each_other() -> None:
    """Of AI that differ in the place of the decimal point alone, the table names one."""
    known = sorted({*attributes, *keys})
    told = {frozenset(map(family, pair)) for pair in exclusive}
    for at, first in enumerate(known):
        for second in known[at + 1 :]:
            same = frozenset(map(family, (first, second)))
            expected = same in told if len(same) == 2 else first[0] == "3" and len(first) == 4
            assert bool(pairings.contradiction((first, second))) == expected, (first, second)


def family(ai: str) -> str:
    return ai[:3] if re.fullmatch("3[0-9]{3}", ai) else ai


def test_measures_of_two_kinds_stand_together() -> None:
    assert whole(address("01", "3103", "3203", "3922"))
    assert whole(address("00", "02", "37", "10", "3303"))
    assert whole(address("255", "3900", "17"))
    assert whole(address("415", "8020", "3912", "12", "8007"))


@pytest.mark.parametrize("ai", sorted({*not_in_links, *qualifiers} - {"10"}))
def test_what_stands_in_no_query(ai: str) -> None:
    with pytest.raises(errors.LinkAttributeForeign):
        digital_link.parse(f"https://id.example/00/195212345678900006?{ai}=1")


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("8008", "26123124"), ("8008", "2612312360"), ("8008", "261231"), ("8008", "261331235959"), ("8008", "26123123591"),
        ("8001", "00000000100110"), ("8001", "00010000100120"), ("7250", "20010229"), ("7251", "200002292400"),
        ("7252", "3"), ("4330", "000195+"), ("423", "15684"), ("423", "1" * 18), ("425", ""), ("11", "261301"),
        ("7003", "2612312360"), ("8026", "095212345432130302"), ("4321", "2"), ("7023", "952"), ("8030", "a+b"),
        ("02", "09521234543210"), ("3910", "156"), ("30", "123456789"), ("7007", "2612312613"),
    ],
)  # fmt: skip
def test_malformed_values_of_attributes(ai: str, value: str) -> None:
    form = form_of(ai)
    assert form is not None
    assert form.complaint(value)


def _extent(told: str) -> tuple[int, int]:
    """Fewest and most characters of a value, from biip's notation."""
    least = most = 0
    for optional, up_to, count, _ in re.findall(
        r"(\[?)\+?[NXYZ](\.\.)?([0-9]+)(\.\.N[0-9]+)?", told
    ):
        most += int(count)
        least += 0 if optional else 1 if up_to else int(count)
    return least, most


def test_every_ai_has_the_length_that_biip_says() -> None:
    known = {*attributes, *keys, *qualifiers, *not_in_links}
    assert known == set(theirs)
    differing = {"423", "425", "4330", "4331", "4332", "4333", "7040"}
    for ai, one in theirs.items():
        form = form_of(ai)
        if form is None or ai in differing:
            continue
        least, most = _extent(one.format.split("+", 1)[1])
        parts = re.findall(r"(\[?)[nxyz](\.\.)?([0-9]+)", form.text)
        assert most == sum(int(count) for _, _, count in parts), (ai, form.text, one.format)
        ours = sum(0 if opt else 1 if up_to else int(count) for opt, up_to, count in parts)
        assert least == ours or ai == "8008", (ai, form.text, one.format)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(sorted(attributes)), max_size=4, unique=True),
    st.sampled_from(sorted(keys)),
)
def test_whatever_is_built_is_whole_and_read_again(asked: list[str], key: str) -> None:
    required = keys[key].required
    mine = {required: qualified[required]} if required else {}
    try:
        made = digital_link.build((key, sample(key)), mine, [(ai, sample(ai)) for ai in asked])
    except errors.LinkRefused:
        return
    assert digital_link.parse(made.uri()) == made
    assert pairings.contradiction([key, *mine, *asked]) is None
