/** What a bundle holds once it is verified: entries that are in the log, and heads that the log states. */
import type { Bytes } from "../bytes";
import type { Members } from "../canonical";
import type { Checkpoint } from "../checkpoint";
import type { Entry, Envelope } from "../entry";
import type { Reached } from "../governance/chain";
import type { NoteKey } from "../note";
import type { Policy } from "../policy";
import type { Verdict } from "../quorum";
import type { Anchor } from "./anchor";
import type { Manifest } from "./manifest";
import type { Shown } from "./shown";

/** An entry that stands at `index` under the checkpoint, with what is shown of its body. */
export interface Held {
  readonly index: number;
  readonly leafHash: string;
  readonly payloadHash: string;
  readonly envelope: Envelope;
  readonly entry: Entry;
  readonly body?: Bytes;
  readonly salt?: Bytes;
  readonly shown?: Shown;
}

/** All entries that touched a name, by index; none if the log knows no such name. */
export interface HeldHead {
  readonly kind: string;
  readonly name: string;
  readonly indexes: readonly number[];
}

/** What the user holds to be true, got by another way than the bundle. `genesis`: hex leaf hash of entry 0. */
export interface Pins {
  readonly logKeys: readonly NoteKey[];
  readonly genesis?: string;
  readonly policy?: Policy;
}

/** Of each pin that names log keys, which ones: the log's must be one of each. */
export function pinnedSets({ logKeys, policy }: Pins): (readonly NoteKey[])[] {
  return [logKeys, policy?.logs ?? []].filter((keys) => keys.length > 0);
}

/** Whether no log is pinned; a policy that names none pins none. */
export function isNothing(pins: Pins): boolean {
  return pins.genesis === undefined && pinnedSets(pins).length === 0;
}

/** A `ledger.block/1` of the log. */
export interface Block {
  readonly height: number;
  readonly size: number;
  readonly time: string;
  readonly heads: string;
}

/** Verified but for who signed. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly pins: Pins;
  readonly checkpoint: Checkpoint;
  readonly genesis: Members;
  readonly reached: Reached;
  readonly policy: Policy;
  readonly verdict: Verdict;
  readonly block: Block;
  /** By ascending index. */
  readonly entries: ReadonlyMap<number, Held>;
  readonly heads: readonly HeldHead[];
  readonly anchor?: Anchor;
}

export const noHeads = "0".repeat(64);

export function headOf(bundle: Bundle, kind: string, name: string): HeldHead | undefined {
  return bundle.heads.find((head) => head.kind === kind && head.name === name);
}

/** The index of the last block: what heads say holds of every entry before it. */
export function endOf(bundle: Bundle): number {
  return Number(bundle.checkpoint.size) - 1;
}
