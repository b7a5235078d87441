import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MistrustError } from "../../runtime/index.js";

/** `protos/` beside the nearest folder above this file that has one: in a checkout, in `dist/`, in a package. */
export function protosFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "protos", "spiffe/workload/workload.proto"))) return join(folder, "protos");
  }
  throw new MistrustError("MISTRUST_INTERNAL", `no folder "protos" stands above ${start}`, {
    remedy: "install the package again: it lacks its protos",
  });
}
