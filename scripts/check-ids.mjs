// Collects the ids of the checks that the fakes' sources name, for `mistrust lint`, which compares refusedBy with them.
// Usage, after adding or renaming a check: node scripts/check-ids.mjs
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = new URL("..", import.meta.url).pathname;
const SERVERS = { vault: "vault", kubernetes: "kubernetes", spire: "spire", "istio-agent": "istio" };
/** `id: "audience"` in a check or its record, `trail.refused("policy", …)`. */
const ID = /(?:\brefused\(|^ +id: |\{ id: )"([a-z]+(?:-[a-z]+)*)"(?=,$|,? \{|, \w+:|\))/gm;

/** By server, sorted. A server whose folder names none is left out. */
export function checkIds() {
  const found = Object.entries(SERVERS).map(([server, folder]) => [server, idsIn(join(root, "src", folder))]);
  return Object.fromEntries(found.filter(([, ids]) => ids.length > 0));
}

function idsIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".ts"));
  const ids = files.flatMap((file) =>
    Array.from(readFileSync(join(folder, file), "utf8").matchAll(ID), ([, id]) => id),
  );
  return [...new Set(ids)].sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(root, "src/scenario/lint/check-ids.json"), `${JSON.stringify(checkIds(), null, 2)}\n`);
}
