// Writes docs/reference/*.md from the tables in the sources: `node scripts/reference.mjs`, after changing one of them.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installMissing, must, root } from "./install.mjs";

installMissing();
const { build } = await import("esbuild");
const cache = join(root, "node_modules", ".cache");
mkdirSync(cache, { recursive: true });
const out = mkdtempSync(join(cache, "reference-"));
try {
  const outfile = join(out, "main.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["scripts/reference/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    packages: "external",
    define: { __MISTRUST_VERSION__: '"reference"' },
  });
  must(process.execPath, [outfile, root]);
} finally {
  rmSync(out, { recursive: true, force: true });
}
