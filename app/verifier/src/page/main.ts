/** The page: what is pinned, a file, and what follows from both. */

import { isNothing, type Pins, pinnedSets } from "../bundle/held";
import type { Step } from "../bundle/step";
import { judge, type Outcome } from "../bundle/verify";
import { type Bytes, hex } from "../bytes";
import { sha256Long } from "../hash";
import { readable } from "../policy";
import { Refusal } from "../refusal";
import { byId, element } from "./element";
import { readPins, remember, remembered } from "./pins";
import { announced, resultOf, type Verified } from "./result";
import { type Language, tell } from "./say";
import { fill, type Words, words } from "./words";

/** How long the page may stand still, in milliseconds. */
const stillMs = 40;
const languagePlace = "tallystick.verifier.language";

class Page {
  private language: Language = preferred();
  private file: { name: string; data: Bytes } | undefined;
  private verified: Verified | undefined;
  private run = 0;
  private readonly pins = byId("pins", HTMLTextAreaElement);
  private readonly live = byId("live", HTMLElement);
  private readonly bar = byId("bar", HTMLProgressElement);
  private readonly chosen = byId("file", HTMLInputElement);
  private readonly zone = byId("zone", HTMLLabelElement);

  start(): void {
    this.pins.value = remembered();
    this.pins.addEventListener("input", () => this.pinsChanged());
    byId("forget", HTMLButtonElement).addEventListener("click", () => {
      this.pins.value = "";
      this.pinsChanged();
      this.pins.focus();
    });
    byId("again", HTMLButtonElement).addEventListener("click", () => void this.verify());
    for (const language of ["en", "zh"] as const) {
      byId(`language-${language}`, HTMLButtonElement).addEventListener("click", () => {
        this.language = language;
        keepLanguage(language);
        this.show();
      });
    }
    this.chosen.addEventListener("change", () => void this.take(this.chosen.files));
    this.listenToDrops();
    this.show();
  }

  private get told(): Words {
    return words[this.language];
  }

  private listenToDrops(): void {
    const over = (isOver: boolean) => (event: DragEvent) => {
      event.preventDefault();
      this.zone.classList.toggle("is-over", isOver);
    };
    // The whole page takes a file, so that one dropped beside the zone does not replace the page.
    document.addEventListener("dragover", over(true));
    document.addEventListener("dragleave", over(false));
    document.addEventListener("drop", (event) => {
      over(false)(event);
      void this.take(event.dataTransfer?.files ?? null);
    });
  }

  private pinsChanged(): void {
    const kept = remember(this.pins.value.trim());
    byId("kept", HTMLElement).textContent =
      this.pins.value.trim() === "" ? "" : kept ? this.told.kept : this.told.notKept;
    this.showPins();
    byId("again", HTMLButtonElement).hidden = this.file === undefined;
  }

  private async take(files: FileList | null): Promise<void> {
    const file = files?.[0];
    if (file === undefined) return;
    this.say(fill(this.told.reading, { name: file.name }));
    this.file = { name: file.name, data: new Uint8Array(await file.arrayBuffer()) };
    this.chosen.value = "";
    await this.verify();
  }

  private async verify(): Promise<void> {
    const { file } = this;
    if (file === undefined) return;
    const run = ++this.run;
    this.bar.hidden = false;
    byId("again", HTMLButtonElement).hidden = true;
    const began = performance.now();
    const outcome = await this.outcomeOf(file.data);
    const digest = hex(await sha256Long(file.data));
    if (run !== this.run) return;
    const seconds = (performance.now() - began) / 1000;
    this.verified = { name: file.name, digest, seconds, outcome };
    this.bar.hidden = true;
    this.showResult();
    this.say(announced(this.verified, this.language));
    document.getElementById("verdict")?.focus();
  }

  private async outcomeOf(data: Bytes): Promise<Outcome> {
    let pins: Pins;
    try {
      pins = readPins(this.pins.value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { error: { code: error.code, detail: error.message }, statements: [] };
    }
    try {
      return await judge(data, pins, this.stepper());
    } catch (error) {
      return { error: { code: "defect", detail: String(error) }, statements: [] };
    }
  }

  /** Shows how far it is, as often as the page would otherwise stand still. */
  private stepper(): Step {
    let shown = performance.now();
    return async (stage, done, total) => {
      if (performance.now() - shown < stillMs) return;
      this.bar.max = total;
      this.bar.value = done;
      this.say(fill(this.told.stages[stage], { done, total }));
      await new Promise((resolve) => setTimeout(resolve));
      shown = performance.now();
    };
  }

  private say(sentence: string): void {
    this.live.textContent = sentence;
  }

  private show(): void {
    document.documentElement.lang = this.language === "zh" ? "zh-CN" : "en";
    document.title = `${this.told.title} · Tallystick`;
    for (const place of document.querySelectorAll<HTMLElement>("[data-word]")) {
      const word = this.told[place.dataset["word"] as keyof Words];
      if (typeof word === "string") place.textContent = word;
    }
    for (const language of ["en", "zh"] as const) {
      const pressed = String(language === this.language);
      byId(`language-${language}`, HTMLButtonElement).setAttribute("aria-pressed", pressed);
    }
    byId("languages", HTMLElement).setAttribute("aria-label", this.told.language);
    this.pinsChanged();
    this.showResult();
  }

  private showPins(): void {
    const list = byId("pinned", HTMLUListElement);
    list.replaceChildren(...this.pinRows());
  }

  private pinRows(): HTMLElement[] {
    const { pinned, onWord } = this.told;
    const good = (sentence: string): HTMLElement => element("li", { class: "is-proven" }, sentence);
    const open = (sentence: string): HTMLElement => element("li", { class: "is-note" }, sentence);
    let pins: Pins;
    try {
      pins = readPins(this.pins.value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const title = tell(error.code, this.language).title;
      return [element("li", { class: "is-bad" }, `${title}: ${error.message}`)];
    }
    if (isNothing(pins)) return [open(onWord.nothing)];
    const { genesis, policy } = pins;
    const logKeys = pinnedSets(pins).flat();
    return [
      ...logKeys.map(({ name }) => good(fill(pinned.logKey, { name }))),
      ...(genesis === undefined ? [] : [good(fill(pinned.genesis, { hash: genesis }))]),
      ...(policy ? [good(fill(pinned.policy, { quorum: readable(policy.quorum) }))] : []),
      ...(logKeys.length > 0 ? [] : [open(onWord.log)]),
      ...(policy === undefined ? [open(onWord.policy)] : policy.isNone ? [open(onWord.none)] : []),
    ];
  }

  private showResult(): void {
    const place = byId("result", HTMLElement);
    const banner = byId("simulated", HTMLElement);
    const { verified } = this;
    const says = verified?.outcome.statements.map((statement) => statement.says) ?? [];
    banner.hidden = !says.includes("log.simulated");
    place.replaceChildren(...(verified ? resultOf(verified, this.language) : []));
  }
}

function preferred(): Language {
  try {
    const kept = localStorage.getItem(languagePlace);
    if (kept === "en" || kept === "zh") return kept;
  } catch {
    // Nothing is kept for this page.
  }
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(languagePlace, language);
  } catch {
    // It is asked again next time.
  }
}

new Page().start();
