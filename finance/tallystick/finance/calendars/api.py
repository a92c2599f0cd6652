"""HTTP: calendars, their versions, and what a date becomes by one. Anybody may read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from tallystick.finance.calendars import views
from tallystick.finance.calendars.days import Reached, Roll
from tallystick.ledger import View

_Name = Annotated[str, Path(max_length=300)]
_Number = Annotated[int | None, Query(ge=1, le=999_999)]
_refusals: dict[int | str, dict[str, Any]] = {
    422: {"description": "calendar-unknown, date-refused"}
}


class Reading(Protocol):
    @property
    def view(self) -> View: ...


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ListedModel(Model):
    """A calendar; beyond `known_until` its dates are provisional."""

    name: str
    publisher: str
    code: str
    version: int
    years: list[int]
    known_until: str


class CalendarsModel(Model):
    calendars: list[ListedModel]
    after: str | None


class CalendarModel(Model):
    """A calendar: the newest table of each year, and every version with its source, newest first."""

    calendar: ListedModel
    years: dict[int, dict[str, Any]]
    versions: list[dict[str, Any]]


class ReachedModel(Model):
    on: str
    provisional: bool


class DayModel(Model):
    """A day by one version: `rolled` is the payment date of a due date on it, `added` so many business days on."""

    name: str
    day: str
    version: int
    business: bool
    known: bool
    roll: Roll
    rolled: ReachedModel
    business_days: int
    added: ReachedModel


def router(reader: Callable[..., Any]) -> APIRouter:
    """`reader` is the dependency that says who asks."""
    routes = APIRouter(prefix="/v1/calendars", tags=["calendars"], responses=_refusals)

    @routes.get("", summary="Calendars")
    def listed(
        reading: Reading = Depends(reader),
        after: Annotated[str, Query(max_length=300)] = "",
        limit: Annotated[int, Query(ge=1, le=views.calendar_names_max)] = 50,
    ) -> CalendarsModel:
        page = views.listed(reading.view, after, limit)
        rows = [ListedModel.model_validate(row) for row in page.rows]
        return CalendarsModel(calendars=rows, after=page.after)

    @routes.get("/{name:path}/days/{day}", summary="What a day is, and where it leads")
    def check(
        name: _Name,
        day: Annotated[str, Path(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$")],
        reading: Reading = Depends(reader),
        roll: Roll = "following",
        business_days: Annotated[int, Query(ge=-views.check_days_max, le=views.check_days_max)] = 0,
        version: _Number = None,
    ) -> DayModel:
        """By the newest version, or by the one that is named."""
        found = views.check(reading.view, name, day, roll, business_days, version)
        return DayModel(
            name=name,
            day=day,
            version=found.version,
            business=found.business,
            known=found.known,
            roll=roll,
            rolled=_reached(found.rolled),
            business_days=business_days,
            added=_reached(found.added),
        )

    @routes.get("/{name:path}", summary="One calendar with its versions")
    def one(name: _Name, reading: Reading = Depends(reader)) -> CalendarModel:
        found = views.calendar(reading.view, name)
        return CalendarModel(
            calendar=ListedModel.model_validate(found.listed),
            years={year: dict(version.row) for year, version in found.years.items()},
            versions=[dict(version.row) for version in found.versions],
        )

    return routes


def _reached(found: Reached) -> ReachedModel:
    return ReachedModel(on=found.on, provisional=found.provisional)
