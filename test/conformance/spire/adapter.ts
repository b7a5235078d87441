/**
 * The set-up adapter that the recorded conversations' own replayer starts for every transcript: it reads what is given,
 * starts a fake SPIRE of the release named by its first argument, says where its sockets are, and obeys world commands.
 */
import { createInterface } from "node:readline";
import { NEWEST } from "../../../src/spire/index.js";
import { type Given, startWorld, type World, type WorldCommand } from "./world.js";

const version = process.argv[2] ?? NEWEST;
let world: World | undefined;

async function answer(line: string): Promise<object> {
  if (world !== undefined) {
    await world.command(JSON.parse(line) as WorldCommand);
    return { ok: true };
  }
  world = await startWorld(JSON.parse(line) as Given, version);
  const { sockets, adminSocket } = world;
  return { socket: sockets["0"], sockets, ...(adminSocket !== undefined && { admin: adminSocket }) };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  } catch (problem) {
    process.stdout.write(`${JSON.stringify({ error: String(problem) })}\n`);
  }
}
await world?.close();
