// Installs the dependencies if they are missing or older than the lock file. Used by `npm start`, `npm test` and the build.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a command in the repository and ends this process if it fails. */
export function must(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** What the lock file says, and the Node that it was installed for. */
function wanted() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(process.version)
    .digest("hex");
}

export function installMissing() {
  const stamp = join(root, "node_modules", ".mistrust-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted()) return;
  console.log("Installing dependencies …");
  // No dependency needs an install script: esbuild's binary comes as a package of its own.
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, wanted());
}
