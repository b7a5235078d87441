import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Journal } from "../../../src/journal/index.js";
import { createAuthority } from "../../../src/pki/index.js";
import { LabClock } from "../../../src/runtime/index.js";
import { type HttpReply, type HttpRequest, listen, type ListenOptions } from "../../../src/transport/index.js";

const clock = new LabClock();
const echo = ({ method, target, body }: HttpRequest): HttpReply => ({
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ method, target, body: body.toString() }),
});

async function start(options: Partial<ListenOptions> = {}) {
  const journal = new Journal({ clock });
  const listener = await listen({ server: "vault", handler: echo, journal, ...options });
  return { journal, listener, port: listener.port, [Symbol.asyncDispose]: () => listener.close() };
}

/** Sends bytes and reads until the server closes, or until `enough` has come. */
function raw(port: number, bytes: string, enough = /$^/): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      got += chunk.toString();
      if (enough.test(got)) socket.destroy();
    });
    socket.on("close", () => resolve(got));
  });
}

test("a request is journaled with its reply, its body parsed", async () => {
  await using lab = await start();
  const reply = await fetch(`${lab.listener.url}/v1/x?a=1`, { method: "POST", body: '{"password":"p","n":1}' });
  expect(await reply.json()).toMatchObject({ method: "POST", target: "/v1/x?a=1" });
  const [request] = lab.journal.events({ type: "request" });
  expect(request).toMatchObject({
    method: "POST",
    path: "/v1/x?a=1",
    body: { n: 1 },
    httpVersion: "1.1",
    connection: 1,
    exchange: 1,
  });
  expect(JSON.stringify(request)).not.toContain('"p"');
  expect(lab.journal.events({ type: "reply" })[0]).toMatchObject({ status: 200, body: { method: "POST" } });
  expect(lab.journal.events({ type: "connection" })[0]).toMatchObject({ tls: false });
});

test("a reply carries the headers that Go sends, and no others of Node's", async () => {
  await using lab = await start();
  const text = await raw(lab.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", /\}/);
  expect(text).not.toMatch(/keep-alive/i);
  expect(text).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Type: application\/json\r\nContent-Length: \d+\r\nDate: /);
});

test("unusual verbs reach the handler as they were sent, also on a kept connection and between others", async () => {
  await using lab = await start();
  const head = (verb: string, path: string, body = ""): string =>
    `${verb} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const all = await new Promise<string>((resolve) => {
    const turns = [
      head("LIST", "/1"),
      head("GET", "/2"),
      head("list", "/3", "body"),
      head("POST", "/4", "more"),
      head("HELP", "/5"),
    ];
    let got = "";
    let waitingFor = 0;
    const socket = net.connect(lab.port, "127.0.0.1", () => socket.write(turns[0] ?? ""));
    socket.on("data", (chunk) => {
      got += chunk.toString();
      if ((got.match(/\}/g) ?? []).length <= waitingFor) return;
      const next = turns[++waitingFor];
      if (next === undefined) socket.destroy();
      else socket.write(next);
    });
    socket.on("close", () => resolve(got));
  });
  const bodies = [...all.matchAll(/\{.*?\}/g)].map((m) => JSON.parse(m[0]) as unknown);
  expect(bodies).toEqual([
    { method: "LIST", target: "/1", body: "" },
    { method: "GET", target: "/2", body: "" },
    { method: "list", target: "/3", body: "body" },
    { method: "POST", target: "/4", body: "more" },
    { method: "HELP", target: "/5", body: "" },
  ]);
  expect(lab.journal.events({ type: "connection" })).toHaveLength(1);
});

test("LIST after ordinary requests on the same connection works", async () => {
  await using lab = await start();
  const text = await raw(lab.port, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nLIST /b HTTP/1.1\r\nHost: x\r\n\r\n", /LIST/);
  expect(text).toContain('"method":"LIST","target":"/b"');
});

test.each([
  [
    "what is no request",
    "nonsense\r\n\r\n",
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
  ],
  [
    "a request without Host",
    "GET / HTTP/1.1\r\n\r\n",
    "HTTP/1.1 400 Bad Request: missing required Host header\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request: missing required Host header",
  ],
  [
    "headers without end",
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(1_100_000)}`,
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Request Header Fields Too Large",
  ],
])("%s is answered in Go's words", async (_, bytes, answer) => {
  await using lab = await start();
  expect(await raw(lab.port, bytes)).toBe(answer);
});

test("a body above the limit reaches the handler cut, and says so", async () => {
  let seen: HttpRequest | undefined;
  await using lab = await start({ bodyLimit: 4, handler: (request) => ((seen = request), { status: 413 }) });
  const reply = await fetch(lab.listener.url, { method: "POST", body: "123456" });
  expect(reply.status).toBe(413);
  expect([seen?.body.toString(), seen?.truncated]).toEqual(["1234", true]);
});

test("closing ends kept-alive connections at once", async () => {
  const { listener, journal } = await start();
  const agent = new http.Agent({ keepAlive: true });
  await new Promise((resolve) => http.get(listener.url, { agent }, (reply) => reply.resume().on("end", resolve)));
  await listener.close();
  expect(journal.events({ type: "disconnect" })[0]).toMatchObject({ by: "server" });
  agent.destroy();
});

test("a port that is taken is said in a sentence", async () => {
  await using lab = await start();
  await expect(start({ port: lab.port })).rejects.toMatchObject({
    code: "MISTRUST_LISTEN_FAILED",
    message: `cannot listen on 127.0.0.1:${lab.port}: something else already does`,
  });
});

test("HTTP/2 is agreed on by ALPN, and HTTP/1.1 stays possible", async () => {
  const root = createAuthority({ clock, commonName: "Root" });
  const leaf = root.issue({ dns: ["localhost"] });
  await using lab = await start({ tls: { certificatePem: leaf.chainPem, keyPem: leaf.keyPem } });
  const session = http2.connect(`https://localhost:${lab.port}`, { ca: root.certificatePem });
  const text = await new Promise<string>((resolve, reject) => {
    const stream = session.request({ ":method": "LIST", ":path": "/h2" });
    let got = "";
    stream.on("data", (chunk: Buffer) => (got += chunk.toString()));
    stream.on("end", () => resolve(got));
    stream.on("error", reject);
    stream.end();
  });
  session.close();
  expect(JSON.parse(text)).toEqual({ method: "LIST", target: "/h2", body: "" });
  const status = await new Promise((resolve, reject) => {
    https
      .get(`https://localhost:${lab.port}/h1`, { ca: root.certificatePem, agent: false }, (reply) =>
        resolve(reply.resume().statusCode),
      )
      .on("error", reject);
  });
  expect(status).toBe(200);
  expect(lab.journal.events({ type: "request" })).toMatchObject([{ httpVersion: "2.0" }, { httpVersion: "1.1" }]);
});

test("a stream that the client cancels is no error", async () => {
  const root = createAuthority({ clock, commonName: "Root" });
  const leaf = root.issue({ dns: ["localhost"] });
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await using lab = await start({
    tls: { certificatePem: leaf.chainPem, keyPem: leaf.keyPem },
    handler: async ({ target }) => {
      if (target === "/slow") await asked;
      return { status: 200, body: target };
    },
  });
  const session = http2.connect(`https://localhost:${lab.port}`, { ca: root.certificatePem });
  const slow = session.request({ ":path": "/slow" });
  await lab.journal.waitFor({ request: "GET /slow" });
  slow.close(http2.constants.NGHTTP2_CANCEL);
  await new Promise((resolve) => slow.on("close", resolve));
  answer();
  await lab.journal.waitFor({ type: "reply" });
  const status = await new Promise((resolve) => {
    session
      .request({ ":path": "/next" })
      .on("response", (headers) => resolve(headers[":status"]))
      .resume();
  });
  expect(status).toBe(200);
  session.close();
});

test("a reply that cannot be written ends its connection and nothing else", async () => {
  await using lab = await start({
    handler: ({ target }) => ({ status: 200, headers: target === "/bad" ? { "X-Y": "a\nb" } : {} }),
  });
  expect(await raw(lab.port, "GET /bad HTTP/1.1\r\nHost: x\r\n\r\n")).toBe("");
  expect((await fetch(`${lab.listener.url}/good`)).status).toBe(200);
  expect(lab.journal.events({ log: "a reply could not be written" })).toHaveLength(1);
});

describe("a unix socket", () => {
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "mistrust-"))));
  afterAll(async () => await rm(folder, { recursive: true }));

  test("is listened on, replaced when nobody answers on it, and refused when somebody does", async () => {
    const path = join(folder, "vault.sock");
    {
      await using lab = await start({ path });
      expect(lab.listener).toMatchObject({ url: `unix://${path}`, address: path });
      await expect(start({ path })).rejects.toMatchObject({ code: "MISTRUST_LISTEN_FAILED" });
      const text = await new Promise<string>((resolve) => {
        http.get({ socketPath: path, path: "/over-unix" }, (reply) =>
          reply.once("data", (chunk: Buffer) => resolve(chunk.toString())),
        );
      });
      expect(text).toContain("/over-unix");
    }
    const { stdout } = await promisify(execFile)(process.execPath, [
      "-e",
      `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
    ]).catch(() => ({ stdout: "killed" }));
    expect(stdout).toBe("killed");
    await using lab = await start({ path });
    expect(lab.listener.address).toBe(path);
  });

  test("with a path that the system would cut is refused", async () => {
    await expect(start({ path: join(folder, "x".repeat(108)) })).rejects.toMatchObject({
      code: "MISTRUST_SOCKET_PATH_TOO_LONG",
    });
  });
});
