// Compiles the anchor contract and writes what the client needs of it, always the same bytes:
// `node compile.mjs FILE`. The settings stand here and nowhere else.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import solc from "solc";

const name = "TallystickAnchor";
const source = `${name}.sol`;
const text = readFileSync(fileURLToPath(new URL(`solidity/${source}`, import.meta.url)), "utf8");

// Paris knows no opcode that consortium chains lack; without metadata the bytes follow from the code alone.
const settings = {
  evmVersion: "paris",
  optimizer: { enabled: true, runs: 10000 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { [source]: { [name]: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};
const told = JSON.parse(
  solc.compile(JSON.stringify({ language: "Solidity", sources: { [source]: { content: text } }, settings })),
);
for (const problem of told.errors ?? []) {
  process.stderr.write(problem.formattedMessage);
}
if (told.errors?.length) {
  process.exit(1);
}
const made = told.contracts[source][name];
const artifact = {
  contract: name,
  compiler: solc.version(),
  evmVersion: settings.evmVersion,
  optimizerRuns: settings.optimizer.runs,
  sourceSha256: createHash("sha256").update(text).digest("hex"),
  abi: made.abi,
  bytecode: made.evm.bytecode.object,
  runtime: made.evm.deployedBytecode.object,
};
writeFileSync(process.argv[2], `${JSON.stringify(artifact, null, 1)}\n`);
