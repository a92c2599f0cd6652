/**
 * Proofs from the map of heads: which entries touched a name, and that no other did (formats §3, `heads`).
 *
 * Key = SHA-256(kind ‖ 0x00 ‖ name). Value = SHA-256(RFC 8785 of [count, hex h_count]) with
 * h_k = SHA-256(h_{k−1} ‖ leaf hash of the k-th entry that touched the name), h_0 = 32 zero bytes. Empty
 * subtree = 32 zero bytes; one leaf = SHA-256(0x02 ‖ key ‖ value); else SHA-256(0x03 ‖ left ‖ right). Bits of
 * a key are read from the most significant one on, 0 to the left.
 */
import { type Bytes, equal, hex, unhex, utf8 } from "./bytes";
import { encode, hasExactly, isMembers, type Json, member } from "./canonical";
import { hex32 } from "./forms";
import { sha256 } from "./hash";
import { Refusal } from "./refusal";

const keyBits = 256;
const nothing: Bytes = new Uint8Array(32);
const leafMark = Uint8Array.of(2);
const innerMark = Uint8Array.of(3);

/** All that the log says of a name at a block: `leaves` in the order of their indexes, none if absent. */
export interface HeadProof {
  readonly kind: string;
  readonly name: string;
  readonly leaves: readonly Bytes[];
  readonly path: readonly Bytes[];
  /** Key and value of the one leaf that stands where an absent key would. */
  readonly other?: readonly [Bytes, Bytes];
}

export function headKey(kind: string, name: string): Bytes {
  return sha256(utf8(`${kind}\x00${name}`));
}

/** Throws `head-proof-refused`. */
export function readHeadProof(document: Json): HeadProof {
  const names = ["kind", "name", "leaves", "path"];
  if (
    !isMembers(document) ||
    !(hasExactly(document, names) || hasExactly(document, [...names, "other"]))
  ) {
    throw refused("a head is {kind, name, leaves, path, other?}");
  }
  const { kind, name } = document as { kind?: Json; name?: Json };
  if (typeof kind !== "string" || typeof name !== "string") {
    throw refused("a head is {kind, name, leaves, path, other?}");
  }
  if (`${kind}${name}`.includes("\x00")) throw refused("neither holds the character U+0000");
  const [leaves, path] = [hashes(member(document, "leaves")), hashes(member(document, "path"))];
  if (path.length > keyBits) throw refused(`a path has at most ${keyBits} hashes`);
  const other = member(document, "other");
  return { kind, name, leaves, path, ...(other === undefined ? {} : { other: readOther(other) }) };
}

/** Against the `heads` of a block; throws `head-proof-refused`. */
export function verifyHead(head: HeadProof, root: Bytes): void {
  const key = headKey(head.kind, head.name);
  if (!equal(climb(key, head.path, standing(head, key)), root)) {
    const said = head.leaves.length ? `${head.leaves.length} entries` : "absence";
    throw refused(`${said} of ${head.kind} ${head.name}`);
  }
}

/** The hash of what stands at the end of the way. */
function standing(head: HeadProof, key: Bytes): Bytes {
  const { leaves, other, path } = head;
  if (leaves.length > 0) {
    if (other) throw refused("a name that is there has no other leaf in its place");
    return sha256(leafMark, key, headValue(leaves));
  }
  if (!other) return nothing;
  const [found, value] = other;
  if (equal(found, key)) throw refused("the leaf that stands there is the name itself");
  if (path.some((_, depth) => bit(found, depth) !== bit(key, depth))) {
    throw refused("the other leaf does not stand where this name would");
  }
  return sha256(leafMark, found, value);
}

/** What the map says of a name that the entries of these leaf hashes touched. */
export function headValue(leaves: readonly Bytes[]): Bytes {
  const chain = leaves.reduce((before, leaf) => sha256(before, leaf), nothing);
  return sha256(encode([leaves.length, hex(chain)]));
}

function climb(key: Bytes, path: readonly Bytes[], start: Bytes): Bytes {
  let node = start;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const aside = path[depth] ?? nothing;
    node = bit(key, depth) ? sha256(innerMark, aside, node) : sha256(innerMark, node, aside);
  }
  return node;
}

/** Which way the key goes at a depth: 0 left, 1 right. */
function bit(key: Bytes, depth: number): number {
  return ((key[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1;
}

function readOther(document: Json): [Bytes, Bytes] {
  if (!isMembers(document) || !hasExactly(document, ["key", "value"])) {
    throw refused("the other leaf is {key, value}");
  }
  return [hash(document["key"]), hash(document["value"])];
}

function hashes(value: Json | undefined): Bytes[] {
  if (!Array.isArray(value)) throw refused("a head is {kind, name, leaves, path, other?}");
  return value.map(hash);
}

function hash(value: Json | undefined): Bytes {
  const data = typeof value === "string" && hex32.test(value) ? unhex(value) : undefined;
  if (data === undefined) throw refused("a hash is 64 digits of lower-case hex");
  return data;
}

function refused(detail: string): Refusal {
  return new Refusal("head-proof-refused", detail);
}
