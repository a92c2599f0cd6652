/** Verifying a bundle from its bytes to its statements (docs/reference/bundle-format.md). No network, no clock. */
import { type Bytes, hex } from "../bytes";
import { readable } from "../policy";
import { Refusal } from "../refusal";
import {
  aboutAbsent,
  aboutEntry,
  aboutItem,
  aboutKey,
  aboutKeyAt,
  neverConfirmed,
  notRevoked,
} from "./about";
import { aboutCertificate } from "./certificates";
import { Facts } from "./facts";
import { type Bundle, noHeads, type Pins } from "./held";
import type { About, Request } from "./manifest";
import { openBundle } from "./opening";
import { aboutRecord } from "./records";
import { checkSigners } from "./signers";
import { note, proven, type Statement } from "./statements";
import type { Step } from "./step";

const computed: Readonly<Record<About, (facts: Facts, asked: Request) => Iterable<Statement>>> = {
  entry: aboutEntry,
  custody: aboutItem,
  certificate: aboutCertificate,
  key: aboutKey,
  "key-at": aboutKeyAt,
  "not-revoked": notRevoked,
  "never-confirmed": neverConfirmed,
  absent: aboutAbsent,
  record: aboutRecord,
};

/** What came of it: statements, or the one reason why it is refused. */
export interface Outcome {
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly statements: readonly Statement[];
}

/** All that follows from a bundle; throws `bundle-nothing-pinned` and what is wrong with the bundle. */
export async function verify(
  data: Bytes,
  pins: Pins,
  step: Step = async () => {},
): Promise<Statement[]> {
  const bundle = await openBundle(data, pins, step);
  const facts = new Facts(bundle, await checkSigners(bundle, step));
  const found = [...aboutLog(bundle), facts.signers.statement];
  for (const request of bundle.manifest.requests) {
    found.push(...computed[request.about](facts, request));
  }
  return found;
}

/** As `verify`, with a refusal as a value. */
export async function judge(data: Bytes, pins: Pins, step?: Step): Promise<Outcome> {
  try {
    return { error: null, statements: await verify(data, pins, step) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { error: { code: error.code, detail: error.message }, statements: [] };
  }
}

function* aboutLog(bundle: Bundle): Generator<Statement> {
  const { checkpoint, pins, policy, verdict, block, anchor } = bundle;
  const { origin, size, root } = checkpoint;
  yield proven("log", { origin, size: Number(size), root: hex(root), time: block.time });
  if (origin.endsWith("/simulated")) yield note("log.simulated", { origin });
  if (pins.logKeys.length > 0) yield proven("pin.log-key");
  if (pins.genesis !== undefined) yield proven("pin.genesis");
  if (pins.policy !== undefined) yield proven("pin.policy");
  if (policy.isNone) yield note("policy.none");
  else {
    const names = policy.witnesses.map(({ name }) => name);
    const having = names.filter((name) => verdict.cosigned.includes(name)).map(readable);
    yield proven("policy.final", {
      witnesses: having.join(", "),
      quorum: readable(policy.quorum),
    });
  }
  if (anchor) yield note("anchor.claimed", { ...anchor });
  if (block.heads === noHeads) yield note("heads.none");
}
