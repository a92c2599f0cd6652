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

const domain = utf8("tallystick/field/v1\n");

/** (Pointer, value) of each scalar, empty object or empty array. */
export function fields(value: Json, pointer = ""): [string, Json][] {
  if (isMembers(value) && Object.keys(value).length > 0) {
    return Object.keys(value).flatMap((name) => {
      const escaped = name.replaceAll("~", "~0").replaceAll("/", "~1");
      return fields(member(value, name) ?? null, `${pointer}/${escaped}`);
    });
  }
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, position) => fields(item, `${pointer}/${position}`));
  }
  return [[pointer, value]];
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
