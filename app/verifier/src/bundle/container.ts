/**
 * The container of a bundle: a zip file that can be written in one way only (bundle-format, Container).
 *
 * Stored files, sorted by name, without extra fields, comments, descriptors or gaps; local headers equal to
 * the central ones (APPNOTE.TXT of PKWARE §4.3).
 */
import { type Bytes, compare, equal } from "../bytes";
import { Refusal } from "../refusal";
import { bytesMax, nameBytesMax } from "./layout";
import type { Step } from "./step";

const bundleBytesMax = 64 * 2 ** 20;
const filesMax = 20_000;
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const version = 20;
const date = 0x0021;

export type Files = ReadonlyMap<string, Bytes>;

interface Header {
  readonly name: Bytes;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

/** The files by name, in the order of their names; `step` is awaited between them. */
export async function unpack(data: Bytes, step: Step): Promise<Files> {
  if (data.length > bundleBytesMax) {
    const said = `${data.length} bytes, at most ${bundleBytesMax} are read`;
    throw new Refusal("bundle-too-large", said);
  }
  const { count, start } = readEnd(data);
  const files = new Map<string, Bytes>();
  let [at, offset] = [start, 0];
  let last: Bytes = new Uint8Array();
  for (let number = 0; number < count; number++) {
    const header = readCentral(data, at, last, offset);
    const name = String.fromCharCode(...header.name);
    const begin = offset + localBytes + header.name.length;
    offset = begin + header.size;
    if (offset > start || !equal(data.subarray(header.offset, begin), local(header))) {
      throw new Refusal("bundle-header-conflict", name);
    }
    const found = data.subarray(begin, offset);
    if (crc32(found) !== header.crc) throw new Refusal("bundle-crc-fails", name);
    files.set(name, found);
    [at, last] = [at + centralBytes + header.name.length, header.name];
    await step("files", number + 1, count);
  }
  if (at !== data.length - endBytes || offset !== start) {
    throw new Refusal("bundle-not-canonical", "bytes that belong to no file");
  }
  return files;
}

/** How many files there are, and where the central headers begin. */
function readEnd(data: Bytes): { count: number; start: number } {
  const end = viewOf(data.subarray(Math.max(0, data.length - endBytes)));
  if (data.length < endBytes || end.getUint32(0) !== 0x504b0506) {
    throw new Refusal("bundle-not-a-zip", "it does not end as a zip file without a comment does");
  }
  const short = (position: number): number => end.getUint16(position, true);
  const count = short(10);
  if (short(4) || short(6) || short(20) || short(8) !== count) {
    throw new Refusal("bundle-not-canonical", "the end of the central directory");
  }
  if (count === 0 || count > filesMax) {
    throw new Refusal("bundle-file-count", `${count} files, 1 to ${filesMax} are read`);
  }
  const [size, start] = [end.getUint32(12, true), end.getUint32(16, true)];
  if (start + size + endBytes !== data.length) {
    throw new Refusal("bundle-not-canonical", "bytes before or behind the central directory");
  }
  return { count, start };
}

/** The central header that begins at `at`; `last` is the name before, `offset` where its file ended. */
function readCentral(data: Bytes, at: number, last: Bytes, offset: number): Header {
  const end = data.length - endBytes;
  const view = at + centralBytes <= end ? viewOf(data.subarray(at, at + centralBytes)) : undefined;
  if (view?.getUint32(0) !== 0x504b0102) {
    throw new Refusal("bundle-not-a-zip", "a header of the central directory is missing");
  }
  const behind = at + centralBytes + view.getUint16(28, true);
  if (behind > end) {
    throw new Refusal("bundle-not-a-zip", "a header of the central directory is cut off");
  }
  const raw = data.subarray(at + centralBytes, behind);
  const name = String.fromCharCode(...raw.subarray(0, nameBytesMax));
  const most = raw.length <= nameBytesMax ? bytesMax(name) : undefined;
  if (most === undefined) throw new Refusal("bundle-name-refused", JSON.stringify(name));
  const order = compare(raw, last);
  if (order === 0) throw new Refusal("bundle-duplicate-name", name);
  if (order < 0) throw new Refusal("bundle-order-refused", name);
  const size = view.getUint32(24, true);
  if (view.getUint16(10, true) || view.getUint32(20, true) !== size) {
    throw new Refusal("bundle-compressed", name);
  }
  if (size > most) {
    throw new Refusal("bundle-file-too-large", `${name}: ${size} bytes, at most ${most} are read`);
  }
  const header = { name: raw, crc: view.getUint32(16, true), size, offset };
  if (!equal(data.subarray(at, behind), central(header))) {
    throw new Refusal("bundle-not-canonical", `the header of ${name}`);
  }
  return header;
}

function local({ name, crc, size }: Header): Bytes {
  const view = viewOf(new Uint8Array(localBytes + name.length));
  view.setUint32(0, 0x504b0304);
  view.setUint16(4, version, true);
  writeCommon(view, 12, crc, size, name.length);
  return filled(view, localBytes, name);
}

function central({ name, crc, size, offset }: Header): Bytes {
  const view = viewOf(new Uint8Array(centralBytes + name.length));
  view.setUint32(0, 0x504b0102);
  view.setUint16(4, version, true);
  view.setUint16(6, version, true);
  writeCommon(view, 14, crc, size, name.length);
  view.setUint32(42, offset, true);
  return filled(view, centralBytes, name);
}

/** Date, CRC-32, both sizes and the length of the name, which stand in both headers. */
function writeCommon(view: DataView, at: number, crc: number, size: number, name: number): void {
  view.setUint16(at, date, true);
  view.setUint32(at + 2, crc, true);
  view.setUint32(at + 6, size, true);
  view.setUint32(at + 10, size, true);
  view.setUint16(at + 14, name, true);
}

function filled(view: DataView<ArrayBuffer>, at: number, name: Bytes): Bytes {
  const bytes = new Uint8Array(view.buffer);
  bytes.set(name, at);
  return bytes;
}

function viewOf(data: Bytes): DataView<ArrayBuffer> {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

export function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
