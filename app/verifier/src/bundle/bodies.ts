/**
 * Bodies of entries in their form.
 *
 * The forms are those of the product's own models, as JSON Schema in `bodies.json` (written by
 * `python -m tests.conformance.vectors`, compared by a test). Only what these models use is understood here.
 */
import { decodeObject, isMembers, type Json, type Members, member } from "../canonical";
import { characters } from "../forms";
import schemas from "./bodies.json";
import type { Held } from "./held";

/** Forms of parts of bodies, whatever else these hold (`app/bundles/proposed.py`, `issued.py`). */
export type Form = "approval" | "dismissal" | "admission" | "signed-policy" | "policy-terms";

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  /** Names that fit none of these are refused, as the models do. */
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const known = schemas as unknown as Readonly<Record<string, Schema>>;
const patterns = new Map<string, RegExp>();
/** A bundle may ask for a thousand statements, each of which looks through all bodies. */
const read = new WeakMap<Held, { readonly body: Members | undefined }>();

/** The body of an entry of this type, if it is shown and in its form. */
export function bodyOf(held: Held, entryType: string): Members | undefined {
  const schema = known[entryType];
  if (schema === undefined) throw new Error(`no form of ${entryType} is known`);
  if (held.entry.type !== entryType || held.body === undefined) return undefined;
  const before = read.get(held);
  if (before !== undefined) return before.body;
  const told = decodeObject(held.body);
  const body = fits(told, schema, schema) ? told : undefined;
  read.set(held, { body });
  return body;
}

/** Whether a body, or the fields of it that are shown, have the members that a part names. */
export function fitsForm(value: Members, form: Form): boolean {
  const schema = known[form];
  if (schema === undefined) throw new Error(`no form of ${form} is known`);
  return fits(value, schema, schema);
}

function fits(value: Json, schema: Schema, root: Schema): boolean {
  if (schema.$ref !== undefined) {
    const named = root.$defs?.[schema.$ref.replace("#/$defs/", "")];
    return named !== undefined && fits(value, named, root);
  }
  if (schema.anyOf) return schema.anyOf.some((one) => fits(value, one, root));
  if (schema.const !== undefined && value !== schema.const) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (schema.type === "null") return value === null;
  if (schema.type === "boolean") return typeof value === "boolean";
  if (schema.type === "integer") return typeof value === "number" && within(value, schema);
  if (schema.type === "string") return typeof value === "string" && isText(value, schema);
  if (schema.type === "array") return Array.isArray(value) && isList(value, schema, root);
  return isMembers(value) && isObject(value, schema, root);
}

function within(value: number, { minimum, maximum, exclusiveMinimum }: Schema): boolean {
  return (
    value >= (minimum ?? value) &&
    value <= (maximum ?? value) &&
    (exclusiveMinimum === undefined || value > exclusiveMinimum)
  );
}

function isText(value: string, { minLength, maxLength, pattern }: Schema): boolean {
  const length = characters(value);
  if (length < (minLength ?? 0) || length > (maxLength ?? length)) return false;
  return pattern === undefined || matches(value, pattern);
}

function isList(value: readonly Json[], schema: Schema, root: Schema): boolean {
  const { items, minItems, maxItems } = schema;
  if (value.length < (minItems ?? 0) || value.length > (maxItems ?? value.length)) return false;
  return items === undefined || value.every((item) => fits(item, items, root));
}

function isObject(value: Members, schema: Schema, root: Schema): boolean {
  if (!(schema.required ?? []).every((name) => Object.hasOwn(value, name))) return false;
  if (Object.keys(value).length > (schema.maxProperties ?? Number.POSITIVE_INFINITY)) return false;
  return Object.keys(value).every((name) => {
    if (schema.propertyNames && !fits(name, schema.propertyNames, root)) return false;
    const form = formOf(name, schema);
    return typeof form === "object" ? fits(member(value, name) ?? null, form, root) : form;
  });
}

/** The form of a member of this name, or whether it may have any. */
function formOf(name: string, schema: Schema): Schema | boolean {
  const { properties = {}, patternProperties, additionalProperties = true } = schema;
  if (Object.hasOwn(properties, name)) return properties[name] ?? false;
  if (patternProperties === undefined) return additionalProperties;
  const found = Object.entries(patternProperties).find(([form]) => matches(name, form));
  return found?.[1] ?? false;
}

function matches(value: string, pattern: string): boolean {
  const form = patterns.get(pattern) ?? new RegExp(pattern, "u");
  patterns.set(pattern, form);
  return form.test(value);
}
