/**
 * Policies as text (C2SP tlog-policy): logs, witnesses, groups of them, and the quorum.
 *
 * Lines of words parted by spaces and tabs; empty lines and lines that begin with `#` say nothing:
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <member>…
 *     quorum <name>|none
 *
 * A name is defined once, above its use, and is a member of one group at most. Bytes above ASCII are opaque:
 * words are kept here as one character for each byte.
 */
import { text, utf8 } from "./bytes";
import type { PublicKey } from "./keys";
import { cosignedAt, type Note, NoteKey, type Use } from "./note";
import { apart, type Group, judge, type Verdict } from "./quorum";
import { Refusal } from "./refusal";

const policyBytesMax = 64 * 1024;
const rowsMax = 64;
const nestingMax = 32;
const none = "none";

export interface Witness {
  readonly name: string;
  readonly cosigner: NoteKey;
}

/** Who signs, who cosigns, and which of them suffice. */
export class Policy {
  readonly logs: readonly NoteKey[];
  readonly witnesses: readonly Witness[];
  readonly groups: readonly Group[];
  readonly quorum: string;

  constructor(
    logs: readonly NoteKey[],
    witnesses: readonly Witness[],
    groups: readonly Group[],
    quorum: string,
  ) {
    this.logs = logs;
    this.witnesses = witnesses;
    this.groups = groups;
    this.quorum = quorum;
  }

  /** Throws `witness-policy-refused` and its kinds, with the number of the line in the message. */
  static parse(data: string | Uint8Array): Policy {
    const octets = typeof data === "string" ? utf8(data) : data;
    if (octets.length > policyBytesMax) {
      throw tooLarge(0, `a policy has at most ${policyBytesMax} bytes`);
    }
    const reading = new Reading();
    for (const [at, line] of lettersOf(octets).split("\n").entries()) {
      if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
        throw refused(at + 1, "control characters are not allowed");
      }
      const words = line.split(/[ \t]+/).filter((word) => word !== "");
      if (words[0] !== undefined && !words[0].startsWith("#")) reading.line(at + 1, words);
    }
    return reading.policy();
  }

  /** Whether no cosignature is asked for: whoever verifies must say so. */
  get isNone(): boolean {
    return this.quorum === none;
  }

  judge(cosigned: ReadonlySet<string>): Verdict {
    if (this.isNone) return { met: true, quorum: none, cosigned: [] };
    return judge(this.quorum, this.groups, cosigned);
  }

  /** Throws `witness-quorums-apart` unless any two quorums share a witness (formats §3). */
  requireOverlap(): void {
    const sides = this.isNone ? undefined : apart(this.quorum, this.groups);
    if (sides) {
      const [left, right] = sides.map((side) => side.sort().map(readable).join(" + "));
      throw new Refusal("witness-quorums-apart", `${left} suffices, and so does ${right}`);
    }
  }

  /** Whether a log of these keys can begin with it. */
  requireOfLog(keys: readonly PublicKey[]): void {
    const log = this.logs[0];
    if (log) throw new Refusal("witness-policy-not-of-log", `it names the log ${log.name}`);
    for (const { name, cosigner } of this.witnesses) {
      if (keys.some((key) => key.equals(cosigner.key))) {
        const said = `the key of ${readable(name)} is one of the log's own`;
        throw new Refusal("witness-policy-not-of-log", said);
      }
    }
    this.requireOverlap();
  }

  /** The newest time of each witness that cosigned, by its name; throws `note-signature-fails`. */
  async cosignTimes(note: Note): Promise<Map<string, bigint>> {
    const times = new Map<string, bigint>();
    const known = this.witnesses.map((witness) => witness.cosigner);
    for (const [key, line] of await note.signedBy(known)) {
      const name = this.witnesses.find((witness) => witness.cosigner === key)?.name ?? "";
      const [time, before] = [cosignedAt(line.signature), times.get(name)];
      if (before === undefined || time > before) times.set(name, time);
    }
    return times;
  }
}

/** A word of a policy as it is shown. */
export function readable(word: string): string {
  return text(Uint8Array.from(word, (letter) => letter.charCodeAt(0))) ?? word;
}

class Reading {
  private readonly logs: NoteKey[] = [];
  private readonly witnesses: Witness[] = [];
  private readonly groups: Group[] = [];
  private readonly depths = new Map<string, number>();
  private readonly members = new Set<string>();
  private quorum: string | undefined;

  line(number: number, words: readonly string[]): void {
    const [kind, ...rest] = words;
    if (kind === "log") this.log(number, rest);
    else if (kind === "witness") this.witness(number, rest);
    else if (kind === "group") this.group(number, rest);
    else if (kind === "quorum") this.quorumLine(number, rest);
    else throw refused(number, "it begins with none of log, witness, group, quorum");
  }

  policy(): Policy {
    if (this.quorum === undefined) throw refused(0, "a policy has one quorum line");
    return new Policy(this.logs, this.witnesses, this.groups, this.quorum);
  }

  private log(number: number, words: readonly string[]): void {
    const [vkey, , more] = words;
    if (vkey === undefined || more !== undefined) {
      throw refused(number, "`log <vkey> [<url>]` is expected");
    }
    limit(number, this.logs.length, "logs");
    this.logs.push(this.key("log", vkey, number));
  }

  private witness(number: number, words: readonly string[]): void {
    const [name, vkey, , more] = words;
    if (name === undefined || vkey === undefined || more !== undefined) {
      throw refused(number, "`witness <name> <vkey> [<url>]` is expected");
    }
    limit(number, this.witnesses.length, "witnesses");
    this.define(name, 0, number);
    this.witnesses.push({ name, cosigner: this.key("witness", vkey, number) });
  }

  private group(number: number, words: readonly string[]): void {
    const [name, kind, ...members] = words;
    if (name === undefined || kind === undefined || members.length === 0) {
      throw refused(number, "`group <name> all|any|<k> <member>…` is expected");
    }
    limit(number, this.groups.length, "groups");
    for (const one of members) this.join(one, number);
    const depth = 1 + Math.max(...members.map((one) => this.depths.get(one) ?? 0));
    if (depth > nestingMax) throw tooLarge(number, `groups are nested at most ${nestingMax} deep`);
    this.define(name, depth, number);
    this.groups.push({ name, threshold: needed(kind, members.length, number), members });
  }

  private quorumLine(number: number, words: readonly string[]): void {
    const [name, more] = words;
    if (name === undefined || more !== undefined) {
      throw refused(number, "`quorum <name>` is expected");
    }
    if (this.quorum !== undefined) throw refused(number, "a policy has one quorum line");
    if (name !== none) this.known(name, number);
    this.quorum = name;
  }

  private define(name: string, depth: number, number: number): void {
    if (name === none || this.depths.has(name)) throw nameRefused(number, "the name is taken");
    this.depths.set(name, depth);
  }

  private known(name: string, number: number): void {
    if (!this.depths.has(name)) {
      throw nameRefused(number, `${readable(name).slice(0, 80)} is not defined above this line`);
    }
  }

  private join(name: string, number: number): void {
    this.known(name, number);
    if (this.members.has(name)) {
      throw nameRefused(number, `${readable(name).slice(0, 80)} is a member of a group already`);
    }
    this.members.add(name);
  }

  private key(use: Use, word: string, number: number): NoteKey {
    let key: NoteKey;
    try {
      key = NoteKey.parse(use, readable(word));
    } catch (error) {
      if (error instanceof Refusal) throw keyRefused(number, error.message);
      throw error;
    }
    const others = use === "log" ? this.logs : this.witnesses.map((one) => one.cosigner);
    if (others.some((other) => other.key.equals(key.key))) {
      throw keyRefused(number, `the key of ${key.name} stands in an earlier line`);
    }
    return key;
  }
}

function needed(kind: string, members: number, number: number): number {
  if (kind === "any") return 1;
  if (kind === "all") return members;
  const count = /^[1-9][0-9]{0,3}$/.test(kind) ? Number(kind) : 0;
  if (count === 0 || count > members) {
    throw refused(number, `a threshold is all, any, or 1 to ${members}`);
  }
  return count;
}

function limit(number: number, count: number, what: string): void {
  if (count >= rowsMax) throw tooLarge(number, `a policy names at most ${rowsMax} ${what}`);
}

function lettersOf(octets: Uint8Array): string {
  let letters = "";
  for (const octet of octets) letters += String.fromCharCode(octet);
  return letters;
}

function at(number: number, detail: string): string {
  return number ? `line ${number}: ${detail}` : detail;
}

function refused(number: number, detail: string): Refusal {
  return new Refusal("witness-policy-refused", at(number, detail));
}

function tooLarge(number: number, detail: string): Refusal {
  return new Refusal("witness-policy-too-large", at(number, detail));
}

function nameRefused(number: number, detail: string): Refusal {
  return new Refusal("witness-policy-name", at(number, detail));
}

function keyRefused(number: number, detail: string): Refusal {
  return new Refusal("witness-policy-key", at(number, detail));
}
