"""The words of an audit's report, in English and Chinese: for people who never saw a ledger from inside."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "zh"]
#: By name: (English title, English text, Chinese title, Chinese text).
Words = tuple[str, str, str, str]

words: dict[str, Words] = {
    "entries": (
        "Every entry is there",
        "Entries were read one after the other. None is missing, none stands twice, none was moved.",
        "每条记录都在",
        "记录按顺序逐条读取：没有缺失，没有重复，没有移位。",
    ),
    "signatures": (
        "Every signature verifies",
        "Each entry was signed by the key that it names, and not one byte of it changed since.",
        "每个签名都有效",
        "每条记录都由其所写明的密钥签名，此后一个字节也没有变动。",
    ),
    "bodies": (
        "Contents are those that were signed",
        "The content of each entry has the fingerprint that its author signed.",
        "内容就是当时签署的内容",
        "每条记录内容的指纹与签署人签下的一致。",
    ),
    "attachments": (
        "Attached files are those that were named",
        "Each attached file that this auditor could open has the fingerprint that the entry states.",
        "附件就是当时列明的附件",
        "审计人能够打开的每个附件，其指纹与记录所写一致。",
    ),
    "attachments-erased": (
        "Attached files that were erased are gone",
        "An entry, signed by their owner, says that they were erased. Nothing of them is left here.",
        "已擦除的附件确已不在",
        "由其所有者签名的记录说明它们已被擦除。此处没有留下任何部分。",
    ),
    "rules": (
        "Every entry was allowed",
        "All rules were executed again, in order: who may sign, what may be registered, who owns and who owes.",
        "每条记录都符合规则",
        "所有规则按顺序重新执行了一遍：谁可以签名、可以登记什么、谁拥有、谁负债。",
    ),
    "refused": (
        "Refused, and kept as such",
        "Entries that a rule refuses stand in the log without effect, so that the entries behind them are not held up.",
        "被拒绝并如实保留",
        "被规则拒绝的记录留在账本中但不生效，以免耽误后面的记录。",
    ),
    "tree": (
        "The whole adds up to one fingerprint",
        "All entries together give one number, the root. Whoever changes any entry changes it.",
        "全部记录合成一个指纹",
        "所有记录共同得出一个数，即“根”。改动任何一条记录，它就会改变。",
    ),
    "blocks": (
        "The log's own summaries hold",
        "About every second the log states its root and its result so far. Each statement was computed again.",
        "账本自己的小结成立",
        "账本大约每秒写下当时的根与结果。每一份都重新计算过。",
    ),
    "blocks-seen": (
        "The log's own summaries",
        "They were read as entries; what they state about results was not computed again.",
        "账本自己的小结",
        "它们作为记录被读取；其中关于结果的内容没有重新计算。",
    ),
    "checkpoints": (
        "The log's signed statements agree",
        "In each checkpoint the operator signed a size and a root. All are stages of this one history.",
        "账本签署的声明相互一致",
        "运营方在每个检查点签下条数与根。它们都是同一部历史的各个阶段。",
    ),
    "cosignatures": (
        "Signatures of witnesses",
        "Independent witnesses confirmed that they were shown this history and no other. Each signature was verified.",
        "见证人的签名",
        "独立的见证人确认自己看到的正是这部历史。每个签名都已核对。",
    ),
    "tables": (
        "Everything that pages show follows from the entries",
        "Balances, owners and records were computed anew and compared with the database, row by row.",
        "页面所显示的一切都出自记录",
        "余额、归属与档案重新计算，并与数据库逐行比对。",
    ),
    "files": (
        "Every file of the export is the listed one",
        "All files have the fingerprints in SHA256SUMS, and hold what the entries say.",
        "导出的每个文件都是清单上的文件",
        "所有文件的指纹与 SHA256SUMS 一致，内容与记录相符。",
    ),
    "tiles": (
        "What the server hands out for proofs is right",
        "Each tile that it serves holds the fingerprints of these entries.",
        "服务器提供的证明材料正确",
        "它提供的每个数据块都是这些记录的指纹。",
    ),
    "log-key": (
        "The log's key was known beforehand",
        "The auditor had it from another source, and it is this log's.",
        "事先已知账本的公钥",
        "审计人从其他途径取得，且与本账本相符。",
    ),
    "no-log-key": (
        "Nobody told the auditor the log's key",
        "So this shows that the log agrees with itself, not whose log it is. Use --log-key.",
        "未提供账本的公钥",
        "因此只能说明账本自身一致，不能说明是谁的账本。请使用 --log-key。",
    ),
    "checkpoint": (
        "An older checkpoint was brought along",
        "Somebody kept it elsewhere, and the log continues it: history up to there was not rewritten.",
        "带来了一份较早的检查点",
        "它由他人另行保存，而账本是它的延续：到那时为止的历史没有被重写。",
    ),
    "no-checkpoint": (
        "No older checkpoint was brought along",
        "Whoever has all keys could have written a whole new history. Keep a checkpoint, and use --checkpoint.",
        "未带来较早的检查点",
        "掌握全部密钥的人可能重写整部历史。请保存检查点，并使用 --checkpoint。",
    ),
    "memory": (
        "The signer remembers the same",
        "The operator's signing machine keeps its last signature apart. It agrees: the newest entries were not cut off.",
        "签名机的记忆一致",
        "运营方的签名机另行保存最后一次签名，与此一致：最新的记录没有被截掉。",
    ),
    "no-memory": (
        "The signer's memory was not at hand",
        "It belongs to the operator. A checkpoint that somebody kept takes its place.",
        "没有签名机的记忆",
        "它属于运营方。他人保存的检查点可以代替它。",
    ),
    "earlier": (
        "Entries of an earlier audit were not read again",
        "Up to there the result rests on the auditor's own state file. What was changed there since shows only "
        + "in what is compared every time.",
        "较早审计过的记录没有重读",
        "到那里为止，结果取决于审计人自己的状态文件。此后在那一段被改动的副本不会被发现，除非影响到每次都比对的部分。",
    ),
    "withheld": (
        "Entries that were not shown",
        "This auditor may not read them. Their fingerprints are in the tree; what they say is not known.",
        "未出示的记录",
        "审计人无权阅读。它们的指纹在树中，内容不得而知。",
    ),
    "bodies-withheld": (
        "Contents that were not shown",
        "The entry is signed and in place, but its content was not given to this auditor.",
        "未出示的内容",
        "记录已签名且在位，但内容没有提供给审计人。",
    ),
    "signatures-unknown": (
        "Signatures by keys that were not shown",
        "They could not be verified, and nothing is said about them.",
        "密钥未出示的签名",
        "无法核对，因此不作任何结论。",
    ),
    "attachments-sealed": (
        "Attached files that are sealed for this auditor",
        "They are there, but the master key was not given, so that they were not compared with their fingerprints.",
        "对审计人加密的附件",
        "附件存在，但没有提供主密钥，因此未能与其指纹比对。",
    ),
    "attachments-missing": (
        "Attached files that are missing, though no entry erased them",
        "Their fingerprints remain; no obligation depends on them. Ask the operator why they are gone.",
        "缺失且没有记录说明已擦除的附件",
        "其指纹仍在；任何义务都不取决于它们。请向运营方询问缺失的原因。",
    ),
    "contradictions": (
        "Attached files that contradict their entry",
        "They are kept as evidence. What counts is the signed content of the entry.",
        "与记录矛盾的附件",
        "它们作为证据保留。有效的是记录中签署的内容。",
    ),
    "no-rules": (
        "Whether entries were allowed",
        "Rules were not executed: this audit was asked for signatures and hashes alone.",
        "记录是否符合规则",
        "没有执行规则：本次审计只核对签名与指纹。",
    ),
    "no-attachments": (
        "Attached files",
        "They were not compared with what entries say of them.",
        "附件",
        "没有与记录中的说明比对。",
    ),
    "operational": (
        "The operator's working tables",
        "Queues, notes on witnesses and older pages of the index are no part of the log, and were not looked at.",
        "运营方的工作表",
        "队列、关于见证人的备注以及索引的旧页不属于账本，没有查看。",
    ),
    "no-database": (
        "The operator's database",
        "This auditor saw what was handed out, not what the operator's pages are made from.",
        "运营方的数据库",
        "审计人看到的是对外提供的内容，而不是运营方页面的数据来源。",
    ),
    "suites": (
        "Kinds of signatures",
        "This program knows every kind of signature that the log admits.",
        "签名算法",
        "本程序认识账本允许的每一种签名算法。",
    ),
    "suites-unknown": (
        "Kinds of signatures that this program does not know",
        "Signatures of these kinds were not verified, and nothing is vouched for that rests on them.",
        "本程序不认识的签名算法",
        "这些算法的签名没有核对，依赖它们的内容不作保证。",
    ),
    "signatures-unchecked": (
        "Entries that were not checked",
        "They bear a signature that this program cannot check. Nothing is said of them, nor of what rests on them.",
        "没有核对的记录",
        "这些记录带有本程序无法核对的签名：对它们以及依赖它们的内容不作任何说明。",
    ),
    "truth": (
        "Whether what was signed is true",
        "No audit of records sees the goods. It shows who said what, in which order, and that nobody changed it.",
        "所签内容是否属实",
        "对记录的审计看不到货物。它说明谁在何时说了什么，以及没有人改动过。",
    ),
}

page: dict[str, tuple[str, str]] = {
    "title": ("Audit report", "审计报告"),
    "other": ("中文", "English"),
    "sound": ("Sound", "账本完好"),
    "sound-says": (
        "Everything that was looked at is as it should be.",
        "所查看的一切都与应有的一致。",
    ),
    "not checked": ("Not checked", "没有核对"),
    "not-checked-says": (
        "Whatever could be checked is as it should be. The entries named here could not be, and may be anything.",
        "能够核对的都与应有的一致。此处列明的记录无法核对，其真伪不明。",
    ),
    "not sound": ("Not sound", "账本有误"),
    "not-sound-says": (
        "Something is not as it should be. The audit stopped at the first such thing.",
        "有一处与应有的不符。审计在第一处不符的地方停止。",
    ),
    "unruled": (
        "Signatures and hashes only: rules were not executed.",
        "仅核对签名与指纹：没有执行规则。",
    ),
    "simulated": (
        "This log is a simulation: one machine plays all parties. Nothing here is owed or owned.",
        "这是模拟账本：由一台机器扮演各方。其中没有真实的债权与所有权。",
    ),
    "finding": ("What was found", "发现的问题"),
    "where": ("Where", "位置"),
    "entry": ("entry", "记录"),
    "keep": (
        "Keep this copy as evidence, and compare it with a backup or another party's copy.",
        "请保留这份副本作为证据，并与备份或他方的副本比对。",
    ),
    "checked": ("What was checked", "检查了什么"),
    "to-check": ("What was to be checked", "原定检查的内容"),
    "devices": ("Devices that were stopped, or refused something", "已停用的设备与被拒绝的记录"),
    "rests": ("What the result rests on", "结论的依据"),
    "unseen": ("What this auditor could not see", "审计人看不到什么"),
    "log": ("Log", "账本"),
    "size": ("Entries in the log", "账本记录数"),
    "read": ("Read in this run", "本次读取"),
    "root": ("Root", "根"),
    "state": ("Result of the rules (state)", "规则执行结果（状态）"),
    "final": ("Checkpoints confirmed by a quorum", "达到法定人数的检查点"),
    "source": ("Source", "来源"),
    "database": ("database", "数据库"),
    "export": ("export folder", "导出文件夹"),
    "served": ("served log", "在线账本"),
    "began": ("Began (UTC)", "开始时间（UTC）"),
    "took": ("Took", "用时"),
    "seconds": ("seconds", "秒"),
    "holds": ("holds", "成立"),
    "read-only": ("read", "已读取"),
    "nothing": ("there is none", "没有此项"),
    "made": (
        "Made by `tallystick audit` on the auditor's machine. The page loads nothing from anywhere.",
        "由审计人机器上的 `tallystick audit` 生成。本页不从任何地方加载内容。",
    ),
}


def title(name: str, language: Language) -> str:
    return words[name][0 if language == "en" else 2]


def text(name: str, language: Language) -> str:
    return words[name][1 if language == "en" else 3]


def said(name: str, language: Language) -> str:
    """Words of the page's frame."""
    return page[name][0 if language == "en" else 1]
