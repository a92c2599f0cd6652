/** The one error of this program: it has a code of Tallystick's list (docs/reference/errors.md). */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = "Refusal";
    this.code = code;
  }
}

/** What `work` gives; a refusal in it comes out under another code, as the caller's document rules. */
export function refusedAs<T>(code: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(code, error.message);
    throw error;
  }
}
