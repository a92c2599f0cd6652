"""Trade documents, matching, receivables, financing and settlement."""

from __future__ import annotations

from tallystick.finance import accounts, calendars, papers, policies, statements, views
from tallystick.finance.agreements.bodies import (
    Agree,
    Contract,
    Decline,
    OrderCancel,
    OrderChange,
    Paper,
    Seal,
    Supplement,
    payment_days_max,
)
from tallystick.finance.bidding.bodies import (
    BidOpen,
    BidSeal,
    TenderConfide,
    TenderOpen,
    TenderWithdraw,
)
from tallystick.finance.bidding.commitment import commitment
from tallystick.finance.errors import (
    CalendarFileWrong,
    CalendarUnknown,
    DateRefused,
    NotReadable,
)
from tallystick.finance.financing.acts import Disburse, Pay, Quote, QuoteAccept
from tallystick.finance.guarantees.bodies import (
    AmendmentAnswer,
    DemandPaid,
    DemandRefuse,
    Form,
    GuaranteeAmend,
    GuaranteeApprove,
    GuaranteeDecline,
    GuaranteeDemand,
    GuaranteePropose,
    GuaranteeRelease,
    GuaranteeRequest,
    Presented,
    Reduction,
)
from tallystick.finance.heads import certificate_head, invoice_line_head, receipt_line_head
from tallystick.finance.holdings.bodies import (
    CancelAnswer,
    CancelPropose,
    Dispute,
    DisputeWithdraw,
    FreezeApprove,
    FreezeChange,
    FreezePropose,
    Lock,
    LockRelease,
    PledgeAccept,
    PledgeAnswer,
    PledgeOffer,
)
from tallystick.finance.hops.bodies import HopEvidence, Sale
from tallystick.finance.items.mapping import (
    ItemMap,
    ItemRow,
    factor_between,
    item_of,
    pair_name,
)
from tallystick.finance.items.units import Factor, converted
from tallystick.finance.matching.bodies import (
    ReleaseApprove,
    ReleasePropose,
    TolerancesApprove,
    TolerancesPropose,
)
from tallystick.finance.money.allocation import (
    insured_claim,
    largest_remainder,
    late_interest,
)
from tallystick.finance.money.amounts import exponent, exponents, format_amount, parse_amount
from tallystick.finance.money.dates import days_between, default_zone, local_time, money_date
from tallystick.finance.money.discount import Discounted, DiscountTerms, discounted
from tallystick.finance.money.words import capitals, from_capitals
from tallystick.finance.receivables.acts import (
    CertificateAccept,
    CertificateRefuse,
    ConfirmApprove,
    ConfirmLine,
    ConfirmPropose,
    TransferAccept,
    TransferOffer,
    TransferRefuse,
    TransferWithdraw,
)
from tallystick.finance.receivables.book import Book, Lot, Tag
from tallystick.finance.receivables.certificates import promise
from tallystick.finance.receivables.exercise import run_transfers, tiered_moves
from tallystick.finance.receivables.terms import TermRule, term_rules
from tallystick.finance.register import register
from tallystick.finance.routes import (
    accounts_router,
    calendars_router,
    policies_router,
    router,
    statements_router,
)
from tallystick.finance.trade.charges import Charge
from tallystick.finance.trade.credit_notes import Credit, CreditLine
from tallystick.finance.trade.documents import (
    Delivery,
    DeliveryLine,
    Despatch,
    DespatchLine,
    Invoice,
    InvoiceLine,
    LotQuantity,
    Order,
    OrderLine,
    Price,
    document_name,
)
from tallystick.finance.trade.match import Match
from tallystick.finance.trade.match_policy import Policy
from tallystick.finance.trade.matching import match_invoice
from tallystick.finance.trade.quantities import same_unit
from tallystick.finance.trade.usage import Usage, UsageLine
from tallystick.finance.views import Backing, CertificateView, Holding

__all__ = [
    "Agree",
    "AmendmentAnswer",
    "Backing",
    "BidOpen",
    "BidSeal",
    "Book",
    "CalendarFileWrong",
    "CalendarUnknown",
    "CancelAnswer",
    "CancelPropose",
    "CertificateAccept",
    "CertificateRefuse",
    "CertificateView",
    "Charge",
    "ConfirmApprove",
    "ConfirmLine",
    "ConfirmPropose",
    "Contract",
    "Credit",
    "CreditLine",
    "DateRefused",
    "Decline",
    "Delivery",
    "DeliveryLine",
    "DemandPaid",
    "DemandRefuse",
    "Despatch",
    "DespatchLine",
    "Disburse",
    "DiscountTerms",
    "Discounted",
    "Dispute",
    "DisputeWithdraw",
    "Factor",
    "Form",
    "FreezeApprove",
    "FreezeChange",
    "FreezePropose",
    "GuaranteeAmend",
    "GuaranteeApprove",
    "GuaranteeDecline",
    "GuaranteeDemand",
    "GuaranteePropose",
    "GuaranteeRelease",
    "GuaranteeRequest",
    "Holding",
    "HopEvidence",
    "Invoice",
    "InvoiceLine",
    "ItemMap",
    "ItemRow",
    "Lock",
    "LockRelease",
    "Lot",
    "LotQuantity",
    "Match",
    "NotReadable",
    "Order",
    "OrderCancel",
    "OrderChange",
    "OrderLine",
    "Paper",
    "Pay",
    "PledgeAccept",
    "PledgeAnswer",
    "PledgeOffer",
    "Policy",
    "Presented",
    "Price",
    "Quote",
    "QuoteAccept",
    "Reduction",
    "ReleaseApprove",
    "ReleasePropose",
    "Sale",
    "Seal",
    "Supplement",
    "Tag",
    "TenderConfide",
    "TenderOpen",
    "TenderWithdraw",
    "TermRule",
    "TolerancesApprove",
    "TolerancesPropose",
    "TransferAccept",
    "TransferOffer",
    "TransferRefuse",
    "TransferWithdraw",
    "Usage",
    "UsageLine",
    "accounts",
    "accounts_router",
    "calendars",
    "calendars_router",
    "capitals",
    "certificate_head",
    "commitment",
    "converted",
    "days_between",
    "default_zone",
    "discounted",
    "document_name",
    "exponent",
    "exponents",
    "factor_between",
    "format_amount",
    "from_capitals",
    "insured_claim",
    "invoice_line_head",
    "item_of",
    "largest_remainder",
    "late_interest",
    "local_time",
    "match_invoice",
    "money_date",
    "pair_name",
    "papers",
    "parse_amount",
    "payment_days_max",
    "policies",
    "policies_router",
    "promise",
    "receipt_line_head",
    "register",
    "router",
    "run_transfers",
    "same_unit",
    "statements",
    "statements_router",
    "term_rules",
    "tiered_moves",
    "views",
]
