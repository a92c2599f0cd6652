"""Types of credential (`vct`): which claims each has, which are always open, and which are hidden unless shown.

A `vct` is a URN; its claims are listed in docs/reference/credentials.md.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tallystick.identity.credentials.bodies import KindCode, StatusPlace
from tallystick.identity.credentials.disclosures import Hidden, Random, hide
from tallystick.ledger import PublicKey, Text, from_instant

qualification_type = "urn:tallystick:credential:qualification:1"
material_type = "urn:tallystick:credential:material-declaration:1"
sites_max = 100
day_ms = 24 * 3600 * 1000

Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", examples=["2027-06-30"]),
]


class Qualification(BaseModel):
    """What a certificate says; each field is shown or hidden by itself.

    `issuer`: as it names itself on the paper. Valid through the whole day of `expiry`, in UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    number: Text
    kind: KindCode
    scope: Text
    sites: Annotated[tuple[Text, ...], Field(min_length=1, max_length=sites_max)]
    issued: Day
    expiry: Day
    issuer: Text

    def expires_ms(self) -> int:
        """The first instant at which it does not hold any more. Raises ValueError for a day that is none."""
        return end_of(self.expiry)

    @field_validator("issued", "expiry")
    @classmethod
    def _is_a_day(cls, day: str) -> str:
        end_of(day)
        return day


def end_of(day: str) -> int:
    """The first instant behind a day, in UTC. Raises ValueError for a day that is none."""
    return from_instant(f"{day}T00:00:00.000Z") + day_ms


def visible_claims(
    vct: str,
    issuer: str,
    holder_key: str,
    public: PublicKey,
    place: StatusPlace,
    base_url: str,
    expires_ms: int | None,
) -> dict[str, Any]:
    """What every presentation shows."""
    claims: dict[str, Any] = {
        "vct": vct,
        "iss": issuer,
        "cnf": {"jwk": public.jwk(), "kid": holder_key},
        "status": {
            "status_list": {"idx": place.index, "uri": list_url(base_url, place.list, issuer)}
        },
    }
    return claims if expires_ms is None else {**claims, "exp": expires_ms // 1000}


def hide_qualification(said: Qualification, claims: dict[str, Any], random: Random) -> Hidden:
    """All fields hidden, beside what every presentation shows."""
    return hide(claims, said.model_dump(mode="json"), random)


def list_url(base_url: str, number: int, issuer: str) -> str:
    return f"{base_url.rstrip('/')}/v1/status-lists/{number}/{issuer}"
