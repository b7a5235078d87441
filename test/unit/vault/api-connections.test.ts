import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { ApiServer } from "../../../src/vault/auth/kubernetes/api-server.js";
import { ConnectionPool } from "../../../src/vault/auth/kubernetes/connections.js";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0)) step();
});

/** An API server that speaks as told. `answer` is given each request's text and which one it is on its connection. */
async function apiServer(answer: (socket: Socket, request: string, count: number) => unknown): Promise<ApiServer> {
  const server = createServer((socket) => {
    let count = 0;
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => answer(socket, bytes.toString(), ++count));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = new ConnectionPool();
  const api = new ApiServer({ host, ca: undefined, now: () => 0, go: "1.24", pool });
  cleanUp.push(
    () => pool.close(),
    () => server.close(),
  );
  return api;
}

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe("the connections to an API server", () => {
  it("send what Go's client sends, in its order", async () => {
    let seen = "";
    const api = await apiServer((socket, request) => {
      seen = request;
      socket.write(ok("{}"));
    });
    await api.post("/review", "a.b.c", '{"spec":{}}');
    expect(seen.replace(/127\.0\.0\.1:\d+/, "HOST")).toBe(
      [
        "POST /review HTTP/1.1",
        "Host: HOST",
        "User-Agent: Go-http-client/1.1",
        "Content-Length: 11",
        "Accept: application/json",
        "Authorization: Bearer a.b.c",
        "Content-Type: application/json",
        "Accept-Encoding: gzip",
        "",
        '{"spec":{}}',
      ].join("\r\n"),
    );
  });

  it("are kept and used again", async () => {
    const api = await apiServer((socket, _, count) => socket.write(ok(String(count))));
    const bodies = [await api.get("/", ""), await api.get("/", ""), await api.get("/", "")].map(({ body }) => body);
    expect(bodies).toEqual(["1", "2", "3"]);
  });

  it("are given up after an answer that says so", async () => {
    const answer = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
    const api = await apiServer((socket, _, count) => socket.write(answer + String(count)));
    expect(await api.get("/", "")).toEqual({ status: 401, body: "1" });
    expect(await api.get("/", "")).toEqual({ status: 401, body: "1" });
  });

  it("are replaced when the server has closed them at the moment of use", async () => {
    const api = await apiServer((socket, _, count) => (count === 1 ? socket.write(ok("1")) : socket.destroy()));
    await api.get("/", "");
    expect(await api.get("/", "")).toEqual({ status: 200, body: "1" });
  });

  it.each([
    ["chunks with trailers", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"],
    ["chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"],
    ["a body that ends with the connection", "\r\nabcde"],
    ["a body of a known length", "Content-Length: 5\r\n\r\nabcde"],
  ])("read %s, however the bytes arrive", async (_, rest) => {
    const api = await apiServer((socket) => {
      const bytes = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n${rest}`;
      const send = (at: number): void => {
        if (at < bytes.length) socket.write(bytes.slice(at, at + 1), () => setImmediate(send, at + 1));
        else socket.end();
      };
      send(0);
    });
    expect(await api.get("/", "")).toEqual({ status: 201, body: "abcde" });
  });

  it("read compressed answers", async () => {
    const body = gzipSync("plain");
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    const api = await apiServer((socket) => socket.write(Buffer.concat([Buffer.from(head), body])));
    expect(await api.get("/", "")).toEqual({ status: 200, body: "plain" });
  });

  it.each([
    ["no answer", "", "EOF"],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-", "EOF"],
    ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "unexpected EOF"],
    ["what is no HTTP", "hello\r\n", 'net/http: HTTP/1.x transport connection broken: malformed HTTP response "hello"'],
  ])("say in Go's words what came instead: %s", async (_, answer, words) => {
    const api = await apiServer((socket) => socket.end(answer));
    await expect(api.get("/x", "")).rejects.toThrow(
      new RegExp(`^Get "http://127\\.0\\.0\\.1:\\d+/x": ${words.replaceAll("/", "\\/")}$`),
    );
  });

  it("refuse a token that no header can hold", async () => {
    const api = await apiServer(() => undefined);
    await expect(api.get("/", "a\nb")).rejects.toThrow(/net\/http: invalid header field value for "Authorization"$/);
  });
});
