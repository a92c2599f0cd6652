/**
 * Disclosure of parts of a body (formats §6): one salted leaf for each scalar or empty container.
 *
 * Leaf = SHA-256(0x00 ‖ salt_i ‖ RFC 8785 of [pointer, value]), salt_i = HMAC-SHA256(salt of the body,
 * "tallystick/field/v1\n" ‖ pointer); pointers by RFC 6901, ordered by their UTF-8 bytes; RFC 6962 tree.
 */
import { type Bytes, compare, concat, utf8 } from "./bytes";
import { decode, encode, isMembers, type Json, member } from "./canonical";
import { hmacSha256 } from "./hash";
import { leafHash, rootOf } from "./merkle";
import { Refusal } from "./refusal";

const domain = utf8("tallystick/field/v1\n");

/** Of the pointers of all values in a body, in UTF-8: a name is in that of everything below it. */
const pointersBytesMax = 2 ** 24;

/** (Pointer, value) of each scalar, empty object or empty array, in any order; throws `not-canonical`. */
export function fields(value: Json): [string, Json][] {
  const found: [string, Json][] = [];
  const todo: [string, Json][] = [["", value]];
  let left = pointersBytesMax;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [pointer, held] = next;
    const names = typeof held === "object" && held !== null ? Object.keys(held) : [];
    if (names.length === 0) found.push(next);
    for (const name of names) {
      const way = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      left -= utf8(way).length;
      if (left < 0) {
        throw new Refusal("not-canonical", `pointers of more than ${pointersBytesMax} bytes`);
      }
      todo.push([way, below(held, name)]);
    }
  }
  return found;
}

function below(value: Json, name: string): Json {
  if (Array.isArray(value)) return value[Number(name)] ?? null;
  return isMembers(value) ? (member(value, name) ?? null) : null;
}

export function fieldSalt(salt: Bytes, pointer: string): Bytes {
  return hmacSha256(salt, concat(domain, utf8(pointer)));
}

/** The leaf of a field from its own salt. */
export function fieldLeaf(ownSalt: Bytes, pointer: string, value: Json): Bytes {
  return leafHash(concat(ownSalt, encode([pointer, value])));
}

/** The root over the fields of a body; throws `not-canonical`. */
export function fieldsRoot(salt: Bytes, body: Bytes): Bytes {
  const ordered = fields(decode(body))
    .map(([pointer, value]): [Bytes, string, Json] => [utf8(pointer), pointer, value])
    .sort(([left], [right]) => compare(left, right));
  return rootOf(
    ordered.map(([, pointer, value]) => fieldLeaf(fieldSalt(salt, pointer), pointer, value)),
  );
}
