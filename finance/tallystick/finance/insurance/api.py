"""HTTP: insurance, for insurer and insured, and notices also for the debtor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from tallystick.finance.insurance import views
from tallystick.finance.insurance.schemas import CoverModel, CoversModel, NoticeModel, NoticesModel
from tallystick.finance.reading.access import Reading
from tallystick.finance.reading.pages import page_rows_max

_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_Organisation = Annotated[str | None, Query(max_length=255)]
_Mark = Annotated[str | None, Query(max_length=700)]
_Name = Annotated[str, Path(max_length=64)]


def add_to(routes: APIRouter, reader: Callable[..., Any]) -> None:
    """`reader` is the dependency that says who asks."""

    @routes.get("/insurance/covers", summary="Covers of an organisation")
    def covers(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _Mark = None,
        limit: _Limit = 50,
    ) -> CoversModel:
        """Those of which it is insurer or insured; your own organisation's by default."""
        page = views.covers(reading, organisation, after, limit)
        return CoversModel(covers=[CoverModel.of(row) for row in page.rows], after=page.after)

    @routes.get("/insurance/covers/{name:path}", summary="One cover")
    def cover(name: _Name, reading: Reading = Depends(reader)) -> CoverModel:
        """Its terms and what is insured under it, for insurer and insured alone."""
        return CoverModel.of(views.cover(reading, name))

    @routes.get("/insurance/notices", summary="Notices of insured holders to debtors")
    def notices(
        reading: Reading = Depends(reader),
        organisation: _Organisation = None,
        after: _Mark = None,
        limit: _Limit = 50,
    ) -> NoticesModel:
        """Those of which it is insured, insurer or debtor; your own organisation's by default."""
        page = views.notices(reading, organisation, after, limit)
        return NoticesModel(notices=[NoticeModel.of(row) for row in page.rows], after=page.after)

    @routes.get("/insurance/notices/{name:path}", summary="One notice and its claim")
    def notice(name: _Name, reading: Reading = Depends(reader)) -> NoticeModel:
        """The claim is for insurer and insured; the debtor reads the notice alone."""
        return NoticeModel.of(views.notice(reading, name))
