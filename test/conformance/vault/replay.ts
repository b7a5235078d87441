import { pointer, stepDifferences } from "./compare.js";
import type { Transcript } from "./transcript.js";
import { ReplayWorld } from "./world.js";

/** Has the conversation with a fresh fake; the differences from what was recorded, none where all is well. */
export async function replay(transcript: Transcript): Promise<string[]> {
  await using world = await ReplayWorld.start(transcript);
  const found: string[] = [];
  for (const [at, step] of transcript.steps.entries()) {
    world.api.take();
    const reply = await world.perform(step);
    const where = `step ${at + 1} (${step.request.method} ${step.request.path})`;
    found.push(...stepDifferences(step, reply, world.api.take(), world.names).map((text) => `${where}: ${text}`));
    for (const [name, path] of Object.entries(step.capture ?? {})) {
      world.names.set(`capture.${name}`, pointer(bodyOf(reply?.text ?? ""), path));
    }
  }
  return found;
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
