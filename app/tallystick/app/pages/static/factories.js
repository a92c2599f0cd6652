// A factory's root as people have it, in a file or as text: what is signed is the digest of the certificate itself.
"use strict";
(() => {
  const form = document.getElementById("factory");
  if (!form) return;
  const [text, file, digest] = ["pem", "file", "/ca"].map((name) => form.elements[name]);
  const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
  const sequence = 0x30, two_bytes_of_length = 0x82;
  const is_whole = (der) => der[0] === sequence && der[1] === two_bytes_of_length && der.length === 4 + der[2] * 256 + der[3];
  // In a chain the root comes last.
  const root = (pem) => {
    const last = [...pem.matchAll(block)].at(-1);
    try {
      const der = Tally.bytes((last?.[1] ?? "").replace(/\s/g, ""));
      return is_whole(der) ? der : undefined;
    } catch { return undefined; }
  };
  const read = async () => {
    const pem = text.value, der = root(pem);
    text.setCustomValidity(!pem.trim() || der ? "" : form.dataset.wrong);
    const told = der ? Tally.hex(await Tally.sha256(der)) : "";
    if (text.value === pem) digest.value = told;
  };
  const pem_of = (der) => `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  text.oninput = read;
  file.onchange = async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    // Of one that is cut, another certificate would be the last.
    const bytes = new Uint8Array(chosen.size > Number(file.dataset.bytes) ? 0 : await chosen.arrayBuffer());
    text.value = is_whole(bytes) ? pem_of(bytes) : new TextDecoder().decode(bytes);
    await read();
    text.reportValidity();
  };
  read();
})();
