"""What pages and endpoints may ask of finance; each function takes the reader first."""

from __future__ import annotations

from tallystick.finance.advances.views import (
    AdvanceView,
    FacilityView,
    advances,
    facilities,
    facility,
)
from tallystick.finance.bidding.figures import bid_figures
from tallystick.finance.bidding.views import Card, TenderView, tender, tenders
from tallystick.finance.guarantees.views import GuaranteeView, guarantee, guarantees
from tallystick.finance.insurance.views import (
    CoverView,
    NoticeView,
    cover,
    covers,
    notice,
    notices,
)
from tallystick.finance.insurance.views import claim as insurance_claim
from tallystick.finance.matching.views import (
    HeldLine,
    LineView,
    Tally,
    Tolerances,
    held_lines,
    match_reasons,
    match_releases,
    match_statuses,
    one_line,
    tally,
    tolerance_versions,
    tolerances_of,
)
from tallystick.finance.ordinary.views import (
    OrdinaryView,
    ordinary_payments,
    ordinary_payments_on,
)
from tallystick.finance.reading.access import (
    Reading,
    readable_certificate,
    readable_document,
    readable_organisation,
)
from tallystick.finance.reading.agreement_views import Agreement, agreements, changes_of
from tallystick.finance.reading.certificate_views import (
    Backing,
    CertificateView,
    Holding,
    ReceiptLine,
    assignment_barred,
    certificate,
    certificates_held,
    certificates_issued,
    certificates_of,
    lineage,
)
from tallystick.finance.reading.confirmation_views import (
    ProposalView,
    Stuck,
    ToConfirm,
    ToConfirmShow,
    proposals,
    to_confirm,
    to_confirm_shows,
)
from tallystick.finance.reading.credit_views import credited_quote
from tallystick.finance.reading.flow_views import Flows, flows_of_certificate, flows_of_order
from tallystick.finance.reading.hold_views import (
    Hold,
    Preview,
    freeze_count,
    freeze_proposals,
    freezes,
    preview,
)
from tallystick.finance.reading.interest_views import Interest
from tallystick.finance.reading.pages import Page
from tallystick.finance.reading.payment_views import (
    MaturityView,
    PaymentView,
    maturity_on,
    payments_of,
    payments_on,
)
from tallystick.finance.reading.trade_views import (
    DocumentKind,
    DocumentView,
    MatchView,
    ReceiptView,
    document,
    documents,
    invoice_match,
    receipts,
    receipts_of_despatch,
    receipts_of_line,
)
from tallystick.finance.reading.visibility import (
    confirmed_fields,
    policy_fields,
    promise_fields,
    shown_in_part,
)
from tallystick.finance.reading.visibility import parts as visibility_parts
from tallystick.finance.reading.visibility import sections as visibility_sections
from tallystick.finance.reading.visibility import table as visibility

__all__ = [
    "AdvanceView",
    "Agreement",
    "Backing",
    "Card",
    "CertificateView",
    "CoverView",
    "DocumentKind",
    "DocumentView",
    "FacilityView",
    "Flows",
    "GuaranteeView",
    "HeldLine",
    "Hold",
    "Holding",
    "Interest",
    "LineView",
    "MatchView",
    "MaturityView",
    "NoticeView",
    "OrdinaryView",
    "Page",
    "PaymentView",
    "Preview",
    "ProposalView",
    "Reading",
    "ReceiptLine",
    "ReceiptView",
    "Stuck",
    "Tally",
    "TenderView",
    "ToConfirm",
    "ToConfirmShow",
    "Tolerances",
    "advances",
    "agreements",
    "assignment_barred",
    "bid_figures",
    "certificate",
    "certificates_held",
    "certificates_issued",
    "certificates_of",
    "changes_of",
    "confirmed_fields",
    "cover",
    "covers",
    "credited_quote",
    "document",
    "documents",
    "facilities",
    "facility",
    "flows_of_certificate",
    "flows_of_order",
    "freeze_count",
    "freeze_proposals",
    "freezes",
    "guarantee",
    "guarantees",
    "held_lines",
    "insurance_claim",
    "invoice_match",
    "lineage",
    "match_reasons",
    "match_releases",
    "match_statuses",
    "maturity_on",
    "notice",
    "notices",
    "one_line",
    "ordinary_payments",
    "ordinary_payments_on",
    "payments_of",
    "payments_on",
    "policy_fields",
    "preview",
    "promise_fields",
    "proposals",
    "readable_certificate",
    "readable_document",
    "readable_organisation",
    "receipts",
    "receipts_of_despatch",
    "receipts_of_line",
    "shown_in_part",
    "tally",
    "tender",
    "tenders",
    "to_confirm",
    "to_confirm_shows",
    "tolerance_versions",
    "tolerances_of",
    "visibility",
    "visibility_parts",
    "visibility_sections",
]
