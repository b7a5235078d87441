import { resolve, sep } from "node:path";
import type { FileRule } from "../examine.js";
import { stringAt } from "../path.js";

/** Under a folder named scenarios, a file's path is its id. */
export const idIsPath: FileRule = function* (scenario, file) {
  const parts = resolve(file).split(sep);
  const home = parts.lastIndexOf("scenarios");
  const id = stringAt(scenario, ["id"]);
  if (home === -1 || id === undefined) return;
  const wanted = parts
    .slice(home + 1)
    .join("/")
    .replace(/\.ya?ml$/, "");
  if (id === wanted) return;
  yield {
    path: ["id"],
    sentence: `id "${id}" differs from the file's path`,
    remedy: `write ${wanted}, or move the file`,
  };
};
