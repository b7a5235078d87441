// Bundles the CLI and the library into dist/, with lazy parts in chunks of their own, so that starting reads few files.
import { rmSync, readFileSync, writeFileSync, existsSync, readdirSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { installMissing, must, root } from "./install.mjs";

installMissing();
const { build } = await import("esbuild");
const dist = join(root, "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  logLevel: "warning",
  define: { __MISTRUST_VERSION__: JSON.stringify(version) },
  // Some dependencies are CommonJS and ask for Node's own modules with require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};
const { metafile } = await build({
  ...common,
  entryPoints: { cli: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  chunkNames: "chunks/[name]-[hash]",
  metafile: true,
  external: ["testcontainers"],
});
await compileCatalogue();
writeLicences(Object.keys(metafile.inputs));
if (!process.argv.includes("--no-types"))
  must(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);

/** Parses and checks every scenario now, so that `serve ID` needs neither a YAML parser nor a validator. */
async function compileCatalogue() {
  const compiler = join(dist, "compile-catalogue.mjs");
  await build({
    ...common,
    stdin: { contents: 'export * from "./src/scenario/compile.js"', resolveDir: root },
    outfile: compiler,
  });
  const { compileCatalogue } = await import(pathToFileURL(compiler).href);
  for (const scenario of await compileCatalogue(join(root, "scenarios"))) {
    const file = join(dist, "catalogue", `${scenario.id}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(scenario));
  }
  rmSync(compiler);
}

/** The licences of what is bundled, as those licences ask for. */
function writeLicences(inputs) {
  const packages = new Set(inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
  const texts = [...packages].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const { license, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = existsSync(folder) ? readdirSync(folder).find((f) => /^licen[cs]e/i.test(f)) : undefined;
    return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(folder, file), "utf8")}`;
  });
  writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n`));
}
