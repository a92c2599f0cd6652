"""HTTP: trade documents, matches and certificates, for those who take part in them.

Names hold `/` and `#`; in a path they stand percent-encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from tallystick.finance import views
from tallystick.finance.advances import api as advances
from tallystick.finance.bidding import api as bidding
from tallystick.finance.financing import api as financing
from tallystick.finance.guarantees import api as guarantees
from tallystick.finance.holdings import api as holdings
from tallystick.finance.insurance import api as insurance
from tallystick.finance.limits import api as limits
from tallystick.finance.matching import api as matching
from tallystick.finance.ordinary import api as ordinary
from tallystick.finance.reading.pages import page_rows_max
from tallystick.finance.schemas import (
    AgreementsModel,
    CertificateModel,
    DocumentModel,
    DocumentsModel,
    LineageModel,
    MatchModel,
    NamesModel,
    ProposedModel,
    ProposedsModel,
    ToConfirmModel,
    ToConfirmsModel,
)
from tallystick.finance.settlement import api as settlement
from tallystick.finance.views import DocumentKind, Reading

#: A FastAPI dependency that says who reads, with or without something to close afterwards.
Reader = Callable[..., Reading] | Callable[..., Iterator[Reading]]
_Limit = Annotated[int, Query(ge=1, le=page_rows_max)]
_refusals: dict[int | str, dict[str, Any]] = {404: {"description": "not-found-or-not-yours"}}
_plurals: dict[DocumentKind, str] = {
    "contract": "contracts",
    "order": "orders",
    "despatch": "despatches",
    "delivery": "deliveries",
    "invoice": "invoices",
    "credit": "credits",
    "usage": "usages",
}


def router(reader: Reader) -> APIRouter:
    """The routes of finance; `reader` is a dependency that says who reads."""
    routes = APIRouter(prefix="/finance/v1", tags=["finance"], responses=_refusals)
    holdings.add(routes, reader)
    _add_certificates(routes, reader)
    _add_match(routes, reader)
    _add_confirmations(routes, reader)
    matching.add(routes, reader)
    _add_agreements(routes, reader)
    bidding.add_to(routes, reader)
    guarantees.add_to(routes, reader)
    insurance.add_to(routes, reader)
    limits.add_to(routes, reader)
    advances.add_to(routes, reader)
    settlement.add_to(routes, reader)
    ordinary.add_to(routes, reader)
    financing.add_to(routes, reader)
    for kind, plural in _plurals.items():
        _add_documents(routes, reader, kind, plural)
    return routes


def _add_certificates(routes: APIRouter, reader: Reader) -> None:
    @routes.get("/certificates")
    def certificates(
        reading: Reading = Depends(reader),
        holder: str | None = None,
        issuer: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> NamesModel:
        """By present holder, by issuer, or all in which the reader has a part."""
        if holder is not None:
            return NamesModel.of(views.certificates_held(reading, holder, after, limit))
        if issuer is not None:
            return NamesModel.of(views.certificates_issued(reading, issuer, after, limit))
        return NamesModel.of(views.certificates_of(reading, None, after, limit))

    @routes.get("/certificates/{name:path}/lineage")
    def lineage(
        name: str,
        reading: Reading = Depends(reader),
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int | None, Query(ge=0)] = None,
    ) -> LineageModel:
        """The invoice lines, receipts and items on which units rest."""
        return LineageModel.of(name, views.lineage(reading, name, start, end))

    @routes.get("/certificates/{name:path}")
    def certificate(name: str, reading: Reading = Depends(reader)) -> CertificateModel:
        """Who holds what, how it came there, and how it was financed and paid."""
        return CertificateModel.of(views.certificate(reading, name))


def _add_match(routes: APIRouter, reader: Reader) -> None:
    @routes.get("/invoices/{name:path}/match")
    def match(name: str, reading: Reading = Depends(reader)) -> MatchModel:
        """What may be confirmed, what is held, why, and what would release it."""
        return MatchModel.of(views.invoice_match(reading, name))


def _add_confirmations(routes: APIRouter, reader: Reader) -> None:
    @routes.get("/confirmations")
    def confirmations(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        show: views.ToConfirmShow = "confirmable",
        after: str | None = None,
        limit: _Limit = 50,
    ) -> ToConfirmsModel:
        """Invoices to an organisation: of which something can be confirmed now, what is held, and what is done."""
        found = views.to_confirm(reading, organisation, show, after, limit)
        rows = [ToConfirmModel.of(one) for one in found.rows]
        return ToConfirmsModel(invoices=rows, after=found.after)

    @routes.get("/confirmations/proposals")
    def proposals(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        stuck: bool = False,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> ProposedsModel:
        """What waits for a second person, the oldest first; with `stuck`, what nobody can approve as things stand."""
        found = views.proposals(reading, organisation, after, limit, stuck=stuck)
        rows = [
            ProposedModel(proposal=p.name, stuck=list(p.stuck), row=dict(p.row)) for p in found.rows
        ]
        return ProposedsModel(proposals=rows, after=found.after)


def _add_agreements(routes: APIRouter, reader: Reader) -> None:
    @routes.get("/agreements")
    def agreements(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
        waiting: bool = False,
    ) -> AgreementsModel:
        """What firms proposed to each other, the oldest first; with `waiting`, what the organisation has yet to answer."""
        found = views.agreements(reading, organisation, after, limit, waiting=waiting)
        return AgreementsModel.of(found)

    @routes.get("/orders/{name:path}/changes")
    def changes(name: str, reading: Reading = Depends(reader)) -> dict[int, dict[str, Any]]:
        """Numbered changes and cancellations of an order, with the supplier's answers."""
        found = views.changes_of(reading, name)
        return {number: dict(row) for number, row in found.items()}


def _add_documents(routes: APIRouter, reader: Reader, kind: DocumentKind, plural: str) -> None:
    @routes.get(f"/{plural}", name=f"list {plural}")
    def listed(
        reading: Reading = Depends(reader),
        organisation: str | None = None,
        after: str | None = None,
        limit: _Limit = 50,
    ) -> DocumentsModel:
        return DocumentsModel.of(views.documents(reading, kind, organisation, after, limit))

    @routes.get(f"/{plural}/{{name:path}}", name=f"read {kind}")
    def one(name: str, reading: Reading = Depends(reader)) -> DocumentModel:
        return DocumentModel.of(views.document(reading, kind, name))
