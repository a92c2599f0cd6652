"""The fields that a map can feed: their value types, and the headers that usually name them."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

Kind = Literal["orders", "despatches", "deliveries", "invoices"]
kinds: tuple[Kind, ...] = get_args(Kind)
#: Documents that refer to one on record: they change, cancel or credit it, or state its use.
Later = Literal["changes", "cancellations", "credits", "usages"]
later_kinds: tuple[Later, ...] = get_args(Later)

Field = Literal[
    "order_number", "order_line", "order_date", "scheduled_date",
    "despatch_number", "despatch_date", "receipt_number", "delivery_date",
    "invoice_number", "invoice_date", "due_date",
    "buyer", "buyer_code", "seller", "seller_code",
    "item_code", "item_name", "specification", "lot", "manufacturing_site", "unit",
    "quantity", "order_quantity", "despatch_quantity", "received_quantity", "rejected_quantity",
    "invoice_quantity",
    "unit_price", "gross_unit_price", "tax_rate", "net_amount", "tax_amount", "gross_amount",
    "currency",
    "change_number", "change_date", "credit_number", "credit_date", "invoice_line",
    "usage_number", "used_from", "used_until", "device", "meter_from", "meter_until",
]  # fmt: skip
fields: tuple[Field, ...] = get_args(Field)

number_fields: frozenset[Field] = frozenset(
    {
        "order_number", "despatch_number", "receipt_number", "invoice_number", "lot",
        "credit_number", "usage_number",
    }
)  # fmt: skip
#: One of these heads a column of documents that refer to another.
later_fields: frozenset[Field] = frozenset({"change_number", "credit_number", "usage_number"})
line_fields: frozenset[Field] = frozenset({"order_line", "invoice_line", "change_number"})
date_fields: frozenset[Field] = frozenset(
    {
        "order_date", "scheduled_date", "despatch_date", "delivery_date", "invoice_date", "due_date",
        "change_date", "credit_date", "used_from", "used_until",
    }
)  # fmt: skip
quantity_fields: frozenset[Field] = frozenset(
    {
        "quantity", "order_quantity", "despatch_quantity", "received_quantity",
        "rejected_quantity", "invoice_quantity", "meter_from", "meter_until",
    }
)  # fmt: skip
price_fields: frozenset[Field] = frozenset({"unit_price", "gross_unit_price"})
amount_fields: frozenset[Field] = frozenset({"net_amount", "tax_amount", "gross_amount"})
#: Any one of these says what a line is worth.
worth_fields: tuple[Field, ...] = ("gross_amount", "net_amount", "gross_unit_price", "unit_price")

#: What a row must say for each kind of document; a tuple is a choice of at least one.
required: dict[Kind | Later, tuple[tuple[Field, ...], ...]] = {
    "orders": (
        ("order_number",), ("order_date",), ("buyer",), ("seller",), ("item_code", "item_name"),
        ("quantity", "order_quantity"), worth_fields,
    ),
    "despatches": (
        ("despatch_number",), ("despatch_date",), ("order_number",), ("buyer",), ("seller",),
        ("item_code", "item_name"), ("quantity", "despatch_quantity"),
    ),
    "deliveries": (
        ("despatch_number", "receipt_number"), ("order_number",), ("buyer",), ("seller",),
        ("delivery_date",), ("item_code", "item_name"), ("quantity", "received_quantity"),
    ),
    "invoices": (
        ("invoice_number",), ("order_number",), ("buyer",), ("seller",), ("invoice_date",),
        ("item_code", "item_name"), ("quantity", "invoice_quantity"), worth_fields,
    ),
    "changes": (
        ("order_number",), ("change_number",), ("change_date",), ("buyer",), ("seller",),
        ("order_line",), ("quantity", "order_quantity"), worth_fields,
    ),
    "cancellations": (
        ("order_number",), ("change_number",), ("change_date",), ("buyer",), ("seller",),
    ),
    "credits": (
        ("credit_number",), ("credit_date",), ("invoice_number",), ("invoice_line",), ("buyer",),
        ("seller",), ("net_amount", "gross_amount"),
    ),
    "usages": (
        ("usage_number",), ("used_from",), ("used_until",), ("order_number",), ("buyer",),
        ("seller",), ("order_line", "item_code", "item_name"), ("quantity",),
    ),
}  # fmt: skip

#: Usual headers, most certain first. Compared by `header_key`.
synonyms: dict[Field, tuple[str, ...]] = {
    "order_number": (
        "订单号", "采购订单号", "订单编号", "采购订单编号", "采购订单", "采购单号", "订单号码", "合同号",
        "PO", "PO Number", "PO No.", "PO #", "Purchase Order", "Order Number", "Order No.", "PO / SO #",
    ),
    "order_line": (
        "订单行号", "行号", "采购订单行号", "项次", "订单项次", "行项目", "Line", "Line No.", "PO Line", "Item No. in order",
    ),
    "order_date": ("订单日期", "下单日期", "采购日期", "订购日期", "Order Date", "PO Date"),
    "scheduled_date": (
        "要求交货日期", "计划交货日期", "交货日期", "交期", "要求到货日期", "预计到货日期", "需求日期",
        "Scheduled Delivery Date", "Due In Date", "Promised Date", "Requested Date",
    ),
    "despatch_number": (
        "送货单号", "发货单号", "送货单编号", "发货单编号", "送货单", "出货单号", "交货单号", "配送单号",
        "ASN", "ASN/DN #", "ASN Number", "Delivery Note", "Delivery Note No.", "Despatch Number", "Dispatch Number",
    ),
    "despatch_date": ("送货日期", "发货日期", "出货日期", "发运日期", "Ship Date", "Despatch Date", "Dispatch Date"),
    "receipt_number": (
        "入库单号", "收货单号", "入库单编号", "收货单编号", "验收单号", "到货单号",
        "GRN", "GRN No.", "Goods Receipt", "Receipt Number", "Receipt No.",
    ),
    "delivery_date": (
        "入库日期", "收货日期", "到货日期", "验收日期", "签收日期", "实际到货日期",
        "Delivered to Client Date", "Delivery Date", "Receipt Date", "Received Date", "Delivered Date",
    ),
    "invoice_number": (
        "发票号码", "发票号", "数电票号码", "数电发票号码", "发票编号", "Invoice Number", "Invoice No.", "Invoice", "Invoice #",
    ),
    "invoice_date": ("开票日期", "发票日期", "Invoice Date"),
    "due_date": ("到期日", "付款到期日", "到期日期", "应付日期", "付款日期", "Due Date", "Payment Due Date"),
    "buyer": (
        "购方名称", "采购方", "购买方", "购货单位", "购买方名称", "客户名称", "客户", "买方", "采购公司", "Buyer", "Customer", "Buyer Name",
    ),
    "buyer_code": (
        "购方税号", "购买方税号", "购方识别号", "购方统一社会信用代码", "购买方纳税人识别号", "Buyer Tax ID",
    ),
    "seller": (
        "供应商名称", "供应商", "销方名称", "销售方", "销售方名称", "供货单位", "供货商", "厂商", "卖方", "供方", "Vendor", "Supplier", "Seller",
        "Vendor Name", "Supplier Name", "Seller Name",
    ),
    "seller_code": (
        "供应商税号", "销方税号", "销售方税号", "销方识别号", "供应商统一社会信用代码", "统一社会信用代码", "销售方纳税人识别号",
        "Vendor Tax ID", "Supplier Tax ID", "Seller Tax ID",
    ),
    "item_code": (
        "物料编码", "物料号", "物料代码", "存货编码", "料号", "品号", "物料编号", "产品编码", "商品编码", "零件号",
        "Material", "Material Number", "Item Code", "Part Number", "Part No.", "SKU", "Item",
    ),
    "item_name": (
        "物料名称", "品名", "存货名称", "物料描述", "产品名称", "商品名称", "货物名称", "货物或应税劳务名称", "项目名称", "名称",
        "Item Description", "Description", "Item Name", "Material Description", "Product",
    ),
    "specification": ("规格型号", "规格", "型号", "Specification", "Spec", "Model"),
    "lot": ("批号", "批次号", "批次", "生产批号", "Lot", "Lot No.", "Batch", "Batch No."),
    "manufacturing_site": ("产地", "生产地", "生产厂", "Manufacturing Site", "Plant of Manufacture"),
    "unit": ("单位", "计量单位", "采购单位", "主计量", "Unit", "UoM", "UOM", "Unit of Measure"),
    "quantity": ("数量", "Quantity", "Qty", "Line Item Quantity"),
    "order_quantity": ("订单数量", "采购数量", "订购数量", "订货数量", "Order Quantity", "Ordered Qty", "Order Qty", "PO Qty"),
    "despatch_quantity": ("送货数量", "发货数量", "本次送货数量", "出货数量", "Shipped Qty", "Despatch Quantity", "Shipped Quantity"),
    "received_quantity": (
        "实收数量", "入库数量", "收货数量", "到货数量", "验收数量", "Received Qty", "Received Quantity", "GR Qty",
    ),
    "rejected_quantity": ("拒收数量", "不合格数量", "退货数量", "不良数量", "Rejected Qty", "Rejected Quantity"),
    "invoice_quantity": ("开票数量", "发票数量", "Invoiced Qty", "Invoice Quantity", "Billed Qty"),
    "unit_price": (
        "不含税单价", "未税单价", "无税单价", "单价", "采购单价", "Unit Price", "Net Price", "Price", "Pack Price",
    ),
    "gross_unit_price": ("含税单价", "税后单价", "含税价", "Gross Price", "Gross Unit Price", "Price incl. tax"),
    "tax_rate": ("税率", "增值税率", "税率(%)", "Tax Rate", "VAT Rate", "VAT %", "Tax %"),
    "net_amount": (
        "不含税金额", "未税金额", "无税金额", "金额", "Net Amount", "Amount", "Line Item Value", "Line Amount", "Line Value",
    ),
    "tax_amount": ("税额", "增值税额", "Tax Amount", "VAT Amount", "Tax"),
    "gross_amount": (
        "价税合计", "含税金额", "含税合计", "含税总额", "价税合计金额", "Gross Amount", "Total incl. tax", "Amount incl. tax", "Total Amount",
    ),
    "currency": ("币种", "币别", "货币", "Currency"),
    "change_number": ("变更号", "变更次数", "变更序号", "变更版本", "Change Number", "Change No.", "Change"),
    "change_date": ("变更日期", "取消日期", "Change Date", "Cancellation Date"),
    "credit_number": (
        "红字发票号码", "红字发票号", "贷项凭证号", "贷项通知单号", "Credit Note", "Credit Note No.", "Credit Note Number",
    ),
    "credit_date": ("红字发票日期", "红字开票日期", "贷项日期", "Credit Note Date", "Credit Date"),
    "invoice_line": ("发票行号", "蓝字发票行号", "Invoice Line", "Invoice Line No."),
    "usage_number": ("工时单号", "用量单号", "计量单号", "Usage Number", "Usage Statement", "Usage Statement No."),
    "used_from": ("使用开始日期", "开始日期", "Used From", "Period From"),
    "used_until": ("使用结束日期", "结束日期", "Used Until", "Period Until"),
    "device": ("设备", "设备标识", "机台", "Machine", "Device"),
    "meter_from": ("起始读数", "上次读数", "Opening Reading", "Meter From"),
    "meter_until": ("结束读数", "本次读数", "Closing Reading", "Meter Until"),
}  # fmt: skip

#: Headers that often mean something else: proposed, but marked uncertain.
uncertain_synonyms: frozenset[str] = frozenset(
    {"单价", "金额", "名称", "客户", "交货日期", "行号", "付款日期", "合同号", "退货数量", "统一社会信用代码", "客户名称",
     "Price", "Amount", "Line", "Item", "Invoice", "Product", "Unit Price", "Total Amount", "Tax", "Customer", "Unit of Measure",
     "Delivery Date"}
)  # fmt: skip

_currency_note = re.compile(r"[(\[](?:元|cny|rmb|人民币|yuan|必填)[)\]]")
_ignored = re.compile(r"[\s*:_\-.'\"]+")


def header_key(header: str) -> str:
    """The form in which headers are compared: NFKC, lower case, without blanks and marks such as the
    `*` of required columns, and without a unit that says yuan. `金额(万元)` stays different."""
    said = unicodedata.normalize("NFKC", header).casefold()
    return _ignored.sub("", _currency_note.sub("", said))
