import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "./pages.js";

const [root = "."] = process.argv.slice(2);
const folder = join(root, "docs", "reference");
mkdirSync(folder, { recursive: true });
for (const [name, text] of await referencePages(root)) writeFileSync(join(folder, name), text);
