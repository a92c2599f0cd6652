"""The whole story, told by the commands that everybody would use, with a fixed clock and fixed keys."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tallystick.finance as finance
from tallystick.app import access
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.demo import (
    agreed,
    applied,
    attacks,
    cast,
    days,
    equal,
    goods,
    handed,
    hooked,
    insured,
    lent,
    limited,
    money,
    named,
    notified,
    officers,
    overseen,
    printed,
    proof,
    qualified,
    secured,
    stated,
    tamper,
    witnesses,
    worked,
)
from tallystick.app.demo.stage import Seeded, Stage, origin, start
from tallystick.app.played import Playbill, PlayedPerson, playbill_file
from tallystick.app.settings import Settings
from tallystick.identity import Role
from tallystick.ledger import Audited, InvariantError, SetClock, audit

Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What the story came to."""

    goods: goods.Goods
    money: money.Money
    refused: dict[str, str]
    link: str
    cosigned: int
    certified: str
    second_history: Path
    proven: proof.Proof
    qualified: qualified.Qualified
    finding: str
    audited: Audited
    took_ms: int
    looks: int
    webhooks: int

    @property
    def goods_face(self) -> int:
        return goods.face


def perform(settings: Settings, tell: Tell) -> Told:
    """Play the story into an empty store; `tell` gets each step in Chinese and English."""
    began_ms = time.monotonic_ns() // 1_000_000
    node, clock, random = Node.at(settings), SetClock(start), Seeded()
    folder = settings.folder / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    tell("建立账本：根、日志密钥、创世记录", "A new log: root, log key, genesis")
    node.create(
        NewLog(
            origin,
            cast.log,
            cast.root,
            {"zh": "演示根机构", "en": "Demo Root Authority"},
            lambda reference: cast.key(reference).private,
            witnesses.policy(),
            witnesses.quorum(),
        ),
        clock,
        random,
    )
    folder.mkdir(parents=True)
    told_goods, told_money, refused = goods.Goods(), money.Money(), dict[str, str]()
    checker = node.checker()
    try:
        with node.writer(clock, checker, random) as ledger:
            stage = Stage(ledger, clock, random, folder)
            played = witnesses.watch(folder, node, ledger.signer.verifier, clock, checker)
            _goods(stage, settings, told_goods, tell)
            ledger.seal()
            witnesses.cosign(node, played, clock)
            tell("伪造扫描被拒绝", "A forged scan is refused")
            refused["forged scan"] = attacks.forged_scan(stage)
            tell("被吊销的设备被拒绝", "A revoked device is refused")
            refused["revoked device"] = attacks.revoked_device(stage)
            _money(node, stage, told_money, refused, tell)
            tell(
                "同一件货物的多个名称：标识、GTIN 与 GS1 数字链接",
                "One pack by many names: handle, GTIN with serial, GS1 Digital Link",
            )
            link = named.name_pack(node, stage, settings.base_url)
            tell(
                "核心企业自治：一人不能授予经办角色，两人才行",
                "The core enterprise's people decide in twos: one alone makes nobody a maker",
            )
            refused |= officers.decide(stage)
            tell(
                "节点两人授权审计机构查阅，期限写入账本",
                "Two persons of the node let the auditor read, until a day that is in the log",
            )
            refused["one operator for two"] = overseen.give_remit(stage)
            tell(
                "供应商提交营业执照扫描件：受限级，只有本组织和其节点可读",
                "A supplier hands in its licence: restricted, for itself and its node",
            )
            handed.hand_paper(stage)
            tell(
                "对账单由账本生成：一行有异议，其余行同意并开票，无需手工输入金额",
                "A statement follows from the log: one line disputed, the rest billed, no amount typed in",
            )
            stated.use_hours(stage)
            stated.propose(node, stage)
            stated.answer_and_bill(node, stage)
            tell(
                "委外加工：材料属于核心企业，只结算加工费；超额损耗由其认可，多退被拒绝",
                "Parts of the core's own aluminium: only the fee is owed; loss above the share is let pass",
            )
            refused["more material than is there"] = worked.work(node, stage)
            tell(
                "供应商与银行达成共享协议，一方提出、另一方接受",
                "A supplier and its bank agree on what the bank may read",
            )
            agreed.share(stage)
            tell(
                "经办人的密钥丢失：两名管理人员为其更换，旧密钥从此被拒绝",
                "A maker's lost key is replaced by two officers, and refused from then on",
            )
            refused["a lost key"] = agreed.recover(stage)
            certified_as = qualified.certify(node, stage, settings.base_url)
            tell(
                "当日查看记录的哈希写入账本",
                "The day's read log is hashed into an entry",
            )
            looks = agreed.tell_looks(node, stage)
            ledger.seal()
            tell(
                "见证人与重新执行全部规则的镜像共同签名：全部记录终局",
                "A witness, and a mirror that executed every rule again, cosign: everything is final",
            )
            cosigned = witnesses.cosign(node, played, clock)
            tell("两人合成一份法定人数证书", "Both make one quorum certificate")
            certified = witnesses.certify(node, played)
            tell(
                "第二部历史被见证人识破，并留下证据",
                "A second history is caught by a witness, with proof",
            )
            convicted = attacks.second_history(
                ledger.signer.verifier, ledger.signer.memory.load()[0], played[0], folder
            )
        _check(node, told_money)
        tell(
            "三方对账：账本、银行凭据与登记逐日相符，差异均有原因",
            "Ledger, bank and register are equal each day; every difference has its reason",
        )
        equal.keep_days(node)
        tell(
            "核心企业的 ERP 经回调得知新条目：每次发送都验签",
            "The core enterprise's ERP is told of entries by a webhook, each delivery verified",
        )
        webhooks = hooked.be_told(node, folder, clock, told_money.confirmed_at)
        tell("凭证的全部经过写入一个证明文件", "The certificate's whole life is proven in one file")
        proven = proof.prove(node, folder, told_money.certificate)
        tell(
            "打印付款承诺函与结清证明（PDF/A）",
            "The payment undertaking and the certificate of settlement are printed (PDF/A)",
        )
        printed.print_papers(node, folder, told_money.certificate)
        tell(
            "供应商只向核心企业出示 ISO 证书的编号和有效期，核心企业离线核验",
            "A supplier shows the core enterprise its ISO certificate's number and expiry, and nothing else",
        )
        presented = qualified.present(node, folder, certified_as, clock.now_ms())
        tell("审计：重放全部记录并比对", "Audit: everything is replayed and compared")
        audited = audit(node.store, node.rules, node.directory, checker, memory=node.memory())
    finally:
        checker.close()
    tell(
        "副本中确权记录改动一个字节，审计指出位置",
        "A copy with one byte of the confirmation changed is caught and named",
    )
    finding = tamper.change_one_byte(node, folder, told_money.confirmed_at)
    write_playbill(settings, told_money)
    took_ms = time.monotonic_ns() // 1_000_000 - began_ms
    return Told(
        told_goods,
        told_money,
        refused,
        link,
        cosigned,
        certified,
        convicted,
        proven,
        presented,
        finding,
        audited,
        took_ms,
        looks.count,
        webhooks,
    )


def write_playbill(settings: Settings, told: money.Money) -> None:
    """The demo store's own file: whom anybody may play on its pages, and where to look first."""
    holder = cast.suppliers[max(told.holders)]
    held: tuple[cast.Firm, tuple[Role, ...]] = (holder, ("maker", "checker"))
    bill = Playbill(
        people=tuple(
            PlayedPerson(
                person=firm.person(role),
                organisation=firm.handle,
                firm={"zh": firm.zh, "en": firm.en},
                roles=(role,),
            )
            for firm, roles in (*cast.played, held)
            for role in roles
        ),
        items=(goods.packs[0], goods.modules[0], goods.pallets[0], goods.cells),
        certificates=(told.certificate,),
    )
    path = settings.folder / playbill_file
    path.write_text(bill.model_dump_json(indent=2), encoding="utf-8")


def _goods(stage: Stage, settings: Settings, told: goods.Goods, tell: Tell) -> None:
    tell(
        "登记 29 家机构、人员、前缀与密钥，各自自治",
        "29 organisations with people, prefixes and keys, each governing itself",
    )
    stage.set_up_firms()
    tell("发放标识", "Identifiers are issued")
    goods.register_things(stage)
    tell("打印标签，并从图像中读回", "Labels are printed, and read back from the image")
    goods.print_and_decode(stage, settings.base_url, told)
    tell(
        "基础合同：一方登记，另一方同意",
        "The contract: put on record by one firm, agreed by the other",
    )
    money.contract(stage)
    tell("订单", "The order")
    money.order(stage)
    tell("从材料到模组", "From materials to modules")
    goods.make_materials(stage)
    tell("装托盘、发货、承运交接", "Packing, despatch, carrier")
    goods.pack_and_ship(stage)
    tell("离线收货，恢复网络后补传", "Receiving while offline, sent later")
    goods.receive_offline(stage, told)
    money.invoice(stage)
    tell("总装成电池包", "Built into battery packs")
    goods.build_packs(stage)


def _money(
    node: Node, stage: Stage, told: money.Money, refused: dict[str, str], tell: Tell
) -> None:
    tell(
        "节点两人发布工作日历；供应商登记并核实收款账户",
        "Two persons of the node publish the calendar; suppliers register accounts that their bank proves",
    )
    days.publish(stage)
    accounts = days.name_accounts(stage)
    tell(
        "节点为核心企业、两家银行为自身设定限额，各由两人",
        "Limits: of the core enterprise by its node, of two banks by themselves, each by two persons",
    )
    limited.set_limits(stage)
    tell("经办与复核两人确权，供应商签收", "Two persons confirm, the supplier accepts")
    money.confirm(stage, told)
    tell("65 次转让，25 家企业", "65 transfers over 25 companies")
    money.transfer_all(stage, told)
    tell(
        "保险公司提交申请材料；一人补正，两人核准入网",
        "An insurer applies with its papers: one officer asks back, two admit it",
    )
    insurer, refused["one officer admits"] = applied.apply(node, stage)
    tell(
        "保险公司两人为银行持有的凭证承保，银行接受",
        "Two persons of the insurer cover what the bank will hold; the bank accepts",
    )
    cover = insured.cover(stage, insurer)
    tell(
        "电子保函：银行为供应商开立，部分索赔已付，余额解除；缺单据的索赔被拒绝",
        "A bank's guarantee for a supplier: a part is demanded and paid, the rest released",
    )
    refused["a demand without its papers"] = secured.guarantee(stage)
    tell(
        "质押与依令冻结，都有期限，均已解除",
        "A pledge and a freeze by order, each with its end, both released",
    )
    money.hold_and_release(stage, told)
    tell(
        "订单融资：定向支付材料款，封闭回款还本付息；超出可用额度被拒绝",
        "Order financing: drawn for materials alone, repaid with interest; a cent more is refused",
    )
    refused["a cent more than can be drawn"] = lent.finance_order(stage, accounts["S01"])
    tell(
        "三笔融资，其中一笔由两家银行密封报价；较高的报价被拒绝",
        "Three financings, one by sealed bids of two banks; the dearer one is refused",
    )
    money.finance_three(stage, told)
    refused["the dearer bid"] = told.dearer
    tell(
        "银行申报已融资部分投保，同一部分再次申报被拒绝",
        "The bank declares what it financed as insured; the same units again are refused",
    )
    refused["insured twice"] = insured.declare(stage, cover, told)
    tell("同一笔钱再次融资被拒绝", "Financing the same cents twice is refused")
    refused["financed twice"] = attacks.finance_twice(stage, told)
    tell(
        "到期兑付到每一分；一笔退汇，原数再付；每笔付款随附银行通知",
        "Paid at maturity to the last cent, with the bank's notice of each; one payment comes back, and is paid again",
    )
    money.pay_at_maturity(stage, told)
    tell(
        "核心企业又按原发票付款：双方各自陈述，凭证不受影响，重复付款退回",
        "The core enterprise pays the invoice as well: both firms say so, no certificate is settled by it, and it is paid back",
    )
    told.twice = notified.pay_twice(node, stage)


def _check(node: Node, told: money.Money) -> None:
    """The published totals, read back from the ledger's own state."""
    with node.reader.open() as snapshot:
        reading = access.Reading(snapshot, access.auditor_reader)
        seen = finance.views.certificate(reading, told.certificate)
        waiting = snapshot.finality().why
    facts = (
        told.transfers,
        told.moved,
        len(cast.suppliers),
        seen.head["status"],
        seen.head["paid"],
    )
    if waiting:
        raise InvariantError(f"not all of the story is final: {waiting}")
    if facts != (65, 3_600_000_000, 25, "settled", goods.face):
        raise InvariantError(f"the story did not come out: {facts}")
