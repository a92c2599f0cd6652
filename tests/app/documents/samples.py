"""Documents in every form, written here from the public standards; parties are identified by number."""

from __future__ import annotations

import io
import json
from typing import Any
from xml.sax.saxutils import escape

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.writer import PdfFileWriter

buyer_code, seller_code = "91110108551385082Q", "91110000600037341L"
_cac = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_cbc = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_ubl = "urn:oasis:names:specification:ubl:schema:xsd:"


def ubl(root: str, inner: str) -> bytes:
    spaces = f'xmlns="{_ubl}{root}-2" xmlns:cac="{_cac}" xmlns:cbc="{_cbc}"'
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} {spaces}>{inner}</{root}>'.encode()


def _party(role: str, code: str) -> str:
    return (
        f"<cac:{role}><cac:Party><cac:PartyLegalEntity>"
        f"<cbc:CompanyID>{code}</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:{role}>"
    )


def _item(name: str, buyer: str, seller: str, percent: str) -> str:
    codes = "".join(
        f"<cac:{side}ItemIdentification><cbc:ID>{code}</cbc:ID></cac:{side}ItemIdentification>"
        for side, code in (("Buyers", buyer), ("Sellers", seller))
        if code
    )
    tax = (
        f"<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{percent}</cbc:Percent>"
        "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>"
    )
    return f"<cac:Item><cbc:Name>{escape(name)}</cbc:Name>{codes}{tax}</cac:Item>"


def _price(amount: str, base: str) -> str:
    return (
        f'<cac:Price><cbc:PriceAmount currencyID="CNY">{amount}</cbc:PriceAmount>'
        f"<cbc:BaseQuantity>{base}</cbc:BaseQuantity></cac:Price>"
    )


def order(
    number: str = "PO-1", *, quantity: str = "1000", contract: str = "", **more: str
) -> bytes:
    return ubl("Order", _order_inner(number, quantity, contract, **more))


def change(number: int, quantity: str, of: str = "PO-1") -> bytes:
    reference = f"<cac:OrderReference><cbc:ID>{of}</cbc:ID></cac:OrderReference>"
    inner = _order_inner(
        f"OC-{number}",
        quantity,
        "",
        before=f"<cbc:SequenceNumberID>{number}</cbc:SequenceNumberID>",
        after=reference,
    )
    return ubl("OrderChange", inner)


def cancellation(of: str = "PO-1") -> bytes:
    return ubl(
        "OrderCancellation",
        "<cbc:ID>CAN-1</cbc:ID><cbc:IssueDate>2026-01-04</cbc:IssueDate>"
        "<cbc:CancellationNote>-</cbc:CancellationNote>"
        f"<cac:OrderReference><cbc:ID>{of}</cbc:ID></cac:OrderReference>"
        + _party("BuyerCustomerParty", buyer_code)
        + _party("SellerSupplierParty", seller_code),
    )


def _order_inner(
    number: str, quantity: str, contract: str, *, before: str = "", after: str = "",
    buyer: str = buyer_code, price: str = "88.50", base: str = "1", unit: str = "H87",
) -> str:  # fmt: skip
    contracted = f"<cac:Contract><cbc:ID>{contract}</cbc:ID></cac:Contract>" if contract else ""
    return (
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-02</cbc:IssueDate>{before}"
        f"<cbc:DocumentCurrencyCode>CNY</cbc:DocumentCurrencyCode>{after}{contracted}"
        + _party("BuyerCustomerParty", buyer)
        + _party("SellerSupplierParty", seller_code)
        + "<cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID>"
        f'<cbc:Quantity unitCode="{unit}">{quantity}</cbc:Quantity>'
        + _price(price, base)
        + _item("电容 Capacitor", "MAT-1", "", "13")
        + "</cac:LineItem></cac:OrderLine>"
    )


def despatch(number: str = "DA-1", *, quantity: str = "600", line: str = "1") -> bytes:
    reference = f"<cac:OrderLineReference><cbc:LineID>{line}</cbc:LineID></cac:OrderLineReference>"
    return ubl(
        "DespatchAdvice",
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-05</cbc:IssueDate>"
        "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"
        + _party("DespatchSupplierParty", seller_code)
        + _party("DeliveryCustomerParty", buyer_code)
        + f'<cac:DespatchLine><cbc:ID>1</cbc:ID><cbc:DeliveredQuantity unitCode="H87">{quantity}'
        f"</cbc:DeliveredQuantity>{reference}<cac:Item><cbc:Name>Capacitor</cbc:Name></cac:Item>"
        "</cac:DespatchLine>",
    )


def invoice(
    number: str = "INV-1",
    *,
    line: str = "1",
    unit: str = "H87",
    quantity: str = "600",
    gross: str = "60003.00",
) -> bytes:
    reference = (
        f"<cac:OrderLineReference><cbc:LineID>{line}</cbc:LineID></cac:OrderLineReference>"
        if line
        else ""
    )
    return ubl(
        "Invoice",
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-10</cbc:IssueDate>"
        "<cbc:DocumentCurrencyCode>CNY</cbc:DocumentCurrencyCode>"
        "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"
        + _party("AccountingSupplierParty", seller_code)
        + _party("AccountingCustomerParty", buyer_code)
        + f'<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="CNY">{gross}'
        f'</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="CNY">{gross}</cbc:PayableAmount>'
        "</cac:LegalMonetaryTotal>"
        f'<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="{unit}">{quantity}'
        "</cbc:InvoicedQuantity>"
        '<cbc:LineExtensionAmount currencyID="CNY">53100.00</cbc:LineExtensionAmount>'
        + reference
        + _item("电容 Capacitor", "", "C-9", "13")
        + _price("88.50", "1")
        + "</cac:InvoiceLine>",
    )


def credit(number: str = "CN-1") -> bytes:
    return ubl(
        "CreditNote",
        f"<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-01-11</cbc:IssueDate>"
        "<cbc:DocumentCurrencyCode>CNY</cbc:DocumentCurrencyCode><cac:BillingReference>"
        "<cac:InvoiceDocumentReference><cbc:ID>INV-1</cbc:ID></cac:InvoiceDocumentReference>"
        "</cac:BillingReference>"
        + _party("AccountingSupplierParty", seller_code)
        + _party("AccountingCustomerParty", buyer_code)
        + '<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="CNY">1000.05</cbc:PayableAmount>'
        "</cac:LegalMonetaryTotal>"
        '<cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity unitCode="H87">10'
        "</cbc:CreditedQuantity>"
        '<cbc:LineExtensionAmount currencyID="CNY">885.00</cbc:LineExtensionAmount>'
        + _item("Capacitor", "", "C-9", "13")
        + "</cac:CreditNoteLine>",
    )


def cii(number: str = "INV-1", code: str = "380", *, line: str = "1") -> bytes:
    spaces = (
        'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
        'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
        'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
    )

    def party(role: str, code: str) -> str:
        return (
            f"<ram:{role}TradeParty><ram:Name>{role}</ram:Name><ram:SpecifiedLegalOrganization><ram:ID>{code}</ram:ID>"
            "</ram:SpecifiedLegalOrganization><ram:PostalTradeAddress><ram:CountryID>CN</ram:CountryID>"
            f"</ram:PostalTradeAddress></ram:{role}TradeParty>"
        )

    at = (
        f"<ram:BuyerOrderReferencedDocument><ram:LineID>{line}</ram:LineID></ram:BuyerOrderReferencedDocument>"
        if line
        else ""
    )
    refers = (
        "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>INV-1</ram:IssuerAssignedID>"
        "</ram:InvoiceReferencedDocument>"
        if code == "381"
        else ""
    )
    return (
        f"<rsm:CrossIndustryInvoice {spaces}><rsm:ExchangedDocumentContext>"
        "<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID>"
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>"
        f"<rsm:ExchangedDocument><ram:ID>{number}</ram:ID>"
        f"<ram:TypeCode>{code}</ram:TypeCode><ram:IssueDateTime>"
        '<udt:DateTimeString format="102">20260110</udt:DateTimeString></ram:IssueDateTime>'
        "</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>"
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        "<ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct>"
        "<ram:SellerAssignedID>C-9</ram:SellerAssignedID><ram:Name>Capacitor</ram:Name>"
        f"</ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement>{at}"
        "<ram:NetPriceProductTradePrice><ram:ChargeAmount>88.50</ram:ChargeAmount>"
        "</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        "<ram:SpecifiedLineTradeDelivery>"
        '<ram:BilledQuantity unitCode="H87">600</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>'
        "<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>"
        "<ram:CategoryCode>S</ram:CategoryCode>"
        "<ram:RateApplicablePercent>13.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        "<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>53100.00"
        "</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>"
        "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"
        f"<ram:ApplicableHeaderTradeAgreement>{party('Seller', seller_code)}{party('Buyer', buyer_code)}"
        "<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-1</ram:IssuerAssignedID>"
        "</ram:BuyerOrderReferencedDocument></ram:ApplicableHeaderTradeAgreement>"
        "<ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>"
        "<ram:InvoiceCurrencyCode>CNY</ram:InvoiceCurrencyCode><ram:ApplicableTradeTax>"
        "<ram:CalculatedAmount>6903.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
        "<ram:BasisAmount>53100.00</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>"
        "<ram:RateApplicablePercent>13.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        "<ram:LineTotalAmount>53100.00</ram:LineTotalAmount>"
        "<ram:TaxBasisTotalAmount>53100.00</ram:TaxBasisTotalAmount>"
        '<ram:TaxTotalAmount currencyID="CNY">6903.00</ram:TaxTotalAmount>'
        "<ram:GrandTotalAmount>60003.00</ram:GrandTotalAmount>"
        "<ram:DuePayableAmount>60003.00</ram:DuePayableAmount>"
        f"</ram:SpecifiedTradeSettlementHeaderMonetarySummation>{refers}"
        "</ram:ApplicableHeaderTradeSettlement>"
        "</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
    ).encode()


def fapiao(
    number: str = "26117000000012345678", *, total: str = "60003.00", rows: str = ""
) -> bytes:
    usual = (
        "<IssuItemInformation><ItemName>*电子元件*电容</ItemName><SpecMod>C-9</SpecMod>"
        "<MeaUnits>个</MeaUnits><Quantity>600</Quantity><UnPrice>88.5</UnPrice>"
        "<Amount>53100.00</Amount><TaxRate>0.13</TaxRate><ComTaxAm>6903.00</ComTaxAm>"
        "</IssuItemInformation>"
    )
    return (
        f"<EInvoice><Header><EIid>{number}</EIid></Header><EInvoiceData><SellerInformation>"
        f"<SellerIdNum>{seller_code}</SellerIdNum><SellerName>乙公司</SellerName></SellerInformation>"
        f"<BuyerInformation><BuyerIdNum>{buyer_code}</BuyerIdNum><BuyerName>甲公司</BuyerName>"
        "</BuyerInformation><BasicInformation><TotalAmWithoutTax>53100.00</TotalAmWithoutTax>"
        "<TotalTaxAm>6903.00</TotalTaxAm>"
        f"<TotalTax-includedAmount>{total}</TotalTax-includedAmount></BasicInformation>{rows or usual}"
        f"</EInvoiceData><TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber>"
        "<IssueTime>2026-01-10</IssueTime></TaxSupervisionInfo></EInvoice>"
    ).encode()


def red_fapiao(blue: str, number: str = "26117000000012345699") -> bytes:
    """Ten pieces of the usual invoice taken back; its remark names the blue one."""
    row = (
        "<IssuItemInformation><ItemName>*电子元件*电容</ItemName><SpecMod>C-9</SpecMod>"
        "<MeaUnits>个</MeaUnits><Quantity>-10</Quantity><UnPrice>88.5</UnPrice>"
        "<Amount>-885.00</Amount><TaxRate>0.13</TaxRate><ComTaxAm>-115.05</ComTaxAm>"
        "</IssuItemInformation>"
    )
    if blue:
        row += f"<AdditionalInformation><Remark>被红冲蓝字数电发票号码：{blue}</Remark></AdditionalInformation>"
    return fapiao(number, total="-1000.05", rows=row)


def with_charges(data: bytes, *, gross: str) -> bytes:
    """A UBL invoice with freight and a rebate on its head, and another total."""
    scheme = b"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
    told = (
        b"<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>"
        b'<cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason><cbc:Amount currencyID="CNY">'
        b"100.00</cbc:Amount><cac:TaxCategory><cbc:Percent>9</cbc:Percent>"
        + scheme
        + b"</cac:TaxCategory>"
        b"</cac:AllowanceCharge><cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        b'<cbc:Amount currencyID="CNY">500.00</cbc:Amount><cac:TaxCategory><cbc:Percent>13'
        b"</cbc:Percent>" + scheme + b"</cac:TaxCategory></cac:AllowanceCharge>"
    )
    data = data.replace(b"<cac:LegalMonetaryTotal>", told + b"<cac:LegalMonetaryTotal>")
    return data.replace(b"60003.00", gross.encode())


def in_json(kind: str = "order", **more: Any) -> bytes:
    line = {
        "line": 1, "buyer_item": "MAT-1", "wording": "Capacitor", "quantity": "1000", "unit": "H87",
        "price": "88.50", "tax_percent": "13",
    }  # fmt: skip
    told = {
        "kind": kind, "number": "PO-1", "date": "2026-01-02", "buyer": buyer_code, "seller": seller_code,
        "currency": "CNY", "lines": [line], **more,
    }  # fmt: skip
    return json.dumps(told).encode()


def with_attachment(name: str, data: bytes) -> bytes:
    """A PDF of one empty page that carries a file."""
    writer = PdfFileWriter()
    page = generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/Page")})
    writer.insert_page(page)
    made = EmbeddedFileObject.from_file_data(writer, data=data)
    embed_file(writer, FileSpec(file_spec_string=name, file_name=name, embedded_data=made))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
