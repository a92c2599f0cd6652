/** What the user pins, as one text: verifier keys, a genesis hash, a policy; got by another way than the bundle. */
import type { Pins } from "../bundle/held";
import { hex32 } from "../forms";
import { NoteKey } from "../note";
import { Policy } from "../policy";

const policyLine = /^[ \t]*(?:log|witness|group|quorum)[ \t]/;

/**
 * Lines of 64 hex digits are a genesis, lines with two `+` a log key, and lines of tlog-policy a policy.
 *
 * Throws `verifier-key-refused`, or `witness-policy-refused` and its kinds.
 */
export function readPins(given: string): Pins {
  const lines = given.split("\n").map((line) => line.trim());
  const spoken = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const policy = spoken.some((line) => policyLine.test(`${line} `))
    ? Policy.parse(`${spoken.filter((line) => policyLine.test(`${line} `)).join("\n")}\n`)
    : undefined;
  const others = spoken.filter((line) => !policyLine.test(`${line} `));
  const genesis = others.find((line) => hex32.test(line));
  const keys = others.filter((line) => !hex32.test(line)).map((line) => NoteKey.parse("log", line));
  return {
    logKeys: keys,
    ...(genesis === undefined ? {} : { genesis }),
    ...(policy === undefined ? {} : { policy }),
  };
}

const place = "tallystick.verifier.pins";

/** What was pinned before; nothing where the browser keeps nothing for this page. */
export function remembered(): string {
  try {
    return localStorage.getItem(place) ?? "";
  } catch {
    return "";
  }
}

/** Whether the browser keeps it. */
export function remember(given: string): boolean {
  try {
    if (given === "") localStorage.removeItem(place);
    else localStorage.setItem(place, given);
    return true;
  } catch {
    return false;
  }
}
