import { statSync } from "node:fs";
import { connect } from "node:net";
import { GrpcConnection } from "../../../src/transport/grpc/index.js";
import { type ForeignDomain, foreignDomain } from "./foreign.js";
import { differences, type MatchContext, substitute } from "./match.js";
import { methodOf } from "./protojson.js";
import { Stream } from "./stream.js";
import type { Step, Transcript } from "./transcript.js";
import { startWorld, type World, type WorldCommand } from "./world.js";

/** What is real time here: how long a stream may take to show that it has nothing to say. */
const QUIET_MS = 60;
const LONGEST_ADVANCE_MS = 30_000;

/** Holds a conversation with a fake of that release; what did not fit is in the result, empty where all did. */
export async function replay(transcript: Transcript, version: string): Promise<string[]> {
  const names = new Map<string, string>();
  const now = Date.now();
  const foreign = new Map<string, ForeignDomain>();
  const domain = (name: string): ForeignDomain => {
    const known = foreign.get(name) ?? foreignDomain(name, now);
    foreign.set(name, known);
    return known;
  };
  const { jwts, federatesWith, ...given } = transcript.given;
  const foreignBundles = Object.fromEntries((federatesWith ?? []).map((name) => [name, domain(name).bundle]));
  for (const [name, spec] of Object.entries(jwts ?? {}))
    names.set(`jwt.${name}`, domain(spec.trustDomain).token(spec, now));
  const world = await startWorld({ ...given, foreignBundles }, version);
  const conversation = new Conversation(transcript, world, names, domain);
  try {
    for (const [at, step] of transcript.steps.entries()) {
      const found = await conversation.take(step);
      if (found.length > 0) return found.map((text) => `step ${at}: ${text}`);
    }
    return [];
  } finally {
    conversation.close();
    await world.close();
  }
}

class Conversation {
  readonly #streams = new Map<string, Stream>();
  readonly #clients = new Map<string, GrpcConnection>();

  constructor(
    readonly transcript: Transcript,
    readonly world: World,
    readonly names: Map<string, string>,
    readonly foreign: (name: string) => ForeignDomain,
  ) {}

  async take(step: Step): Promise<string[]> {
    if (step.open !== undefined) {
      this.#streams.set(step.stream ?? "", new Stream(this.#client(step), methodOf(step.open), step.metadata));
    } else if (step.send !== undefined) this.#stream(step.send).send(substitute(this, step.message));
    else if (step.halfClose !== undefined) this.#stream(step.halfClose).halfClose();
    else if (step.close !== undefined) this.#stream(step.close).cancel();
    else if (step.world !== undefined) await this.#changeWorld(step.world);
    else if (step.expect !== undefined) return await this.#expectMessage(step, this.#stream(step.expect));
    else if (step.expectStatus !== undefined) return await this.#expectStatus(step, this.#stream(step.expectStatus));
    else if (step.expectSilence !== undefined) return await this.#expectSilence(step, this.#stream(step.expectSilence));
    else if (step.socketFile !== undefined)
      return differences(this.#context(), step.socketFile, socketFile(this.#path(step)));
    else if (step.dial !== undefined) return differences(this.#context(), step.dial, await dial(this.#path(step)));
    else if (step.settingsFirst === true)
      return (await firstFrameType(this.#path(step))) === 4 ? [] : ["no SETTINGS came"];
    return [];
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.cancel();
    for (const client of this.#clients.values()) client.close();
  }

  async #expectMessage(step: Step, stream: Stream): Promise<string[]> {
    for (;;) {
      const event = await this.#awaited(stream);
      if (event === undefined) return ["expected a message, nothing came"];
      if (!("message" in event)) return [`expected a message, got status ${event.code} ${event.details}`];
      const found = differences(this.#context(), step.message, event.message);
      if (found.length > 0 && step.skipOthers === true) continue;
      for (const [name, pointer] of Object.entries(step.capture ?? {}))
        this.names.set(`capture.${name}`, at(event.message, pointer));
      return found;
    }
  }

  async #expectStatus(step: Step, stream: Stream): Promise<string[]> {
    for (;;) {
      const event = await this.#awaited(stream);
      if (event === undefined) return [`expected status ${step.code ?? ""}, nothing came`];
      if ("message" in event) {
        if (step.skipOthers === true) continue;
        return [`expected status ${step.code ?? ""}, got ${JSON.stringify(event.message).slice(0, 300)}`];
      }
      const want = { code: step.code, details: step.details ?? "" };
      return differences(this.#context(), want, event);
    }
  }

  /** The time that nothing may come for passes on the lab's clock. */
  async #expectSilence(step: Step, stream: Stream): Promise<string[]> {
    await this.world.clock.advance(step.ms ?? 300);
    const event = await stream.next(QUIET_MS);
    return event === undefined ? [] : [`expected silence, got ${JSON.stringify(event).slice(0, 300)}`];
  }

  /** What waits for a renewal gets it from the clock, second by second. */
  async #awaited(stream: Stream): ReturnType<Stream["next"]> {
    const patience = performance.now() + 10_000;
    let event = await stream.next(500);
    for (let ms = 0; event === undefined && ms < LONGEST_ADVANCE_MS && performance.now() < patience; ms += 1_000) {
      await this.world.clock.advance(1_000);
      event = await stream.next(QUIET_MS);
    }
    return event;
  }

  /** Everything sent has to arrive before the world changes; a call behind it on the same connection shows that. */
  async #changeWorld(world: Readonly<Record<string, unknown>>): Promise<void> {
    for (const client of this.#clients.values()) await new Stream(client, methodOf("/none/None")).next(1_000);
    await this.world.command(this.#command(world));
  }

  #command(world: Readonly<Record<string, unknown>>): WorldCommand {
    const command = substitute(this, world) as Record<string, unknown>;
    const name = command.setForeignBundle;
    if (typeof name !== "string") return command as unknown as WorldCommand;
    return { setForeignBundle: { trustDomain: name, bundle: this.foreign(name).bundle } };
  }

  #context(): MatchContext {
    return { names: this.names, now: this.world.clock.now() };
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new Error(`the transcript has no stream ${name}`);
    return stream;
  }

  #path(step: Step): string {
    if (step.socket === "admin") return this.world.adminSocket ?? "";
    const uid = step.client?.uid ?? this.transcript.client?.uid ?? 0;
    const path = this.world.sockets[uid];
    if (path === undefined) throw new Error(`the world has no socket for uid ${uid}`);
    return path;
  }

  #client(step: Step): GrpcConnection {
    const path = this.#path(step);
    const key = `${path} ${step.connection ?? ""}`;
    const client = this.#clients.get(key) ?? new GrpcConnection(`unix://${path}`);
    this.#clients.set(key, client);
    return client;
  }
}

function at(value: unknown, pointer: string): string {
  let here = value;
  for (const part of pointer.split("/").slice(1)) here = (here as Record<string, unknown>)[part];
  return typeof here === "string" ? here : JSON.stringify(here);
}

function socketFile(path: string): object {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { exists: false };
  const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
  return { exists: true, mode, type: stats.isSocket() ? "socket" : "file" };
}

async function dial(path: string): Promise<string> {
  const words: Readonly<Record<string, string>> = { ENOENT: "no such file", ECONNREFUSED: "connection refused" };
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve("ok");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(words[error.code ?? ""] ?? error.message));
  });
}

/** The type of the first frame that a server sends to a client that has sent its preface only. */
async function firstFrameType(path: string): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.write(
        Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
      );
    });
    const timer = setTimeout(() => resolve(undefined), 1_000);
    socket.once("data", (bytes: Buffer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(bytes[3]);
    });
    socket.on("error", () => undefined);
  });
}
