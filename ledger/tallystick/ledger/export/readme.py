"""The README of an export, in both languages: it tells a stranger how to verify it without us."""

from __future__ import annotations

from tallystick.ledger.export.layout import About
from tallystick.ledger.system import simulated_suffix

_english = """# Export of the log {origin}

{simulated}{cut}

This folder verifies without the server it came from. Take the log's key from somebody you trust, **not from
this folder**; here it says

    {log_key}

1. **Copied whole?** `sha256sum -c SHA256SUMS` (macOS: `shasum -a 256 -c SHA256SUMS`). The file `checkpoint` is not
   listed: it is signed.
2. **One tree?** `checkpoint` is a C2SP signed note: origin, number of entries, root. `tile/` is C2SP tlog-tiles:
   `tile/<L>/<N>` holds up to 256 hashes of 32 bytes, `tile/entries/<N>` up to 256 entries, each after its length in two
   bytes. The hash of an entry is SHA-256(0x00 ‖ entry), of a node SHA-256(0x01 ‖ left ‖ right) (RFC 6962). Any program
   for tlog-tiles reads this; with Go, `golang.org/x/mod/sumdb/tlog` and `note` suffice.
3. **Who said it?** An entry is a DSSE envelope; its payload names author, type and `body_hash`.
4. **What was said?** `bodies/<N>` holds up to 256 records: length in four bytes, big-endian, then 32 bytes of salt and
   the body. SHA-256(salt ‖ body) is the `body_hash`. Length 0 means not disclosed to whom this was cut for.
5. **Attachments.** `attachments/<N>` holds for each entry a count in four bytes and so many records like these, in order
   of their hashes; length 0 is not disclosed, ffffffff erased. SHA-256(salt ‖ bytes) stands in the body.
6. **By the rules?** With Tallystick, and a full export only, every signature and rule is checked again:
   `tallystick audit --export . --log-key …`. `tallystick log import . --log-key …` makes a store of it that can be
   audited, searched and read.

`checkpoints/<N>` holds every checkpoint, oldest first, each after its length in four bytes. Compare them with those
that you or others kept: a log that shows two histories is exposed by that alone. `policy` says which witnesses the log
names; `final`, where it is there, is the newest checkpoint that they had cosigned. Where `entries/<N>` stands in the place of `tile/entries/<N>`, it holds records of those entries that the reader
may have; each is proven by its hash in `tile/0/`.
"""
_chinese = """# 账本 {origin} 的导出

{simulated}{cut}

本文件夹无需原服务器即可验证。账本公钥请从您信任的人处取得，**不要取自本文件夹**；此处写的是

    {log_key}

1. **是否完整？** `sha256sum -c SHA256SUMS`（macOS：`shasum -a 256 -c SHA256SUMS`）。`checkpoint` 不在其中：它自带签名。
2. **是否同一棵树？** `checkpoint` 是 C2SP signed note：账本名、记录数、根。`tile/` 为 C2SP tlog-tiles：`tile/<L>/<N>`
   至多 256 个 32 字节的哈希，`tile/entries/<N>` 至多 256 条记录，每条前为两字节长度。记录的哈希为
   SHA-256(0x00 ‖ 记录)，节点为 SHA-256(0x01 ‖ 左 ‖ 右)（RFC 6962）。任何读 tlog-tiles 的程序都能读；
   用 Go 时只需 `golang.org/x/mod/sumdb/tlog` 与 `note`。
3. **谁说的？** 每条记录是 DSSE 信封，其载荷写明作者、类型与 `body_hash`。
4. **说了什么？** `bodies/<N>` 至多 256 段：四字节大端长度，其后为 32 字节盐与正文。SHA-256(盐 ‖ 正文) 即
   `body_hash`。长度为 0 表示未向此读者披露。
5. **附件。** `attachments/<N>` 对每条记录先写四字节的个数，再按哈希顺序写同样的段；长度 0 为未披露，ffffffff 为已删除。
   SHA-256(盐 ‖ 字节) 写在正文中。
6. **是否合规则？** 用 Tallystick 且仅对完整导出，可重新检查每个签名与每条规则：
   `tallystick audit --export . --log-key …`。`tallystick log import . --log-key …` 由此建立可审计、可查询、可阅读的存储。

`checkpoints/<N>` 按先后保存全部检查点，每个前为四字节长度。请与您或他人留存的相比：出示两种历史的账本仅凭此即可揭穿。
`policy` 写明账本所列的见证人；若有 `final`，则为其已共同签名的最新检查点。若 `tile/entries/<N>` 处为 `entries/<N>`，则只含该读者可得的记录，各由 `tile/0/` 中的哈希证明。
"""
_said = {
    "en": {
        "simulated": "**Simulated**: clock or parties of this log are played; it is no evidence of anything.\n\n",
        "without": " What may not leave the node is **left out**: only one without this sentence replays.",
        "to": " It goes to **{recipient}**, whom its owners permitted what they did not permit others.",
        "full": "It is **full**: cut for an auditor, with every body. Keep it as you would keep the store itself.",
        "party": "It is cut for **{organisation}** and holds what that organisation may read.",
        "other": "It is cut for **{reader}** and holds what such a reader may read.",
    },
    "zh": {
        "simulated": "**模拟**：此账本的时钟或各方由程序扮演，不能作为任何证据。\n\n",
        "without": " 依规不得离开节点的内容**已略去**：只有不含本句的导出才能重放。",
        "to": " 接收方为 **{recipient}**，其所含内容可能仅向该接收方许可。",
        "full": "本导出为**完整导出**，供审计方使用，含全部正文。请如同保管存储本身一样保管。",
        "party": "本导出为 **{organisation}** 而作，含该企业有权阅读的内容。",
        "other": "本导出为 **{reader}** 而作，含此类读者有权阅读的内容。",
    },
}


def readme(language: str, about: About) -> str:
    """The text in English (`en`) or Chinese (`zh`)."""
    said = _said[language]
    kind = {"auditor": "full", "party": "party"}.get(about.reader, "other")
    if kind == "full" and about.cut.left_out:
        kind = "other"
    cut = said[kind].format(organisation=about.organisation, reader=about.reader)
    if about.cut.recipient:
        cut += said["to"].format(recipient=about.cut.recipient)
    if about.cut.left_out:
        cut += said["without"]
    return (_chinese if language == "zh" else _english).format(
        origin=about.origin,
        log_key=about.log_key,
        simulated=said["simulated"] if about.origin.endswith(simulated_suffix) else "",
        cut=cut,
    )
