import { connect, createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { connectionError, dialError, networkAddress } from "../../../src/go/index.js";

/** What a socket that is connected to `port` fails with. */
async function failure(port: number): Promise<Error> {
  const [error] = (await once(connect({ host: "127.0.0.1", port }), "error").catch((thrown: unknown) => [thrown])) as [
    Error,
  ];
  return error;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("a port where nobody listens is refused in Go's words, to a dial and to an exchange alike", async () => {
  const port = await closedPort();
  const error = await failure(port);
  const words = `dial tcp 127.0.0.1:${port}: connect: connection refused`;
  expect(dialError(error, { host: "127.0.0.1", port })).toBe(words);
  expect(connectionError(error, { host: "127.0.0.1", port })).toBe(words);
});

test.each(["ENOTFOUND", "EAI_AGAIN"])("a name that the resolver answers with %s is no host", (code) => {
  const error = Object.assign(new Error(`getaddrinfo ${code} nowhere`), { code, syscall: "getaddrinfo" });
  expect(connectionError(error, { host: "nowhere", port: 443 })).toBe("dial tcp: lookup nowhere: no such host");
});

test("an alert in OpenSSL's error is named as Go names it", () => {
  const text = "error:0A000413:SSL routines:ssl3_read_bytes:sslv3 alert unsupported certificate:SSL alert number 43";
  const error = Object.assign(new Error(text), { code: "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE" });
  expect(connectionError(error, { host: "a", port: 1 })).toBe("remote error: tls: unsupported certificate");
});

test("an IPv6 address stands in brackets before its port", () => {
  expect(networkAddress("::1", 8200)).toBe("[::1]:8200");
  expect(networkAddress("vault", 8200)).toBe("vault:8200");
});
