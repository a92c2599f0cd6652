/**
 * Bundles with what Python says of them: a folder with `expected.json`, and `said.json` with the same in
 * words, which tests/app/verifier makes and names in TALLYSTICK_BUNDLES.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge } from "../src/bundle/verify";
import { readPins } from "../src/page/pins";
import { asJson } from "../src/page/result";
import { say } from "../src/page/say";

interface Expected {
  readonly name: string;
  readonly pins: Readonly<Record<string, string>>;
  readonly error: string | null;
  readonly statements: readonly unknown[];
}

const folder = process.env["TALLYSTICK_BUNDLES"];

function read(name: string): string {
  return readFileSync(join(folder ?? "", name), "utf-8");
}

describe.skipIf(folder === undefined)("bundles", () => {
  const { cases } = folder ? JSON.parse(read("expected.json")) : { cases: [] };
  const inWords = folder ? JSON.parse(read("said.json")) : {};
  test.each(cases as Expected[])("$name", async ({ name, pins, error, statements }) => {
    const data = new Uint8Array(readFileSync(join(folder ?? "", `${name}.tally`)));
    const found = await judge(data, readPins(Object.values(pins).join("\n")));
    const told = JSON.parse(asJson(found));
    expect(told.error?.code ?? null).toEqual(error);
    expect(told.statements).toEqual(statements);
    for (const language of ["en", "zh"] as const) {
      const said = found.statements.map((statement) => say(statement, language));
      expect(said).toEqual(inWords[name][language]);
    }
  });
});
