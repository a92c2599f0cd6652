/** Fields of a body shown without the others (formats §6): `disclosures/N.json`. */
import { type Bytes, compare, unhex, utf8 } from "../bytes";
import { decodeObject, hasExactly, isMembers, type Json } from "../canonical";
import { fieldLeaf } from "../disclosure";
import { hex32 } from "../forms";
import { verifyInclusion } from "../merkle";
import { Refusal, refusedAs } from "../refusal";

const fieldsMax = 10_000;
const sizeMax = 1_000_000;
const pathMax = 63;

/** One field; `value` is a scalar, or an empty container. */
export interface ShownField {
  readonly pointer: string;
  readonly value: Json;
  readonly salt: Bytes;
  readonly position: number;
  readonly path: readonly Bytes[];
}

export interface Shown {
  readonly size: number;
  readonly fields: readonly ShownField[];
}

/** Against `fields_root`; throws `bundle-field-differs`. */
export function openShown(data: Bytes, fieldsRoot: Bytes): Shown {
  const shown = parseShown(data);
  for (const { pointer, value, salt, position, path } of shown.fields) {
    const leaf = fieldLeaf(salt, pointer, value);
    refusedAs("bundle-field-differs", () =>
      verifyInclusion(leaf, BigInt(position), BigInt(shown.size), path, fieldsRoot),
    );
  }
  return shown;
}

function parseShown(data: Bytes): Shown {
  const told = refusedAs("bundle-field-differs", () => decodeObject(data));
  const { fields: rows, size } = told as { fields?: Json; size?: Json };
  if (!hasExactly(told, ["fields", "size"]) || !Array.isArray(rows)) {
    throw differs("a disclosure has fields and size");
  }
  if (
    typeof size !== "number" ||
    !(0 < size && size <= sizeMax && 0 < rows.length && rows.length <= fieldsMax)
  ) {
    throw differs("size, or the number of fields, is out of bounds");
  }
  const fields = rows.map(readField);
  for (const [at, right] of fields.entries()) {
    const left = fields[at - 1];
    if (left && !isBefore(left, right)) throw differs(`${right.pointer} is out of order`);
  }
  return { size, fields };
}

function isBefore(left: ShownField, right: ShownField): boolean {
  return left.position < right.position && compare(utf8(left.pointer), utf8(right.pointer)) < 0;
}

function readField(row: Json): ShownField {
  const names = ["path", "pointer", "position", "salt", "value"];
  if (!isMembers(row) || !hasExactly(row, names)) throw malformed();
  const { path, pointer, position, salt } = row as Record<string, Json>;
  if (
    !Array.isArray(path) ||
    path.length > pathMax ||
    typeof pointer !== "string" ||
    typeof position !== "number"
  ) {
    throw malformed();
  }
  const value = row["value"] ?? null;
  const full = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  const hashes = path.map(hash);
  if (full) throw differs(`${pointer} is no scalar and no empty container`);
  return { pointer, value, salt: hash(salt), position, path: hashes };
}

function hash(value: Json | undefined): Bytes {
  const data = typeof value === "string" && hex32.test(value) ? unhex(value) : undefined;
  if (data === undefined) throw differs("a hash is 64 digits of lower-case hex");
  return data;
}

function malformed(): Refusal {
  return differs("a field has path, pointer, position, salt and value");
}

function differs(detail: string): Refusal {
  return new Refusal("bundle-field-differs", detail);
}
