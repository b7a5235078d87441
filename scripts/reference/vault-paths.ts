import type { Field, Path } from "../../src/vault/core/backend.js";
import { expandPattern } from "../../src/vault/core/expand.js";
import type { Mounted } from "../../src/vault/core/mounts.js";
import { LabClock, Seed } from "../../src/runtime/index.js";
import { createVault } from "../../src/vault/index.js";
import { code, page, section, table } from "./markdown.js";

/** Mounts of the same type that differ. */
const NAMES: Readonly<Record<string, string>> = { "kv/": "KV version 1", "secret/": "KV version 2" };

/** Every path of every backend of the newest Vault. */
export async function vaultPathsPage(): Promise<string> {
  const vault = createVault({ clock: new LabClock(), seed: new Seed("reference") });
  try {
    const { registry } = vault.core;
    // A dev server has KV version 2 already.
    for (const type of registry.secrets.keys()) await vault.write(`sys/mounts/${type}`, { type });
    for (const type of registry.auth.keys()) await vault.write(`sys/auth/${type}`, { type });
    const shown = new Map<string, string>();
    return page(
      "Vault paths",
      `What the fake Vault ${vault.release.text} answers, by mount, from the tables that answer it. A field has its type behind it where that is not a text, and its default if it has one.`,
      ...vault.core.mounts.list().map((mounted) => mountSection(mounted, shown)),
    );
  } finally {
    vault.stop();
  }
}

/** The paths of a mount, or where they stand already. */
function mountSection({ mount, framework: { backend } }: Mounted, shown: Map<string, string>): string {
  const title = `${mount.path} (${NAMES[mount.path] ?? mount.type})`;
  const rows = backend.paths.map((path) => [
    expandPattern(path.pattern).map(code).join(", ") || "the mount itself",
    Object.keys(path.operations).join(" "),
    fieldsOf(path),
    path.summary,
  ]);
  const paths = table(["path", "operations", "fields", "what it is for"], rows);
  const before = shown.get(paths);
  if (before !== undefined) return section(title, `As ${before}.`);
  shown.set(paths, code(mount.path));
  return section(
    title,
    special("Without a token", backend.unauthenticated),
    special("With `sudo` only", backend.sudo),
    paths,
  );
}

function special(title: string, paths: readonly string[] = []): string {
  return paths.length === 0 ? "" : `${title}: ${paths.map(code).join(", ")}.`;
}

function fieldsOf({ fields = {} }: Path): string {
  return Object.entries(fields).map(described).join(", ");
}

function described([name, field]: readonly [string, Field]): string {
  const type = field.type === "string" ? "" : ` ${field.type}`;
  const usual = field.default === undefined || field.default === "" ? "" : ` = ${JSON.stringify(field.default)}`;
  return `${code(name)}${type}${usual}`;
}
