/** What a verified bundle states. The words stand in words.json, which `tallystick verify` reads too. */

/**
 * proven: rests on checkpoint and pin, and on heads where it says complete, current or absent.
 * authentic: in the log, not proven complete or current. note: what must be said beside.
 */
export type Grade = "proven" | "authentic" | "note";

export type Value = string | number | bigint | null;

export interface Statement {
  readonly says: string;
  readonly grade: Grade;
  readonly members: Readonly<Record<string, Value>>;
}

type Members = Readonly<Record<string, Value>>;

export function state(grade: Grade, says: string, members: Members = {}): Statement {
  return { says, grade, members };
}

export function proven(says: string, members: Members = {}): Statement {
  return state("proven", says, members);
}

export function authentic(says: string, members: Members = {}): Statement {
  return state("authentic", says, members);
}

export function note(says: string, members: Members = {}): Statement {
  return state("note", says, members);
}
