/** What comes of a vector's `given`, by this program. */
import { openCertificate, proveQuorum, type QuorumText } from "../src/bls";
import { type Bytes, hex, unbase64, unhex } from "../src/bytes";
import { decode, isMembers, type Json, type Members, member } from "../src/canonical";
import {
  openCheckpoint,
  parseExtendedCheckpoint,
  parseProofFile,
  verifyProofFile,
} from "../src/checkpoint";
import { fieldLeaf, fieldSalt, fields, fieldsRoot } from "../src/disclosure";
import { checkSignature, pae, parseEntry, parseEnvelope } from "../src/entry";
import { readHeadProof, verifyHead } from "../src/heads";
import { ED25519, ed25519ByLibrary, PublicKey, p256ByLibrary } from "../src/keys";
import { leafHash, verifyConsistency, verifyInclusion } from "../src/merkle";
import { Note, NoteKey, type Use } from "../src/note";
import { Policy, readable } from "../src/policy";
import { Refusal } from "../src/refusal";

export type Given = Members;

type Runner = (given: Given) => unknown;

export const runners: Readonly<Record<string, Runner>> = {
  canonical: (given) => {
    decode(raw(given, "data"));
    return {};
  },
  "public-keys": (given) => ({ fingerprint: PublicKey.fromJwk(given["jwk"]).fingerprint() }),
  signatures: async (given) => {
    const key = PublicKey.fromJwk(given["jwk"]);
    return { verifies: await key.verifies(raw(given, "signature"), raw(given, "message")) };
  },
  envelopes: async (given) => {
    const leaf = raw(given, "envelope");
    const envelope = parseEnvelope(leaf);
    parseEntry(envelope.payload);
    for (const signature of envelope.signatures) {
      const key = registered(member(objectOf(given["keys"]), signature.keyid));
      await checkSignature(signature, key, pae(envelope.payload));
    }
    return { leaf_hash: hex(leafHash(leaf)) };
  },
  disclosure: (given) => {
    const [salt, body] = [raw(given, "salt"), raw(given, "body")];
    const root = hex(fieldsRoot(salt, body));
    const rows = fields(decode(body)).map(([pointer, value]) => {
      const own = fieldSalt(salt, pointer);
      return [pointer, hex(own), hex(fieldLeaf(own, pointer, value))];
    });
    rows.sort(([left = ""], [right = ""]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    return { root, fields: rows };
  },
  inclusion: (given) => {
    const [index, size] = [big(given, "index"), big(given, "size")];
    verifyInclusion(bytes(given, "leaf"), index, size, path(given), bytes(given, "root"));
    return {};
  },
  consistency: (given) => {
    const [first, second] = [big(given, "first"), big(given, "second")];
    verifyConsistency(first, second, bytes(given, "root1"), bytes(given, "root2"), path(given));
    return {};
  },
  "verifier-keys": (given) => {
    const key = NoteKey.parse(textOf(given, "use") as Use, textOf(given, "vkey"));
    return { name: key.name, key_id: key.keyId };
  },
  notes: async (given) => {
    const note = Note.read(raw(given, "note"));
    const known = (given["vkeys"] as string[]).map((vkey) => NoteKey.parse("log", vkey));
    const signed = await note.signedBy(known);
    return { text: note.text, signed: signed.map(([key]) => key.name) };
  },
  checkpoints: async (given) => {
    const found = await openCheckpoint(textOf(given, "note"), log(given));
    return { origin: found.origin, size: String(found.size), root: hex(found.root) };
  },
  "proof-files": async (given) => {
    const proof = parseProofFile(textOf(given, "proof"));
    const found = await verifyProofFile(proof, bytes(given, "leaf"), log(given));
    return { index: String(proof.index), size: String(found.size) };
  },
  heads: (given) => {
    verifyHead(readHeadProof(given["head"] ?? null), bytes(given, "root"));
    return {};
  },
  policies: (given) => {
    const policy = Policy.parse(raw(given, "policy"));
    try {
      policy.requireOverlap();
    } catch (error) {
      if (error instanceof Refusal) return { quorum: readable(policy.quorum), overlap: error.code };
      throw error;
    }
    return { quorum: readable(policy.quorum), overlap: "" };
  },
  cosignatures: cosigned,
  "quorum-texts": (given) => {
    const { threshold, signers } = proven(given);
    return { threshold, signers: signers.map(({ name }) => name) };
  },
  "quorum-certificates": (given) => {
    return { signers: openCertificate(Note.read(raw(given, "note")), proven(given)) };
  },
};

function proven(given: Given): QuorumText {
  return proveQuorum(textOf(given, "text"), given["possessions"] as string[]);
}

async function cosigned(given: Given): Promise<unknown> {
  const policy = Policy.parse(textOf(given, "policy"));
  const [note, key] = [Note.read(raw(given, "note")), log(given)];
  if (policy.logs.length > 0 && !policy.logs.some((one) => one.equals(key))) {
    throw new Refusal("checkpoint-refused", "the policy does not name this key");
  }
  const checkpoint = parseExtendedCheckpoint(note.text);
  if ((await note.signedBy([key])).length === 0 || checkpoint.origin !== key.name) {
    throw new Refusal("checkpoint-refused", "the log has not signed");
  }
  const times = await policy.cosignTimes(note);
  const { met } = policy.judge(new Set(times.keys()));
  const shown = Object.fromEntries(
    [...times].map(([name, time]) => [readable(name), String(time)]),
  );
  return { size: String(checkpoint.size), met, times: shown };
}

function registered(told: Json | undefined): PublicKey {
  if (told === undefined) throw new Refusal("signature-invalid", "no key is registered");
  const { jwk, webauthn } = objectOf(told) as { jwk?: Json; webauthn?: Json };
  const key = PublicKey.fromJwk(jwk);
  if (webauthn === undefined) return key;
  const site = objectOf(webauthn);
  return key.asPasskey({ rpId: textOf(site, "rp_id"), origin: textOf(site, "origin") });
}

function log(given: Given): NoteKey {
  return NoteKey.parse("log", textOf(given, "vkey"));
}

function objectOf(value: Json | undefined): Members {
  if (!isMembers(value)) throw new Error("the vector has no object here");
  return value;
}

function textOf(given: Given, name: string): string {
  const value = given[name];
  if (typeof value !== "string") throw new Error(`the vector has no text ${name}`);
  return value;
}

function raw(given: Given, name: string): Bytes {
  return unbase64(textOf(given, name)) ?? new Uint8Array();
}

function bytes(given: Given, name: string): Bytes {
  return unhex(textOf(given, name)) ?? new Uint8Array();
}

function big(given: Given, name: string): bigint {
  return BigInt(textOf(given, name));
}

function path(given: Given): Bytes[] {
  return (given["path"] as string[]).map((node) => unhex(node) ?? new Uint8Array());
}

/** Whether a signature verifies, without WebCrypto. */
export function byLibrary(given: Given): boolean {
  const key = PublicKey.fromJwk(given["jwk"]);
  const [signature, message] = [raw(given, "signature"), raw(given, "message")];
  if (signature.length !== 64) return false;
  const verify = key.suite === ED25519 ? ed25519ByLibrary : p256ByLibrary;
  return verify(key.raw, signature, message);
}
