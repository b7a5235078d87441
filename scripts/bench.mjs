// Measures against bare floors in the same run: `npm run bench [-- startup login …]`.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installMissing, must, root } from "./install.mjs";

installMissing();
must(process.execPath, ["scripts/build.mjs", "--no-types"]);
const { build } = await import("esbuild");
const out = mkdtempSync(join(root, "dist", "bench-"));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ["bench/main.ts", "bench/load.worker.ts", "bench/sds.worker.ts"],
    outdir: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    packages: "external",
    define: { __MISTRUST_VERSION__: '"bench"' },
  });
  must(process.execPath, [join(out, "main.js"), root, ...process.argv.slice(2)]);
} finally {
  rmSync(out, { recursive: true, force: true });
}
