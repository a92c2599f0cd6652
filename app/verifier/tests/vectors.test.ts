/** The vectors that Python, this program and Go share: tests/conformance/vectors at the repository's root. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Refusal } from "../src/refusal";
import { byLibrary, type Given, runners } from "./runners";

const folder = new URL("../../../tests/conformance/vectors/cases/", import.meta.url);

interface Row {
  readonly name: string;
  readonly given: Given;
  readonly gives?: unknown;
  readonly refused?: string;
}

async function outcome(name: string, given: Given): Promise<unknown> {
  try {
    return await runners[name]?.(given);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

test("each file of vectors is run here", () => {
  expect(files.sort()).toEqual(Object.keys(runners).sort());
});

describe.each(files)("%s", (name) => {
  const { cases } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf-8"));
  test.each(cases as Row[])("$name", async ({ given, gives, refused }) => {
    expect(await outcome(name, given)).toEqual(refused ?? gives);
  });
});

test("where a browser lacks WebCrypto, the library says the same", () => {
  const { cases } = JSON.parse(readFileSync(new URL("signatures.json", folder), "utf-8"));
  for (const { name, given, gives } of cases as Row[]) {
    expect({ verifies: byLibrary(given) }, name).toEqual(gives);
  }
});
