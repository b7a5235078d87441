import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { Journal } from "../src/journal/index.js";
import { LabClock, Seed } from "../src/runtime/index.js";
import { createSpire } from "../src/spire/index.js";

/** A process with one of the servers that are measured: `ours` or `bare`, at a socket. */
export type ServerKind = "ours" | "bare";
export type ServerRequest = "push" | "memory";

/** Bytes, after a garbage collection. */
export interface ServerReply {
  readonly used: number;
  readonly resident: number;
  /** µs of CPU time that the process has taken when it was asked, and after it has cleaned up. */
  readonly asked: number;
  readonly cleaned: number;
}

const [kind, path] = process.argv.slice(2) as [ServerKind, string];
const HOUR = 3_600_000;

/** The fake SPIRE; the returned function brings its clock to where the certificate is renewed. */
async function ours(): Promise<() => void> {
  const clock = new LabClock();
  const journal = new Journal({ clock });
  const entries = [{ spiffeId: "spiffe://example.org/web", selectors: ["unix:uid:1000"] }];
  const spire = await createSpire({ clock, journal, seed: new Seed("bench"), trustDomain: "example.org", entries });
  await spire.listen({ path }, { selectors: ["unix:uid:1000"] });
  return () => clock.set(clock.now() + 0.6 * HOUR);
}

/** Bytes as long as the answer of ours, with version and nonce where a client looks for them. */
function answer(): Buffer {
  const text = (number: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, (value.length & 0x7f) | 0x80, value.length >> 7]), value]);
  return Buffer.concat([
    text(1, Buffer.from("1")),
    text(2, Buffer.alloc(1_120)),
    text(4, Buffer.from("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret")),
    text(5, Buffer.from("0a1b2c3d")),
  ]);
}

/** The least that a server with grpc-js can do; the returned function writes the bytes to every stream again. */
async function bare(): Promise<() => void> {
  const bytes = answer();
  const streams = new Set<ServerDuplexStream<Buffer, Buffer>>();
  const asIs = (value: Buffer): Buffer => value;
  const server = new Server();
  const definition = {
    StreamSecrets: {
      path: "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets",
      requestStream: true,
      responseStream: true,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
  server.addService(definition, {
    StreamSecrets: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on("data", () => {
        if (streams.has(call)) return;
        streams.add(call);
        call.write(bytes);
      });
      call.on("cancelled", () => streams.delete(call));
      call.on("error", () => undefined);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return () => {
    for (const call of streams) call.write(bytes);
  };
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const push = await (kind === "ours" ? ours() : bare());
process.on("message", (request: ServerRequest) => {
  if (request === "push") {
    push();
    return;
  }
  const asked = cpu();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ used: heapUsed + external, resident: rss, asked, cleaned: cpu() } satisfies ServerReply);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
