// A key of a person in this browser, for who has no passkey: at rest it is sealed by a PIN and by a key that cannot be read out.
"use strict";
const BrowserKey = (() => {
  const rounds = 600000;
  const tries_max = 5;
  const pin_least = 6;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const by = { name: "ECDSA", hash: "SHA-256" };

  const stored = Kept.store("tallystick-keys", (fresh) => {
    fresh.createObjectStore("keys", { keyPath: "id" });
    fresh.createObjectStore("seals");
  });
  const keep = (row) => stored("keys", "readwrite", (store) => store.put(row));
  const all = () => stored("keys", "readonly", (store) => store.getAll());
  const find = async (known) => (await all()).find((one) => one.id === known || one.reference === known);

  // The seal of this browser: without it a copied record cannot be tried with PINs elsewhere.
  const seal = async () => {
    const found = await stored("seals", "readonly", (store) => store.get("own"));
    if (found) return found;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await stored("seals", "readwrite", (store) => store.add(made, "own")).catch(() => undefined);
    return stored("seals", "readonly", (store) => store.get("own"));
  };
  const byPin = async (pin, salt) => {
    const told = await crypto.subtle.importKey("raw", Tally.text.encode(pin), "PBKDF2", false, ["deriveKey"]);
    return crypto.subtle.deriveKey(
      { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, told,
      { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"],
    );
  };
  const aes = (iv) => ({ name: "AES-GCM", iv });
  const random = (size) => crypto.getRandomValues(new Uint8Array(size));
  const publicOf = ({ kty, crv, x, y }) => (kty === "OKP" ? { kty, crv, x } : { kty, crv, x, y });

  const make = async (pin) => {
    if (!/^\d{6,}$/.test(pin)) throw { code: "pin-short" };
    const pair = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
    const jwk = publicOf(await crypto.subtle.exportKey("jwk", pair.publicKey));
    const salt = random(16), inner = random(12), outer = random(12);
    // Wrapped and unwrapped by the browser: no script holds its bytes, and whoever signs cannot read it out.
    const once = await crypto.subtle.wrapKey("pkcs8", pair.privateKey, await byPin(pin, salt), aes(inner));
    const sealed = await crypto.subtle.encrypt(aes(outer), await seal(), once);
    const id = await Tally.fingerprint(jwk);
    await keep({ id, reference: "", jwk, sealed, salt, inner, outer, tries: 0 });
    return { id, jwk };
  };

  const opened = async (row, pin) => {
    if (row.key) return row.key;
    // Counted before it is tried: whoever closes the page in between has used it up all the same.
    await keep({ ...row, tries: row.tries + 1 });
    let key;
    try {
      const once = await crypto.subtle.decrypt(aes(row.outer), await seal(), row.sealed);
      const by_pin = await byPin(pin, row.salt);
      key = await crypto.subtle.unwrapKey("pkcs8", once, by_pin, aes(row.inner), curve, false, ["sign"]);
    } catch {
      if (row.tries + 1 < tries_max) throw { code: "pin-wrong", left: tries_max - row.tries - 1 };
      await forget(row.id);
      throw { code: "pin-over" };
    }
    await keep({ ...row, tries: 0 });
    return key;
  };

  // 64 bytes over the message, as any plain key signs (formats §2).
  const sign = async (known, message, pin = "") => {
    const row = await find(known);
    if (!row) throw { code: "key-not-here" };
    const key = await opened(row, pin);
    if (row.jwk.kty === "OKP") return new Uint8Array(await crypto.subtle.sign("Ed25519", key, message));
    return Tally.lowered(new Uint8Array(await crypto.subtle.sign(by, key, message)));
  };
  const name = async (id, reference) => keep({ ...(await find(id)), reference });
  const forget = (id) => stored("keys", "readwrite", (store) => store.delete(id));
  const list = async () => (await all()).map(({ id, reference, jwk, key }) => ({ id, reference, jwk, played: Boolean(key) }));
  // A key that everybody may have: of a person whom a demo plays.
  const importPlayed = async (jwk, reference) => {
    const how = jwk.kty === "OKP" ? "Ed25519" : curve;
    const key = await crypto.subtle.importKey("jwk", jwk, how, false, ["sign"]);
    const told = publicOf(jwk);
    await keep({ id: await Tally.fingerprint(told), reference, jwk: told, key, tries: 0 });
  };
  return { make, name, sign, list, forget, importPlayed, pin_least };
})();
