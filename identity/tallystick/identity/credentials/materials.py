"""Material declarations: which substances a part or a lot holds, by one list, in millionths of its mass.

A declaration is *complete* if its holder says that it names every substance of the list that is in the part
above the list's threshold. Each substance is shown or hidden by itself; how many are hidden is seen, and while
any is, nobody can say that another one is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallystick.identity.credentials.bodies import LotCode, ThresholdList
from tallystick.identity.credentials.disclosures import Hidden, Members, Random, Revealed, hide
from tallystick.identity.credentials.errors import CredentialMalformed
from tallystick.ledger import Handle, Positive, TallystickError, Text

million = 1_000_000
substances_max = 1000
Ppm = Annotated[int, Field(ge=0, le=million)]
Numbering = Literal["cas", "ec"]
_cas = re.compile(r"[1-9]\d{1,6}-\d\d-\d", re.ASCII)
_ec = re.compile(r"[2-9]\d\d-\d{3}-\d", re.ASCII)


class SubstanceNumberRefused(TallystickError):
    code = "substance-number-refused"
    status = 400
    title = "This is neither a CAS nor an EC number"
    advice = (
        "Give one of the substance's numbers with its hyphens: 7439-92-1 (CAS), 231-100-4 (EC)."
    )


def cas_is_sound(number: str) -> bool:
    """CAS Registry Number: the last digit is Σ (position from the right × digit) mod 10."""
    digits = number.replace("-", "")
    weighted = (i * int(d) for i, d in enumerate(reversed(digits[:-1]), start=1))
    return _cas.fullmatch(number) is not None and sum(weighted) % 10 == int(digits[-1])


def ec_is_sound(number: str) -> bool:
    """EC number: the last digit is Σ (position × digit) mod 11; a number that would end in 10 is never given."""
    digits = number.replace("-", "")
    weighted = (i * int(d) for i, d in enumerate(digits[:-1], start=1))
    return _ec.fullmatch(number) is not None and sum(weighted) % 11 == int(digits[-1])


def numbering(number: str) -> Numbering:
    """Of which kind a substance's number is. Raises `SubstanceNumberRefused`."""
    if cas_is_sound(number):
        return "cas"
    if ec_is_sound(number):
        return "ec"
    raise SubstanceNumberRefused(number[:40])


class Substance(BaseModel):
    """A substance by CAS or EC number, its share, and the list's threshold, both in ppm by mass."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cas: Annotated[str, Field(max_length=12, examples=["7439-92-1"])] | None = None
    ec: Annotated[str, Field(max_length=9, examples=["231-100-4"])] | None = None
    name: Text | None = None
    share_ppm: Ppm
    threshold_ppm: Ppm

    @model_validator(mode="after")
    def _numbered(self) -> Substance:
        if self.cas is None and self.ec is None:
            raise ValueError("a CAS or an EC number is expected")
        if self.cas is not None and not cas_is_sound(self.cas):
            raise ValueError(f"{self.cas} is no CAS number: its check digit differs")
        if self.ec is not None and not ec_is_sound(self.ec):
            raise ValueError(f"{self.ec} is no EC number: its check digit differs")
        return self

    def above(self, threshold_ppm: int | None = None) -> bool:
        """Whether it exceeds the threshold; without one, that which the declaration itself names."""
        return self.share_ppm > (self.threshold_ppm if threshold_ppm is None else threshold_ppm)

    def is_called(self, number: str) -> bool:
        return number in (self.cas, self.ec)

    def has(self, kind: Numbering) -> bool:
        return (self.cas if kind == "cas" else self.ec) is not None


class MaterialDeclaration(BaseModel):
    """What its holder declares of a part, or of one lot of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    part: Handle
    lot: LotCode | None = None
    list: ThresholdList
    number: Positive
    complete: bool
    substances: Annotated[tuple[Substance, ...], Field(max_length=substances_max)]

    @model_validator(mode="after")
    def _once_each(self) -> MaterialDeclaration:
        told = [n for one in self.substances for n in (one.cas, one.ec) if n]
        if len(set(told)) != len(told):
            raise ValueError("a substance stands twice")
        return self


def hide_declaration(
    said: MaterialDeclaration, claims: Mapping[str, Any], random: Random
) -> Hidden:
    """Part, lot, list and whether it is complete are open; each substance is hidden."""
    told = said.model_dump(mode="json", exclude_none=True)
    substances = Members(told.pop("substances"))
    return hide({**claims, **told}, {"substances": substances}, random)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as far as it was shown. `hidden`: how many substances were not."""

    said: MaterialDeclaration
    hidden: int

    def covers_the_rest(self, kind: Numbering) -> bool:
        """Whether a substance whose number of this kind it does not name is declared to be no more than the list's threshold.

        A substance that has no number of this kind may be the one that is asked for.
        """
        named = all(one.has(kind) for one in self.said.substances)
        return self.said.complete and not self.hidden and named


def read_declaration(revealed: Revealed) -> Declared:
    """Raises `CredentialMalformed`."""
    members = {name: revealed.claims.get(name) for name in MaterialDeclaration.model_fields}
    if members["lot"] is None:
        del members["lot"]
    try:
        members["substances"] = tuple(members["substances"] or ())
        return Declared(MaterialDeclaration.model_validate(members, strict=False), revealed.hidden)
    except (ValidationError, TypeError) as error:
        raise CredentialMalformed(f"this is no material declaration: {error}"[:300]) from None
