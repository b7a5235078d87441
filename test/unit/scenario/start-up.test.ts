import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the door of scenario/ loads neither the YAML parser nor the validator until a file is read", async () => {
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, "../../.."),
    entryPoints: ["src/scenario/index.ts"],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    outdir: "nowhere",
    write: false,
    metafile: true,
  });
  const loaded = new Set<string>();
  const load = (output: string): void => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) if (kind === "import-statement") load(path);
  };
  load("nowhere/index.js");
  const inputs = [...loaded].flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}));
  expect(inputs.filter((input) => /node_modules|\.json$/.test(input))).toEqual([]);
});
