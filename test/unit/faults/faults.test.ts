import { expect, test } from "vitest";
import { FAULTS, type FaultValues } from "../../../src/faults/index.js";
import { MistrustError } from "../../../src/runtime/index.js";
import type { FaultSource, HttpHandler } from "../../../src/transport/index.js";
import { clock, echo, request, startTls } from "../transport/support.js";

const kind = (id: string) => {
  const found = FAULTS.find((fault) => fault.id === id);
  if (found === undefined) throw new Error(`no fault ${id}`);
  return found;
};

/** A listener on which every connection, or every request, meets the fault. */
function startWith(id: string, values: FaultValues = {}) {
  const strike = kind(id).socket?.(values);
  const http = kind(id).http?.(values, clock);
  const faults: FaultSource = (moment) => (strike?.moment === moment ? strike.fault : undefined);
  const handler: HttpHandler = (req) => (http === undefined ? echo(req) : http(req, echo));
  return startTls({}, { faults, handler });
}

test.each<[string, FaultValues, string | RegExp]>([
  ["close", {}, "ECONNRESET"],
  ["close", { at: "hello" }, "ECONNRESET"],
  ["close", { at: "request" }, ""],
  ["close", { at: "headers" }, /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n$/],
  ["close", { at: "body" }, /^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n\{"method":"GET","[a-z]*$/],
  ["reset", {}, "ECONNRESET"],
  ["reset", { at: "hello" }, "ECONNRESET"],
  ["reset", { at: "request" }, "ECONNRESET"],
  ["garbage", {}, "ERR_SSL_WRONG_VERSION_NUMBER"],
  ["half-record", {}, "ECONNRESET"],
  ["half-record", { bytes: 20 }, "ECONNRESET"],
  ["tls-alert", {}, "alert number 40"],
  ["tls-alert", { alert: "unrecognized name" }, "alert number 112"],
  ["tls-alert", { alert: 80 }, "alert number 80"],
  [
    "http-status",
    { status: 503, body: "no server is available", headers: { "Cache-Control": "no-cache" } },
    /^HTTP\/1.1 503 Service Unavailable\r\nCache-Control: no-cache\r\n[\s\S]*no server is available$/,
  ],
  ["delay", { for: "5ms" }, /200 OK/],
])("the fault %s %o looks to a client like what it is", async (id, values, outcome) => {
  await using lab = await startWith(id, values);
  const got = await request(lab.port);
  if (typeof outcome === "string") expect(got).toBe(outcome);
  else expect(got).toMatch(outcome);
});

test("a silent server keeps the connection, and closing the listener ends it", async () => {
  const lab = await startWith("silence", { at: "hello" });
  const waiting = request(lab.port);
  await lab.journal.waitFor({ type: "fault" });
  await lab.listener.close();
  expect(await waiting).toBe("ECONNRESET");
});

test("a fault is journaled, with the hello that it struck", async () => {
  await using lab = await startWith("tls-alert", { alert: "bad_certificate" });
  await request(lab.port);
  expect(lab.journal.events({ type: "fault" })[0]).toMatchObject({
    fault: "tls-alert",
    note: "sent the alert bad_certificate",
  });
  expect(lab.journal.events({ type: "handshake" })[0]).toMatchObject({
    outcome: "failed",
    endedBy: "server",
    hello: { serverName: "localhost" },
  });
});

test("an alert that does not exist is refused with the nearest name", () => {
  expect(() => kind("tls-alert").socket?.({ alert: "handshake_failur" })).toThrow(MistrustError);
});
