/** The result as it is shown: a verdict, its reason and next step, the list of statements. */
import type { Statement } from "../bundle/statements";
import type { Outcome } from "../bundle/verify";
import { element } from "./element";
import { type Language, say, tell } from "./say";
import { fill, words } from "./words";

/** One verified file. */
export interface Verified {
  readonly name: string;
  readonly digest: string;
  readonly seconds: number;
  readonly outcome: Outcome;
}

export function resultOf(verified: Verified, language: Language): readonly Node[] {
  const told = words[language];
  const { error, statements } = verified.outcome;
  return [
    error ? refusal(verified, error.code, error.detail, language) : proof(verified, language),
    statements.length > 0 && listOf(statements, language),
    element(
      "dl",
      { class: "facts" },
      element("dt", {}, told.fileHash),
      element("dd", {}, element("code", {}, verified.digest)),
    ),
    element(
      "details",
      {},
      element("summary", {}, told.asJson),
      element("pre", { tabindex: "0", id: "json" }, asJson(verified.outcome)),
    ),
  ].filter((one) => one !== false);
}

/** What a screen reader is told at once. */
export function announced({ outcome }: Verified, language: Language): string {
  const told = words[language];
  if (!outcome.error) return told.proven;
  return `${told.refused}: ${tell(outcome.error.code, language).title}`;
}

/** As `tallystick verify --json` prints it. */
export function asJson({ error, statements }: Outcome): string {
  const rows = statements.map(({ says, grade, members }) => ({ says, grade, ...members }));
  const plain = (_: string, value: unknown): unknown =>
    typeof value === "bigint" ? value.toString() : value;
  return JSON.stringify({ error, statements: rows }, plain, 1);
}

function refusal(verified: Verified, code: string, detail: string, language: Language): Node {
  const told = words[language];
  const { title, advice } = tell(code, language);
  return element(
    "div",
    { class: "verdict is-bad", "data-code": code },
    element("h2", { tabindex: "-1", id: "verdict" }, told.refused),
    element("p", { class: "reason" }, title),
    element("p", { class: "detail" }, element("code", {}, code), ` ${detail}`),
    advice !== "" && element("p", {}, element("strong", {}, told.next), ` ${advice}`),
    element("p", { class: "quiet" }, `${told.refusedSays} ${took(verified, language)}`),
  );
}

function proof(verified: Verified, language: Language): Node {
  const told = words[language];
  const { statements } = verified.outcome;
  const partly = statements.some(({ grade }) => grade === "authentic");
  return element(
    "div",
    { class: "verdict is-good", "data-seconds": String(verified.seconds) },
    element("h2", { tabindex: "-1", id: "verdict" }, told.proven),
    element("p", { class: "reason" }, partly ? told.provenPartly : told.provenSays),
    element("p", { class: "quiet" }, `${verified.name} · ${took(verified, language)}`),
  );
}

function took({ seconds }: Verified, language: Language): string {
  return fill(words[language].took, { seconds: seconds.toFixed(2) });
}

function listOf(statements: readonly Statement[], language: Language): Node {
  const told = words[language];
  const rows = statements.map((statement) =>
    element(
      "li",
      { class: `is-${statement.grade}` },
      element(
        "span",
        { class: "grade", title: told.gradesMean[statement.grade] },
        told.grades[statement.grade],
      ),
      " ",
      element("span", { class: "sentence" }, say(statement, language)),
    ),
  );
  const meanings = (["proven", "authentic", "note"] as const).map((grade) =>
    element(
      "p",
      { class: "quiet" },
      element("span", { class: `grade is-${grade}` }, told.grades[grade]),
      ` ${told.gradesMean[grade]}`,
    ),
  );
  return element(
    "section",
    {},
    element("h2", {}, told.statements),
    element("ol", { class: "statements" }, ...rows),
    ...meanings,
  );
}
