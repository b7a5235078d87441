import { once } from "node:events";
import { type AddressInfo, type Server } from "node:net";
import { createServer } from "node:tls";
import { Worker } from "node:worker_threads";
import { Journal } from "../src/journal/index.js";
import { createAuthority } from "../src/pki/index.js";
import { LabClock } from "../src/runtime/index.js";
import { listen } from "../src/transport/index.js";
import { median, type Row } from "./report.js";

/** Short and many, turn by turn, so that what else the machine does hits both alike. */
const ROUNDS = 15;
const SECONDS = 0.3;

/** Clients of their own thread, so that the servers keep the main thread's core. The context is made once. */
const CLIENT = `
const { parentPort } = require("node:worker_threads");
const tls = require("node:tls");
const contexts = new Map();
parentPort.on("message", async ({ port, ca, ms, parallel }) => {
  const secureContext = contexts.get(ca) ?? tls.createSecureContext({ ca });
  contexts.set(ca, secureContext);
  const end = Date.now() + ms;
  let done = 0;
  const one = () => new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: "127.0.0.1", secureContext, ALPNProtocols: ["http/1.1"] }, () => {
      socket.destroy();
      done++;
      resolve();
    });
    socket.on("error", reject);
  });
  await Promise.all(Array.from({ length: parallel }, async () => { while (Date.now() < end) await one(); }));
  parentPort.postMessage(done);
});
`;

/** Full TLS 1.3 handshakes per second: the front, with its ClientHello journaled, beside a bare node:tls server. */
export async function handshakes(): Promise<Row[]> {
  const clock = new LabClock();
  const root = createAuthority({ clock, commonName: "bench" });
  const { chainPem, keyPem } = root.issue({ dns: ["localhost"], ips: ["127.0.0.1"] });
  const bare: Server = createServer({ cert: chainPem, key: keyPem, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
    socket.on("error", () => undefined).resume();
  });
  bare.listen(0, "127.0.0.1");
  await once(bare, "listening");
  await using front = await listen({
    server: "vault",
    journal: new Journal({ clock }),
    handler: () => ({ status: 204 }),
    tls: { certificatePem: chainPem, keyPem, clientCertificate: "none" },
  });
  const client = new Worker(CLIENT, { eval: true });
  const perSecond = async (port: number, seconds = SECONDS): Promise<number> => {
    client.postMessage({ port, ca: root.certificatePem, ms: seconds * 1000, parallel: 8 });
    const [done] = (await once(client, "message")) as [number];
    return done / seconds;
  };
  const barePort = (bare.address() as AddressInfo).port;
  const ours: number[] = [];
  const floor: number[] = [];
  await perSecond(barePort, 1);
  await perSecond(front.port, 1);
  for (let i = 0; i < ROUNDS; i++) {
    floor.push(await perSecond(barePort));
    ours.push(await perSecond(front.port));
  }
  await client.terminate();
  bare.close();
  const met = median(ours.map((rate, i) => (floor[i] ?? 0) / rate)) <= 1.25;
  return [
    { what: "TLS 1.3 handshakes", ours: median(ours), floor: median(floor), unit: "/s", aim: "≥ floor / 1.25", met },
  ];
}
