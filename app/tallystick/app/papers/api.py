"""HTTP: the papers of a certificate, for whoever may read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.app.bundles.api import Tally
from tallystick.app.papers import credit, gather
from tallystick.finance import papers

_unplain = re.compile(r"[^0-9A-Za-z.-]+")
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "paper-missing"}}
_unknown: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}
_Name = Annotated[str, Path(max_length=400)]


class PaperModel(BaseModel):
    """`hop`: index of the assignment that the paper is about."""

    model_config = ConfigDict(frozen=True)

    kind: papers.PaperKind
    hop: int | None


class PapersModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    certificate: str
    papers: list[PaperModel]


class Pdf(Response):
    """A paper as PDF/A."""

    media_type = "application/pdf"


def router(reading: Callable[..., Any], base_url: str) -> APIRouter:
    """Routes under `/finance/v1/certificates/{name}/papers`, which stand before those of finance."""
    routes = APIRouter(prefix="/finance/v1/certificates", tags=["finance"], responses=_refusals)

    @routes.get("/{name:path}/papers", summary="Papers of a certificate")
    def listed(name: _Name, read: Reading = Depends(reading)) -> PapersModel:
        """What can be had: the undertaking, two of each assignment that you see, and the settlement."""
        found = gather.available(finance.views.certificate(read, name))
        rows = [PaperModel(kind=one.kind, hop=one.hop) for one in found]
        return PapersModel(certificate=name, papers=rows)

    @routes.get("/{name:path}/papers/{kind}", summary="One paper, as PDF/A", response_class=Pdf)
    def one(
        name: _Name,
        kind: papers.PaperKind,
        read: Reading = Depends(reading),
        lang: Annotated[papers.Language, Query()] = "zh",
        hop: Annotated[int | None, Query(ge=0, lt=10**15)] = None,
    ) -> Response:
        """`hop`: the entry of the assignment, for an agreement or a notice."""
        data = gather.made(read, name, kind, lang, base_url, hop)
        about = "-".join(map(str, filter(None, (kind, name.rpartition("#")[2], hop, lang))))
        plain = _unplain.sub("-", about).strip("-.")
        return Pdf(data, headers=_headers(f"{plain}.pdf"))

    return routes


def credit_router(reading: Callable[..., Any], base_url: str) -> APIRouter:
    """The credit file of a financing, for its bank alone."""
    routes = APIRouter(prefix="/finance/v1/quotes", tags=["finance"], responses=_unknown)

    @routes.get("/{quote}/credit-file", summary="Credit file of a financing", response_class=Pdf)
    def credit_file(
        quote: Annotated[str, Path(max_length=64)],
        read: Reading = Depends(reading),
        lang: Annotated[papers.Language, Query()] = "zh",
        form: Annotated[Literal["pdf", "tally"], Query()] = "pdf",
    ) -> Response:
        """PDF/A-3 with its proof file inside; `form=tally`: the proof file alone."""
        name = f"credit-file-{quote[:12]}"
        if form == "tally":
            return Tally(credit.proof(read, quote), headers=_headers(f"{name}.tally"))
        made = credit.made(read, quote, lang, base_url)
        return Pdf(made.pdf, headers=_headers(f"{name}-{lang}.pdf"))

    return routes


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
