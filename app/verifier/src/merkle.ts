/** The Merkle tree of RFC 6962 §2.1 with SHA-256: hashing and the verification of proofs. */
import { type Bytes, equal } from "./bytes";
import { sha256, sha256Long } from "./hash";
import { Refusal } from "./refusal";

export const emptyRoot: Bytes = sha256();
const leafMark = Uint8Array.of(0);
const nodeMark = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Bytes {
  return sha256(leafMark, leaf);
}

export function leafHashLong(leaf: Uint8Array): Promise<Bytes> {
  return sha256Long(leafMark, leaf);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(nodeMark, left, right);
}

/** The root over leaf hashes. */
export function rootOf(leaves: readonly Bytes[]): Bytes {
  if (leaves.length === 0) return emptyRoot;
  let level = [...leaves];
  while (level.length > 1) {
    const above: Bytes[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1]];
      if (left) above.push(right ? nodeHash(left, right) : left);
    }
    level = above;
  }
  return level[0] ?? emptyRoot;
}

/** Throws `proof-refused` unless leaf hash `leaf` is at `index` of the tree (RFC 9162 §2.1.3.2). */
export function verifyInclusion(
  leaf: Bytes,
  index: bigint,
  size: bigint,
  path: readonly Bytes[],
  root: Bytes,
): void {
  if (index < 0n || index >= size) {
    throw refused(`leaf ${index} is not in a tree of ${size} leaves`);
  }
  const inner = bitLength(index ^ (size - 1n));
  if (path.length !== inner + ones(index >> BigInt(inner))) {
    throw refused("the inclusion proof has the wrong length");
  }
  let node = leaf;
  for (const [level, sibling] of path.entries()) {
    const left = level < inner && ((index >> BigInt(level)) & 1n) === 0n;
    node = left ? nodeHash(node, sibling) : nodeHash(sibling, node);
  }
  if (!equal(node, root)) throw refused(`leaf ${index} is not under this root`);
}

/** Throws `proof-refused` unless the second tree extends the first (RFC 9162 §2.1.4.2). */
export function verifyConsistency(
  first: bigint,
  second: bigint,
  root1: Bytes,
  root2: Bytes,
  path: readonly Bytes[],
): void {
  if (first <= 0n || first > second) {
    throw refused(`no consistency from size ${first} to ${second}`);
  }
  if (first === second) {
    if (path.length === 0 && equal(root1, root2)) return;
    throw refused("two trees of one size differ, or their proof is not empty");
  }
  const [start, ...rest] = (first & (first - 1n)) === 0n ? [root1, ...path] : path;
  if (start === undefined) throw refused("the consistency proof is empty");
  const [old, grown] = climb(start, rest, first - 1n, second - 1n);
  if (!equal(old, root1) || !equal(grown, root2)) {
    throw refused(`the tree of ${second} leaves does not extend the tree of ${first}`);
  }
}

/** Both roots that a consistency proof leads to. */
function climb(
  start: Bytes,
  path: readonly Bytes[],
  first: bigint,
  second: bigint,
): [Bytes, Bytes] {
  let [fn, sn] = [first, second];
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [old, grown] = [start, start];
  for (const sibling of path) {
    if (sn === 0n) throw refused("the consistency proof is too long");
    if (fn & 1n || fn === sn) {
      [old, grown] = [nodeHash(sibling, old), nodeHash(sibling, grown)];
      while (fn && !(fn & 1n)) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      grown = nodeHash(grown, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn) throw refused("the consistency proof is too short");
  return [old, grown];
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function ones(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}

function refused(detail: string): Refusal {
  return new Refusal("proof-refused", detail);
}
