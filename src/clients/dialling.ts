import { LabClock } from "../runtime/index.js";
import { Fields } from "./fields.js";
import { Patience } from "./go/patience.js";
import type { GoProgram } from "./go/program.js";
import type { TlsSettings } from "./go/tls-dial.js";
import type { Client, Targets } from "./model.js";

/**
 * How a product's controller dials: as the program that its release is, unless the client was built by another Go or has
 * GODEBUG settings, with the lab's time.
 */
export function dialling(program: GoProgram, client: Client, targets: Targets): TlsSettings {
  const godebug = godebugOf(client);
  const build: GoProgram = {
    ...program,
    ...(client.go !== undefined && { toolchain: client.go }),
    ...(godebug !== undefined && { godebug }),
  };
  const { clock = new LabClock(), patienceMs } = targets;
  return { build, clock, roots: [], patience: new Patience(patienceMs) };
}

/** GODEBUG as the controller's process has it: from the client's environment, else from a Deployment's container. */
function godebugOf(client: Client): string | undefined {
  if (client.env?.GODEBUG !== undefined) return client.env.GODEBUG;
  for (const manifest of Object.values(client.manifests)) {
    const object = new Fields(manifest);
    if (object.at("kind").text !== "Deployment") continue;
    for (const container of object.at("spec", "template", "spec", "containers").list) {
      const found = container.at("env").list.find((entry) => entry.at("name").text === "GODEBUG");
      if (found !== undefined) return found.at("value").text;
    }
  }
  return undefined;
}
