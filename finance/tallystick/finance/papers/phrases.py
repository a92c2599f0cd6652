"""Every phrase that a paper can say, once in Chinese and once in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.finance.papers.facts import Language, PaperKind

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    titles: Mapping[PaperKind, str]
    openings: Mapping[PaperKind, str]
    paragraphs: Mapping[PaperKind, Texts]
    acts: Mapping[str, str]
    statuses: Mapping[str, str]
    assignable: Mapping[str, str]
    columns: Texts
    payout_columns: Texts
    by_persons: str
    by_policy: str
    number: str
    amount: str
    capitals: str
    debtor: str
    creditor: str
    giver: str
    taker: str
    face: str
    paying_bank: str
    issued: str
    due: str
    rolled: str
    invoice: str
    contracts: str
    status: str
    assignability: str
    offered: str
    accepted: str
    background: str
    noticed: str
    not_noticed: str
    acknowledged: str
    not_acknowledged: str
    net: str
    discount: str
    value_on: str
    waiver: str
    together: str
    paid_early: str
    given_up: str
    verified: str
    unverified: str
    no_seal: str
    seal: str
    evidence: str
    checkpoint: str
    how_to_check: str
    ledger_rules: str
    simulated: str


_zh = Phrases(
    titles={
        "undertaking": "付款承诺函",
        "assignment": "应收账款转让协议",
        "notice": "债权转让通知书",
        "settlement": "结清证明",
    },
    openings={
        "undertaking": "致：{holder}",
        "assignment": "转让方：{giver}　　受让方：{taker}",
        "notice": "致：{issuer}（债务人）",
        "settlement": "致：{issuer}",
    },
    paragraphs={
        "undertaking": (
            "{issuer}{by}确认：上列应收账款真实存在，并承诺到期通过{bank}向届时的持单人足额付款。",
            "承诺条款（tallystick/promise/1）：无条件付款；不以抵销对抗持单人；对在先持单人无追索权。",
        ),
        "assignment": (
            "转让方将凭证项下上列金额的应收账款转让给受让方，受让方已以自己的密钥签署接受。债务人、到期日和付款承诺条款不变。",
            "转让自受让方接受的记录写入账本时起生效于账本；分割精确到分，同一分钱不会有两个持单人。",
        ),
        "notice": (
            "{giver}已将凭证项下上列金额的应收账款转让给{taker}。自通知时间起，到期款项应付给届时的持单人。",
            "通知时间为通知记录写入账本的时间：债务人是该记录的当事方，自此时起可以读取。回执时间为债务人签署回执的时间。",
        ),
        "settlement": (
            "凭证项下的全部款项已由{bank}按下表付清，债务人在本凭证项下不再负有付款义务。",
        ),
    },
    acts={
        "proposed": "经办提出确权",
        "approved": "复核批准确权",
        "policy-proposed": "经办提出长期授权",
        "policy-approved": "复核批准长期授权",
        "policy-confirmed": "依长期授权确权",
        "waiver": "登记放弃抗辩文本",
        "conditions-proposed": "经办提出开具条件",
        "conditions-approved": "复核批准开具条件",
        "erp": "ERP 确认冻结付款",
        "accepted": "原始持单人签收",
        "offered": "转让要约",
        "transferred": "受让方接受",
        "quote-accepted": "持单人接受报价",
        "disbursed": "银行放款",
        "noticed": "通知债务人",
        "acknowledged": "债务人回执",
        "paid": "付款行兑付",
    },
    statuses={
        "offered": "待原始持单人签收",
        "live": "有效",
        "partially_paid": "部分兑付",
        "settled": "已结清",
    },
    assignable={"free": "可以转让", "banned": "合同约定禁止转让"},
    columns=("记录", "行为", "账本时间（UTC）", "记录哈希", "签名"),
    payout_columns=("收款方", "金额", "付款时间", "记录"),
    by_persons="由其两名人员",
    by_policy="依其两名人员签署的长期授权",
    number="凭证编号：{certificate}",
    amount="金额",
    capitals="金额大写",
    debtor="债务人（开具方）",
    creditor="原始持单人",
    giver="转让方",
    taker="受让方",
    face="凭证面额",
    paying_bank="付款行",
    issued="开具日期",
    due="到期日",
    rolled="{due}，顺延后的付款日 {on}",
    invoice="发票",
    contracts="基础合同",
    status="状态",
    assignability="可否转让",
    offered="要约时间",
    accepted="接受时间",
    background="贸易背景文件",
    noticed="通知时间",
    not_noticed="尚未通知",
    acknowledged="回执时间",
    not_acknowledged="尚无回执",
    net="融资净额",
    discount="贴现利息",
    value_on="起息日",
    waiver="开具方登记并由其两名人员签署了放弃抗辩的文本，版本 {version}，SHA-256 {sha256}。本文件仅记录签署的事实，不对其法律效力作任何表述。",
    together="合计",
    paid_early="债务人提前支付",
    given_up="开具方与原始持单人合意注销",
    verified="签名已核验",
    unverified="签名未能核验",
    no_seal="签名未全部核验，故不加盖印记。",
    seal="签名已核验",
    evidence="依据的账本记录",
    checkpoint="检查点：{origin}，记录数 {size}，根哈希 {root}",
    how_to_check="扫描二维码可查到开具记录，并以证明文件（.tally）在任何浏览器中离线核验。",
    ledger_rules="本文件由上列记录生成；与账本不一致时，以账本为准。红色印记表示签名经核验，不是企业备案印章。",
    simulated="模拟账本：不代表任何真实的权利或义务。",
)
_en = Phrases(
    titles={
        "undertaking": "Payment undertaking",
        "assignment": "Assignment agreement",
        "notice": "Notice of assignment",
        "settlement": "Certificate of settlement",
    },
    openings={
        "undertaking": "To: {holder}",
        "assignment": "Assignor: {giver}. Assignee: {taker}.",
        "notice": "To: {issuer}, the debtor",
        "settlement": "To: {issuer}",
    },
    paragraphs={
        "undertaking": (
            (
                "{issuer} has confirmed, {by}, that the receivable above exists, and undertakes "
                "to pay it in full at maturity through {bank} to whoever then holds it."
            ),
            (
                "Terms of the promise (tallystick/promise/1): unconditional; no set-off against a"
                " holder; no recourse to earlier holders."
            ),
        ),
        "assignment": (
            (
                "The assignor assigns the amount above of the receivable under this certificate "
                "to the assignee, who accepted with a key of its own. Debtor, due date and terms "
                "of the promise stay as they are."
            ),
            (
                "In the ledger the assignment holds from the entry by which the assignee "
                "accepted. Amounts are split to the cent, and no cent has two holders."
            ),
        ),
        "notice": (
            (
                "{giver} has assigned the amount above of the receivable under this certificate "
                "to {taker}. From the time of notice on, what is due is payable to whoever then "
                "holds it."
            ),
            (
                "The time of notice is when the entry of the notice was written into the ledger: "
                "the debtor is a party of that entry and reads it from then on. The time of "
                "acknowledgement is when the debtor signed it."
            ),
        ),
        "settlement": (
            (
                "Everything owed under this certificate was paid by {bank} as the table says. The"
                " debtor owes nothing more under it."
            ),
        ),
    },
    acts={
        "proposed": "Maker proposed",
        "approved": "Checker approved",
        "policy-proposed": "Maker proposed policy",
        "policy-approved": "Checker approved policy",
        "policy-confirmed": "Confirmed under policy",
        "waiver": "Waiver text registered",
        "conditions-proposed": "Maker proposed conditions",
        "conditions-approved": "Checker approved conditions",
        "erp": "ERP confirmed the block",
        "accepted": "Original holder accepted",
        "offered": "Assignment offered",
        "transferred": "Assignee accepted",
        "quote-accepted": "Holder accepted quote",
        "disbursed": "Bank disbursed",
        "noticed": "Debtor notified",
        "acknowledged": "Debtor acknowledged",
        "paid": "Paying bank paid",
    },
    statuses={
        "offered": "waits for its original holder",
        "live": "live",
        "partially_paid": "paid in part",
        "settled": "settled",
    },
    assignable={"free": "may be assigned", "banned": "the contract bans assignment"},
    columns=("Entry", "Act", "Ledger time (UTC)", "Entry hash", "Signatures"),
    payout_columns=("Paid to", "Amount", "Paid at", "Entry"),
    by_persons="by two of its people",
    by_policy="under a standing policy that two of its people signed",
    number="Certificate: {certificate}",
    amount="Amount",
    capitals="In Chinese capitals",
    debtor="Debtor (issuer)",
    creditor="Original holder",
    giver="Assignor",
    taker="Assignee",
    face="Face of the certificate",
    paying_bank="Paying bank",
    issued="Issued on",
    due="Due on",
    rolled="{due}; paid on {on}, a business day",
    invoice="Invoice",
    contracts="Contract",
    status="Status",
    assignability="Assignment",
    offered="Offered at",
    accepted="Accepted at",
    background="Trade document",
    noticed="Time of notice",
    not_noticed="no notice yet",
    acknowledged="Acknowledged at",
    not_acknowledged="not acknowledged yet",
    net="Net financed",
    discount="Discount",
    value_on="Value date",
    waiver="The issuer registered a text in which it waives defences, and two of its people signed it: version "
    "{version}, SHA-256 {sha256}. This paper records that it was signed; it says nothing of its effect in law.",
    together="Together",
    paid_early="Paid by the debtor before the day",
    given_up="Cancelled by issuer and original holder together",
    verified="verified",
    unverified="not verified",
    no_seal="Not all signatures verified, therefore no seal.",
    seal="Signatures verified",
    evidence="Entries of the ledger on which this rests",
    checkpoint="Checkpoint: {origin}, size {size}, root hash {root}",
    how_to_check="The code leads to the entry of issue; a proof file (.tally) verifies it offline in any browser.",
    ledger_rules="Made from the entries above; where this paper and the ledger differ, the ledger is right. The red "
    "mark says that signatures were verified; it is no company's registered seal.",
    simulated="Simulated ledger: no right and no duty of anybody real.",
)
phrases: Mapping[Language, Phrases] = {"zh": _zh, "en": _en}
