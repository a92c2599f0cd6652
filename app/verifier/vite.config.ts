import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

/** Where the wheel takes the page from; `--outDir` builds it elsewhere. */
const page = fileURLToPath(new URL("../tallystick/app/pages/verifier", import.meta.url));

/** A plain script in the place of a module: browsers load no modules from a disk. */
function plainScript(): Plugin {
  return {
    name: "plain-script",
    enforce: "post",
    transformIndexHtml: (html) =>
      html
        .replace('<script type="module" crossorigin', "<script defer")
        .replace(" crossorigin", ""),
  };
}

/** The hashes by which a served page is compared, in the form of `sha256sum`. */
function checksums(): Plugin {
  let folder = page;
  return {
    name: "checksums",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      const names = readdirSync(folder).filter((name) => name !== "SHA256SUMS");
      const lines = names.sort().map((name) => {
        const hash = createHash("sha256").update(readFileSync(join(folder, name)));
        return `${hash.digest("hex")}  ${name}\n`;
      });
      writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
    },
  };
}

export default defineConfig({
  // Addresses of the page's own files are relative, so that it works under any path and from a disk.
  base: "./",
  publicDir: "public",
  plugins: [plainScript(), checksums()],
  logLevel: "warn",
  build: {
    outDir: page,
    emptyOutDir: true,
    target: "es2024",
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        format: "iife",
        entryFileNames: "verifier.js",
        assetFileNames: "verifier[extname]",
      },
    },
  },
});
