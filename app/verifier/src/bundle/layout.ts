/** The files of a bundle: their names, how large they may be, and which belongs to which. */
import { type Bytes, hex } from "../bytes";
import { Refusal } from "../refusal";

export const nameBytesMax = 100;
export const manifestFile = "bundle.json";
export const checkpointFile = "checkpoint";
export const policyFile = "policy";
export const anchorFile = "anchor.json";

const forms: readonly (readonly [RegExp, number])[] = [
  [/^anchor[.]json$/, 4096],
  [/^bundle[.]json$/, 2 ** 20],
  [/^checkpoint$/, 100_000],
  [/^policy$/, 65_536],
  [/^entries\/(?:0|[1-9][0-9]{0,14})$/, 65_535],
  [/^bodies\/(?:0|[1-9][0-9]{0,14})$/, 2 ** 20],
  [/^salts\/(?:0|[1-9][0-9]{0,14})$/, 32],
  [/^proofs\/(?:0|[1-9][0-9]{0,14})[.]tlog-proof$/, 200_000],
  [/^disclosures\/(?:0|[1-9][0-9]{0,14})[.]json$/, 4 * 2 ** 20],
  [/^attachments\/[0-9a-f]{64}$/, 32 + 16 * 2 ** 20],
  [/^heads\/[0-9a-f]{64}[.]json$/, 8 * 2 ** 20],
];
const needed = [manifestFile, checkpointFile, policyFile, "entries/0", "bodies/0"];

export const entryFile = (index: number): string => `entries/${index}`;
export const bodyFile = (index: number): string => `bodies/${index}`;
export const saltFile = (index: number): string => `salts/${index}`;
export const proofFile = (index: number): string => `proofs/${index}.tlog-proof`;
export const disclosureFile = (index: number): string => `disclosures/${index}.json`;
export const headFile = (key: Bytes): string => `heads/${hex(key)}.json`;

/** How many bytes a file of this name may have; undefined if no file of a bundle has it. */
export function bytesMax(name: string): number | undefined {
  return forms.find(([form]) => form.test(name))?.[1];
}

/** The names in a folder, sorted by their bytes. */
export function inFolder(names: Iterable<string>, folder: string): string[] {
  return [...names].filter((name) => name.startsWith(`${folder}/`)).sort();
}

/** The indexes of a numbered folder in ascending order. */
export function indexes(names: Iterable<string>, folder: string): number[] {
  return inFolder(names, folder)
    .map((name) => Number.parseInt(name.slice(folder.length + 1), 10))
    .sort((left, right) => left - right);
}

/** What must be there is there; throws `bundle-file-missing` or `bundle-file-stray`. */
export function checkFiles(names: ReadonlySet<string>): void {
  const require = (name: string): void => {
    if (!names.has(name)) throw new Refusal("bundle-file-missing", name);
  };
  needed.forEach(require);
  for (const name of names) {
    const [folder = "", rest = ""] = name.split("/");
    beside(folder, Number.parseInt(rest, 10)).forEach(require);
  }
  for (const index of indexes(names, "disclosures")) {
    if (names.has(bodyFile(index))) {
      throw new Refusal("bundle-file-stray", `${disclosureFile(index)} beside the whole body`);
    }
  }
}

/** What must be there with a file of this folder. */
function beside(folder: string, index: number): string[] {
  if (folder === "entries") return [proofFile(index)];
  if (folder === "bodies") return [entryFile(index), saltFile(index)];
  if (folder === "salts") return [bodyFile(index)];
  return folder === "proofs" || folder === "disclosures" ? [entryFile(index)] : [];
}
