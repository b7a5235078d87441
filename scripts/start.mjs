// `npm start`: installs and builds what is missing, then reproduces every documented failure and proves each fix.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { installMissing, must, root } from "./install.mjs";

installMissing();
if (isStale()) must(process.execPath, ["scripts/build.mjs", "--no-types"]);
must(process.execPath, ["dist/cli.js", "demo"]);

function isStale() {
  const built = join(root, "dist", "cli.js");
  return (
    !existsSync(built) ||
    ["src", "scenarios", "protos"].some((folder) => newest(join(root, folder)) > statSync(built).mtimeMs)
  );
}

function newest(folder) {
  return Math.max(0, ...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs));
}
