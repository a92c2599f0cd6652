"""docs/reference/digital-link.md: keys, qualifiers, attributes, values and answers, from the tables of the code."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.reference.markdown import page, table
from tallystick.identity import codes
from tallystick.identity.digital_link import (
    DigitalLink,
    LinkValue,
    PrimaryKey,
    attributes,
    keys,
    qualifiers,
)

_said = """GS1 Digital Link URI Syntax 1.6 and GS1-Conformant Resolver Standard 1.2, as this node keeps them.
`https://host[/stem]/<key>/<value>{/<qualifier>/<value>}[?<attribute>=<value>&…]`. How to use it: [Make your GS1 codes
resolve](../how-to/resolve-gs1-codes.md)."""
_notation = """`n` digits, `x` character set 82, `y` set 39, `z` base64url; a number is the length, `..` up to it; `[…]` may be
missing. Letters behind say what is checked: `c` check digit, `g` pair of check characters, `k` begins with digits of a company
prefix, `p` piece and total, `z` zero, `s` no leading zero, `i` importer index, `d` date (day 00 allowed), `D` date, `t` time,
`b` 0 or 1, `Y` a date with four digits of year, `h` hour, `m` minute or second, `w` not zero, `r` winding, `e` ISO/IEC 5218, `y` a minus. Set 82 is percent-encoded where it is no letter, digit, `-`, `.` or `_`. A GTIN of 8, 12 or 13 digits is read as its 14."""
_pairings_said = """What stands together, and what never does, is checked as the GS1 General Specifications say: `tallystick link build` and
`check` refuse what lacks a companion (`digital-link-attribute-alone`), every reader refuses what excludes another. AI 03, 7041, 8014,
8040 to 8043 and 8200 stand in no Digital Link."""
_values_said = """A record leads where its values say. The default link is the first of: a TALLYSTICK.LINK with `default`, a place of
10320/loc, a `URL`, the record's own page `/t/{handle}`, which is always there as `gs1:traceability`. Several defaults are told apart by
`hreflang` and `type`. Values are checked when they are written (`link-value-refused`); addresses are http or https, in ASCII, without
a user name. Who may not read a value gets no link from it."""
_answers = (
    ("no `linkType`, or `gs1:defaultLink`", "307 to the default link of the finest level that has a record"),
    ("`linkType=gs1:pip`, `pip`, or the type's whole address", "307 to a link of this type at the finest level that has one; 404 `digital-link-type-missing`"),
    ("`linkType=linkset` (or the old `all`), or `Accept: application/linkset+json`", "200 and the linkset (RFC 9264): all levels, each with exactly one default link"),
    ("several links that nothing in the request tells apart", "300, a linkset of these, `Location` the first"),
    ("`Accept` that prefers `text/html` to data", "pages in English and Chinese in the place of linksets, choices, 400 and 404"),
    ("`/<characters>`, `/01/…/<characters>`, `/eh…`, `/ex…`", "a compressed link, or the EPC of a tag: as the one that it stands for, which `Link: …; rel=\"owl:sameAs\"` tells; 404 for what is no such link"),
    ("`asOf=` an index or a time", "where the code led then: claims, values and links as of that entry; of stated keys those that records still state"),
    ("`context=…`, `Accept-Language`, `Accept`", "choose among links of one type, in this order"),
    ("`locatt=attribute:value`", "chooses among the places of 10320/loc; else the country that the language names, else chance by weight"),
    ("other parameters", "are passed on, unless the link says `fwqs` false"),
    ("a key or qualifier that is not well-formed", "400 and the error's name"),
    ("a key that no record here has", "404 `digital-link-unknown`"),
    ("AI that exclude each other", "400 `digital-link-attributes-exclusive`; one that lacks what it needs is read, since another symbol may say it"),
    ("`HEAD`, `OPTIONS`, CORS", "as `GET` without body; 204, good for a day; from any origin, without credentials"),
    ("`/.well-known/gs1resolver`", "the resolver description file"),
)  # fmt: skip


def digital_link() -> str:
    """The page."""
    return page(
        "GS1 Digital Link",
        " ".join(_said.split()),
        "## Keys",
        " ".join(_notation.split()),
        table(("key", "title", "form", "qualifiers, in order", "claimed as"), _keys()),
        "## Qualifiers",
        table(("AI", "title", "form"), [(q.ai, q.title, f"`{q.form.text}`") for q in qualifiers.values()]),
        "## Data attributes",
        "They stand in the query, each at most once. A parameter whose name is no number is not GS1's.",
        " ".join(_pairings_said.split()),
        table(("form", "AI"), _attributes()),
        "## Values of records",
        " ".join(_values_said.split()),
        table(("type", "format", "value"), _values()),
        "## Requests and answers",
        table(("asked", "answer"), _answers),
    )  # fmt: skip


def _keys() -> Iterator[tuple[str, ...]]:
    for key in keys.values():
        told = "; or ".join(", ".join(sequence) for sequence in key.qualifiers)
        required = " (required)" if key.required else ""
        form = f"`{key.identifier.form.text}`"
        yield key.ai, key.identifier.title, form, told + required, ", ".join(_schemes(key))


def _schemes(key: PrimaryKey) -> list[str]:
    """Under which schemes the key is claimed: alone, and with one qualifier."""
    sequences = [(), *((ai,) for sequence in key.qualifiers for ai in sequence)]
    links = (DigitalLink((key.ai, ""), tuple((ai, "") for ai in one)) for one in sequences)
    return list(dict.fromkeys(codes.code_of(link)[0] for link in links))


def _attributes() -> list[tuple[str, str]]:
    by_form: dict[str, list[str]] = {}
    for ai, form in attributes.items():
        by_form.setdefault(form.text, []).append(ai)
    return [(f"`{form}`", _ranges(ais)) for form, ais in by_form.items()]


def _ranges(ais: list[str]) -> str:
    """Neighbours as a range."""
    told: list[list[str]] = []
    for ai in ais:
        follows = told and int(ai) == int(told[-1][-1]) + 1 and len(ai) == len(told[-1][-1])
        if follows:
            told[-1].append(ai)
        else:
            told.append([ai])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in told)


def _values() -> list[tuple[str, str, str]]:
    members = ", ".join(
        name if field.is_required() else f"{name}?"
        for name, field in LinkValue.model_fields.items()
    )
    places = '`<locations chooseby="locatt,country,weighted"><location href="https://…" weight="1" country="cn" id="…"/>…</locations>`'
    return [
        ("TALLYSTICK.LINK", "json", f"{{{members}}}. {LinkValue.__doc__ or ''}"),
        ("10320/loc", "text", f"{places}; weight 0 is given only if asked for. No document type, no entities."),
        ("URL", "text", "one address; of another form, it leads nowhere"),
        ("TALLYSTICK.GS1", "text", "the path of the record's Digital Link, `/01/…/21/…`; a claim of the code comes first, and a key that records of several owners state names none of them"),
    ]  # fmt: skip
