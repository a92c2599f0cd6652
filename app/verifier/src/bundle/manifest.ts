/** `bundle.json`: of which log the bundle is, and which statements are to be computed from it. */
import { type Bytes, hex } from "../bytes";
import { decodeObject, encode, hasExactly, isMembers, type Json, member } from "../canonical";
import { characters } from "../forms";
import { Refusal, refusedAs } from "../refusal";

const requestsMax = 1000;
const textCharsMax = 300;
const numberMax = 10 ** 15 - 1;

/** The members of a request by what it is about, and whether each is a text or a number ≥ 0. */
const forms = {
  entry: { index: "number" },
  custody: { item: "string" },
  certificate: { certificate: "string" },
  key: { key: "string" },
  "key-at": { key: "string", index: "number" },
  "not-revoked": { key: "string" },
  "never-confirmed": { invoice: "string", line: "number" },
  absent: { kind: "string", name: "string" },
  record: { handle: "string", index: "number" },
} as const;

export type About = keyof typeof forms;

export interface Request {
  readonly about: About;
  text(name: string): string;
  number(name: string): number;
}

export interface Manifest {
  readonly origin: string;
  readonly requests: readonly Request[];
}

/** Throws `bundle-manifest-refused`. */
export function parseManifest(data: Bytes): Manifest {
  const told = refusedAs("bundle-manifest-refused", () => decodeObject(data));
  if (!hasExactly(told, ["bundle", "origin", "statements"])) {
    throw refused("it has the members bundle, origin and statements");
  }
  const { bundle, origin, statements } = told as Record<"bundle" | "origin" | "statements", Json>;
  if (bundle !== 1) throw refused("only bundles of version 1 are read");
  if (typeof origin !== "string" || !Array.isArray(statements)) {
    throw refused("origin is a text, statements a list");
  }
  if (statements.length === 0 || statements.length > requestsMax) {
    throw refused(`1 to ${requestsMax} statements are computed`);
  }
  const requests = statements.map(readRequest);
  if (new Set(statements.map((row) => hex(encode(row)))).size !== statements.length) {
    throw refused("a statement is asked for twice");
  }
  return { origin, requests };
}

function readRequest(row: Json): Request {
  if (!isMembers(row)) throw refused("a statement to compute is an object");
  const about = member(row, "about");
  if (typeof about !== "string" || !Object.hasOwn(forms, about)) {
    throw refused("a statement is about nothing that a bundle states");
  }
  const form: Record<string, "string" | "number"> = forms[about as About];
  if (!hasExactly(row, ["about", ...Object.keys(form)])) {
    throw refused(`${about} has the members ${Object.keys(form).join(", ")}`);
  }
  for (const [name, kind] of Object.entries(form)) {
    if (!fits(row[name], kind)) throw refused(`${about}: ${name} is not in its form`);
  }
  return {
    about: about as About,
    text: (name) => String(row[name]),
    number: (name) => Number(row[name]),
  };
}

function fits(value: Json | undefined, kind: "string" | "number"): boolean {
  if (typeof value === "number") return kind === "number" && 0 <= value && value <= numberMax;
  if (typeof value !== "string" || kind !== "string") return false;
  return value !== "" && characters(value) <= textCharsMax;
}

function refused(detail: string): Refusal {
  return new Refusal("bundle-manifest-refused", detail);
}
