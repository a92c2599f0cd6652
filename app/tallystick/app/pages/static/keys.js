// Bytes, digests, keys and signatures for the pages of devices (formats §2, "Devices").
"use strict";
const Tally = (() => {
  const text = new TextEncoder();
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const payloadType = "application/vnd.tallystick.entry+json";
  const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const bytes = (told) => Uint8Array.from(atob(told), (one) => one.charCodeAt(0));
  const url64 = (told) => bytes(told.replaceAll("-", "+").replaceAll("_", "/"));
  const hex = (told) => [...new Uint8Array(told)].map((one) => one.toString(16).padStart(2, "0")).join("");
  const sha256 = async (told) => new Uint8Array(await crypto.subtle.digest("SHA-256", told));
  const join = (...parts) => {
    const out = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
    parts.reduce((at, one) => (out.set(one, at), at + one.length), 0);
    return out;
  };
  const fingerprint = async (jwk) => {
    const curve = jwk.kty === "OKP" ? "ed25519" : "ecdsa-p256-sha256";
    const raw = jwk.kty === "OKP" ? url64(jwk.x) : join(url64(jwk.x), url64(jwk.y));
    return hex(await sha256(join(text.encode(curve), new Uint8Array(1), raw)));
  };
  const digits = async (jwk) => {
    const number = BigInt("0x" + (await fingerprint(jwk)).slice(0, 16)) % 10n ** 16n;
    return number.toString().padStart(16, "0").replace(/(\d{4})(?=\d)/g, "$1 ");
  };
  // DSSE's pre-authentication encoding.
  const pae = (payload) => join(text.encode(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload);
  const number = (told) => BigInt("0x" + hex(told));
  const fixed = (told) => Uint8Array.from(told.toString(16).padStart(64, "0").match(/../g), (one) => parseInt(one, 16));
  // r and s with s in the lower half: the other half is the same signature, and is refused.
  const low = (r, s) => join(fixed(r), fixed(s > order / 2n ? order - s : s));
  const lowered = (raw) => low(number(raw.slice(0, 32)), number(raw.slice(32)));
  const fromDer = (der) => {
    const part = (at) => [der.slice(at + 2, at + 2 + der[at + 1]), at + 2 + der[at + 1]];
    const [r, next] = part(2);
    return low(number(r), number(part(next)[0]));
  };
  const ask = async (method, path, told) => {
    let answer;
    try {
      answer = await fetch(path, {
        method, cache: "no-store", credentials: "same-origin",
        headers: told === undefined ? {} : { "Content-Type": "application/json" },
        body: told === undefined ? undefined : JSON.stringify(told),
      });
    } catch {
      throw { code: "away" };
    }
    const document = await answer.json().catch(() => ({}));
    if (answer.status >= 500) throw { code: "away" };
    if (!answer.ok) throw { code: document.code ?? `http-${answer.status}`, title: document.title, advice: document.advice };
    return document;
  };
  // An approved entry, read: its payload, and whether the body is the one that was hashed.
  const opened = async (payload, body, salt) => {
    const entry = JSON.parse(new TextDecoder().decode(payload));
    const same = hex(await sha256(join(salt, body))) === entry.body_hash;
    return { entry, body: JSON.parse(new TextDecoder().decode(body)), same };
  };
  const sameKey = (one, other) => ["kty", "crv", "x", "y"].every((name) => one[name] === other[name]);
  const fixedUrl64 = (told) => base64(told).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  // An authenticator's answer as a signature of ours (formats §2).
  const asserted = (given, kty) => {
    const { authenticatorData, clientDataJSON, signature } = given.response;
    const raw = new Uint8Array(signature);
    return {
      sig: base64(kty === "OKP" ? raw : fromDer(raw)),
      webauthn: { authenticatorData: base64(authenticatorData), clientDataJSON: base64(clientDataJSON) },
    };
  };
  // Signs these bytes with a passkey: of this relying party, and with `id` this very one.
  const byPasskey = async (kty, rpId, message, id) => {
    if (!globalThis.PublicKeyCredential) throw { code: "passkeys" };
    const allowCredentials = id ? [{ type: "public-key", id }] : [];
    const publicKey = { challenge: await sha256(message), rpId, userVerification: "required", allowCredentials };
    return asserted(await navigator.credentials.get({ publicKey }), kty);
  };
  // Makes a passkey for a person of the log: the user's handle begins with theirs, so that the key says at login whose
  // it is. The number behind it keeps an authenticator from putting a new passkey in the place of an older one.
  const userOf = (person) => text.encode(`${person} ${hex(crypto.getRandomValues(new Uint8Array(4)))}`);
  const algorithms = { "ecdsa-p256-sha256": -7, ed25519: -8 };
  const makePasskey = async (person, name, site, suites) => {
    if (!globalThis.PublicKeyCredential) throw { code: "passkeys" };
    const made = await navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name: site },
        user: { id: userOf(person), name: person, displayName: name || person },
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: suites.map((suite) => ({ type: "public-key", alg: algorithms[suite] })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        attestation: "none",
      },
    });
    return { id: new Uint8Array(made.rawId), jwk: await jwkOf(made.response) };
  };
  const jwkOf = async (response) => {
    const spki = new Uint8Array(response.getPublicKey());
    if (response.getPublicKeyAlgorithm() === -8) return { kty: "OKP", crv: "Ed25519", x: fixedUrl64(spki.slice(-32)) };
    const key = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
    return { kty, crv, x, y };
  };
  return { byPasskey, makePasskey, text, base64, bytes, sha256, hex, join, fingerprint, digits, pae, lowered, fromDer, ask, opened, sameKey };
})();
