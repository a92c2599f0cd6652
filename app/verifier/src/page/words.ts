/** The page's own words. */
import type { Grade } from "../bundle/statements";
import type { Stage } from "../bundle/step";
import type { Language } from "./say";

export interface Words {
  readonly title: string;
  readonly lead: string;
  readonly skip: string;
  readonly language: string;
  readonly trust: string;
  readonly trustLabel: string;
  readonly trustHint: string;
  readonly forget: string;
  readonly kept: string;
  readonly notKept: string;
  readonly pinned: Readonly<Record<"logKey" | "genesis" | "policy", string>>;
  readonly onWord: Readonly<Record<"nothing" | "policy" | "none" | "log", string>>;
  readonly file: string;
  readonly drop: string;
  readonly choose: string;
  readonly again: string;
  readonly reading: string;
  readonly stages: Readonly<Record<Stage, string>>;
  readonly result: string;
  readonly proven: string;
  readonly provenSays: string;
  readonly provenPartly: string;
  readonly refused: string;
  readonly refusedSays: string;
  readonly next: string;
  readonly simulated: string;
  readonly grades: Readonly<Record<Grade, string>>;
  readonly gradesMean: Readonly<Record<Grade, string>>;
  readonly statements: string;
  readonly fileHash: string;
  readonly took: string;
  readonly asJson: string;
  readonly lying: string;
  readonly files: string;
}

const en: Words = {
  title: "Verify a proof bundle",
  lead: "The file is checked in this browser, by this page alone. Nothing is sent anywhere.",
  skip: "Skip to the content",
  language: "Language",
  trust: "Whom you trust",
  trustLabel: "Log key, genesis or policy",
  trustHint:
    "Paste what you got by another way than the bundle: the log's verifier key (name+hex+base64), the leaf hash of its genesis (64 hex digits), or a witness policy. Several may stand here, a line each.",
  forget: "Forget",
  kept: "This browser keeps it for next time.",
  notKept: "This browser keeps nothing for this page: paste it again next time.",
  pinned: {
    logKey: "Pinned log key: {name}",
    genesis: "Pinned genesis: {hash}",
    policy: "Pinned policy, with the quorum {quorum}",
  },
  onWord: {
    nothing: "Nothing is pinned: whoever made a bundle could name any log. Nothing is verified so.",
    policy:
      "The policy is not pinned: which witnesses count stands on the word of the log's genesis.",
    none: "The pinned policy asks for no witness: that everybody sees this history is the operator's word.",
    log: "The log key is not pinned, and is taken from the pinned genesis.",
  },
  file: "The bundle",
  drop: "Drop a .tally file here",
  choose: "or choose one from this device",
  again: "Verify again with what is pinned now",
  reading: "Reading {name}",
  stages: {
    files: "Files: {done} of {total}",
    entries: "Entries against the tree: {done} of {total}",
    signatures: "Signatures: {done} of {total}",
  },
  result: "Result",
  proven: "Proven",
  provenSays: "What is said below follows from the log that you pinned.",
  provenPartly:
    "What is said below is in the log that you pinned. Some of it is authentic only: not proven to be complete or current.",
  refused: "Refused",
  refusedSays: "Nothing in this file counts.",
  next: "What to do:",
  simulated:
    "Simulated: this log's clock is set, or one machine plays several parties. Nothing in it binds anybody.",
  grades: { proven: "proven", authentic: "authentic", note: "note" },
  gradesMean: {
    proven:
      "follows from the pinned log; where it says complete, current or absent, from its map of heads",
    authentic: "stands in the log, but is not proven to be complete or current",
    note: "to be known beside it",
  },
  statements: "What it says",
  fileHash: "SHA-256 of the file",
  took: "Checked in {seconds} s",
  asJson: "The same as JSON",
  lying:
    "This page is a program. If the one you check also served it to you, it can show whatever it likes. Get the folder from another source (a mirror, the release), compare it with “tallystick verify --page”, or open it from your own disk.",
  files: "Hashes of this page's files",
};

const zh: Words = {
  title: "验证证明包",
  lead: "文件只在本浏览器内、由本页面核验，不会发送到任何地方。",
  skip: "跳到正文",
  language: "语言",
  trust: "您信任谁",
  trustLabel: "日志公钥、创世记录或见证策略",
  trustHint:
    "请粘贴从证明包以外的途径得到的内容：日志的验证公钥（名称+十六进制+base64）、创世记录的叶哈希（64 位十六进制），或一份见证策略。可以同时填写多项，每项一行。",
  forget: "清除",
  kept: "本浏览器已为下次保存。",
  notKept: "本浏览器不为此页面保存内容，下次请重新粘贴。",
  pinned: {
    logKey: "已固定日志公钥：{name}",
    genesis: "已固定创世记录：{hash}",
    policy: "已固定见证策略，法定人数为 {quorum}",
  },
  onWord: {
    nothing: "尚未固定任何内容：制作证明包的人可以任意指定日志，因此无法验证。",
    policy: "未固定见证策略：哪些见证人算数，以日志创世记录所言为准。",
    none: "所固定的策略不要求见证人：所有人看到同一份历史，仅凭运营方一面之词。",
    log: "未固定日志公钥，取自已固定的创世记录。",
  },
  file: "证明包",
  drop: "把 .tally 文件拖到这里",
  choose: "或从本设备选择",
  again: "按现在固定的内容重新验证",
  reading: "正在读取 {name}",
  stages: {
    files: "文件：{done} / {total}",
    entries: "记录与默克尔树核对：{done} / {total}",
    signatures: "签名：{done} / {total}",
  },
  result: "结果",
  proven: "已证明",
  provenSays: "以下内容由您固定的日志推出。",
  provenPartly: "以下内容都在您固定的日志中；其中一部分仅为真实，未证明其完整或最新。",
  refused: "不予采信",
  refusedSays: "此文件中的任何内容都不算数。",
  next: "怎么办：",
  simulated: "模拟：该日志的时钟由人设定，或一台机器扮演多方，其中内容对任何人都没有约束力。",
  grades: { proven: "已证明", authentic: "真实", note: "说明" },
  gradesMean: {
    proven: "由固定的日志推出；凡称完整、最新或不存在的，由其状态头推出",
    authentic: "确在日志中，但未证明完整或最新",
    note: "需要一并知道的事",
  },
  statements: "内容",
  fileHash: "文件的 SHA-256",
  took: "用时 {seconds} 秒",
  asJson: "同样内容的 JSON",
  lying:
    "本页面是一个程序。如果它正是由您要核查的一方提供，它可以显示任何内容。请从其他来源（镜像、发布包）取得该文件夹，用 tallystick verify --page 比对，或从自己的磁盘打开。",
  files: "本页面各文件的哈希",
};

export const words: Readonly<Record<Language, Words>> = { en, zh };

/** A sentence with `{name}` replaced. */
export function fill(sentence: string, members: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(members[name] ?? whole));
}
