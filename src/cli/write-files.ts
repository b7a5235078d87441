import { writeFile } from "node:fs/promises";
import type { Lab } from "../lab/index.js";
import { MistrustError } from "../runtime/index.js";
import { resolve } from "../scenario/index.js";

const USAGE =
  "write --write FILE=TEMPLATE, such as --write api.key=istio.key; docs/reference/templates.md has the names";

/**
 * Writes what templates stand for into files, readable by their owner only. It is the one way by which a private key
 * of a lab leaves the process, and the files stay, since the caller asked for them.
 * @param wishes `FILE=TEMPLATE` each
 * @throws MISTRUST_USAGE where a wish is no such pair, or its file cannot be written; MISTRUST_TEMPLATE_UNKNOWN
 */
export async function writeFiles(lab: Lab, wishes: readonly string[] = []): Promise<void> {
  for (const wish of wishes) {
    const at = wish.lastIndexOf("=");
    const [file, template] = [wish.slice(0, at), wish.slice(at + 1)];
    if (at < 1 || template === "") {
      throw new MistrustError("MISTRUST_USAGE", `--write ${wish} names no file and template`, { remedy: USAGE });
    }
    const text = resolve(`{{${template}}}`, lab.lookup);
    try {
      await writeFile(file, text, { mode: 0o600 });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MistrustError("MISTRUST_USAGE", `cannot write ${file}: ${why}`, { cause });
    }
  }
}
