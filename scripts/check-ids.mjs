// Collects the ids of the checks that the fakes' sources name, for `mistrust lint`, which compares refusedBy with them.
// Usage, after adding or renaming a check: node scripts/check-ids.mjs
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = new URL("..", import.meta.url).pathname;
const TLS = ["transport/tls/admission.ts", "transport/tls/report.ts"];
const SERVERS = {
  vault: ["vault", ...TLS],
  kubernetes: ["kubernetes", ...TLS],
  spire: ["spire"],
  "istio-agent": ["istio"],
};
/** `id: "audience"` in a check or its record, `trail.refused("policy", …)`. */
const ID = /(?:\brefused\(|^ +id: |\{ id: )"([a-z]+(?:-[a-z]+)*)"(?=,$|,? \{|, \w+:|\))/gm;

/** By server, sorted. A server whose folder names none is left out. */
export function checkIds() {
  const found = Object.entries(SERVERS).map(([server, places]) => [server, idsIn(places.flatMap(filesOf))]);
  return Object.fromEntries(found.filter(([, ids]) => ids.length > 0));
}

/** The sources in a folder, or a file itself. */
function filesOf(place) {
  const path = join(root, "src", place);
  if (path.endsWith(".ts")) return [path];
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true }).flatMap((file) => (file.endsWith(".ts") ? [join(path, file)] : []));
}

function idsIn(files) {
  const ids = files.flatMap((file) => Array.from(readFileSync(file, "utf8").matchAll(ID), ([, id]) => id));
  return [...new Set(ids)].sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(root, "src/scenario/lint/check-ids.json"), `${JSON.stringify(checkIds(), null, 2)}\n`);
}
