import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inRunFolder, leaveRunFolder } from "../runtime/index.js";

/** A lab's folder for what other programs want as a file. Made on first use, readable by its owner only, gone at stop. */
export class PrivateFolder {
  #path: string | undefined;

  /** The folder's path; makes it. */
  path(): string {
    return (this.#path ??= make());
  }

  /** Writes a file with mode 0600 and returns its path. */
  write(name: string, text: string): string {
    const file = join(this.path(), name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  remove(): void {
    if (this.#path === undefined) return;
    rmSync(this.#path, { recursive: true, force: true });
    if (dirname(this.#path) !== tmpdir()) leaveRunFolder(dirname(this.#path));
    this.#path = undefined;
  }
}

/** mkdtemp makes it with mode 0700. The names are short because unix sockets, whose paths are, stand in it too. */
function make(): string {
  return inRunFolder((stem) => mkdtempSync(stem)) ?? mkdtempSync(join(tmpdir(), "mistrust-"));
}
