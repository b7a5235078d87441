import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A lab's folder for what other programs want as a file. Made on first use, readable by its owner only, gone at stop. */
export class PrivateFolder {
  #path: string | undefined;

  /** The folder's path; makes it. */
  path(): string {
    // mkdtemp makes it with mode 0700. The name is short because unix sockets, whose paths are, stand in it too.
    return (this.#path ??= mkdtempSync(join(tmpdir(), "mistrust-")));
  }

  /** Writes a file with mode 0600 and returns its path. */
  write(name: string, text: string): string {
    const file = join(this.path(), name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
    this.#path = undefined;
  }
}
