/** How far a verification is. It waits, so that the page it runs in can show it. */
export type Stage = "files" | "entries" | "signatures";

export type Step = (stage: Stage, done: number, total: number) => Promise<void>;
