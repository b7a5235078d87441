import net from "node:net";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { createAuthority } from "../../../src/pki/index.js";
import { clock, request, root, startTls } from "./support.js";

const RSA_ONLY = ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"];
const ECDHE_CLIENT = { ciphers: "ECDHE+AESGCM" };

describe("a handshake that fails", () => {
  test("for want of a shared suite is explained, with the real server's log line", async () => {
    await using lab = await startTls({ rsa: true, maxVersion: "TLSv1.2", cipherSuites: RSA_ONLY, alpn: ["http/1.1"] });
    expect(await request(lab.port, ECDHE_CLIENT)).toBe("alert number 40");
    expect(lab.journal.events({ type: "handshake" })[0]).toMatchObject({
      outcome: "failed",
      endedBy: "server",
      alert: "handshake_failure",
      wanted: RSA_ONLY.join(" "),
      why: "client and server share no cipher suite",
      hello: { versions: ["TLSv1.3", "TLSv1.2"], serverName: "localhost" },
    });
    expect(lab.journal.events({ refusedBy: "cipher-suite" })).toHaveLength(1);
    expect(lab.journal.events({ type: "log" })[0]).toMatchObject({
      level: "info",
      line: expect.stringMatching(
        /^http: TLS handshake error from 127\.0\.0\.1:\d+: tls: no cipher suite supported by both client and server; client offered: \[[0-9a-f ]+\]$/,
      ) as string,
    });
    expect(await request(lab.port, { ciphers: "AES128-GCM-SHA256" })).toContain("200 OK");
  });

  test.each([
    ["vault", /tls: client offered only unsupported versions: \[302 301\]/],
    ["openssl", /error:0A000102:SSL routines::unsupported protocol/],
    [
      "nginx",
      /SSL_do_handshake\(\) failed \(SSL: error:0A000102:SSL routines::unsupported protocol\) while SSL handshaking/,
    ],
    ["haproxy", /SSL handshake failure/],
  ] as const)("for want of a shared version gets alert 70 from %s", async (front, log) => {
    await using lab = await startTls({ front });
    expect(
      await request(lab.port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }),
    ).toBe("alert number 70");
    expect(lab.journal.events({ type: "log" })[0]).toMatchObject({ line: expect.stringMatching(log) as string });
  });

  const stranger = createAuthority({ clock, commonName: "Nobody's CA" }).issue({
    commonName: "client",
    usage: "client",
  });
  const NO_SUITE = { ciphers: "AES128-GCM-SHA256", maxVersion: "TLSv1.2" } as const;
  const NO_CURVE = { ecdhCurve: "P-256" };
  const NO_PROTOCOL = { ALPNProtocols: ["spdy/1", "x"] };
  const UNKNOWN = { cert: stranger.chainPem, key: stranger.keyPem };
  test.each<[go: string, offer: tls.ConnectionOptions, words: RegExp]>([
    ["1.24", NO_SUITE, /tls: no cipher suite supported by both client and server$/],
    ["1.25", NO_SUITE, /tls: no cipher suite supported by both client and server; client offered: \[9c/],
    ["1.23", NO_CURVE, /tls: no ECDHE curve supported by both client and server$/],
    ["1.24", NO_CURVE, /tls: no key exchanges supported by both client and server$/],
    ["1.23", NO_PROTOCOL, /tls: client requested unsupported application protocols \(\[spdy\/1 x\]\)$/],
    ["1.24", NO_PROTOCOL, /tls: client requested unsupported application protocols \(\["spdy\/1" "x"\]\)$/],
    ["1.19", UNKNOWN, /tls: failed to verify client certificate: x509: certificate signed by unknown authority/],
    ["1.20", UNKNOWN, /tls: failed to verify certificate: x509: certificate signed by unknown authority/],
  ])("is worded as Go %s did, given %o: %s", async (go, offer, words) => {
    const clientCa = root.certificatePem;
    await using lab = await startTls({ go, curves: ["P-521"], clientCertificate: "require", clientCa });
    await request(lab.port, offer);
    expect(await lab.journal.waitFor({ type: "log" })).toMatchObject({
      line: expect.stringMatching(/^http: TLS handshake error from 127\.0\.0\.1:\d+: tls: /) as string,
    });
    expect(lab.journal.events({ type: "log" })[0]).toMatchObject({ line: expect.stringMatching(words) as string });
  });

  test("old versions are spoken where the settings say so", async () => {
    await using lab = await startTls({ minVersion: "TLSv1", maxVersion: "TLSv1.1" });
    expect(await request(lab.port, { minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" })).toContain("200 OK");
    expect(await request(lab.port)).toBe("alert number 70");
    expect(lab.journal.events({ type: "handshake" })[0]).toMatchObject({ outcome: "completed", version: "TLSv1.1" });
  });

  test("for want of a shared group gets alert 40", async () => {
    await using lab = await startTls({ curves: ["P-521"] });
    expect(await request(lab.port, { ecdhCurve: "X25519" })).toBe("alert number 40");
    expect(await request(lab.port, { ecdhCurve: "X25519", maxVersion: "TLSv1.2" })).toBe("alert number 40");
    expect(lab.journal.events({ type: "checks" }).map((event) => "refusedBy" in event && event.refusedBy)).toEqual([
      "key-exchange",
      "cipher-suite",
    ]);
    expect(await request(lab.port, { ecdhCurve: "P-521" })).toContain("200 OK");
  });

  test("for want of a shared protocol gets alert 120, but not from HAProxy", async () => {
    await using vault = await startTls();
    expect(await request(vault.port, { ALPNProtocols: ["spdy/1"] })).toBe("alert number 120");
    await using haproxy = await startTls({ front: "haproxy" });
    expect(await request(haproxy.port, { ALPNProtocols: ["spdy/1"] })).toContain("200 OK");
  });

  test("because the client does not trust the certificate names the client and its alert", async () => {
    await using lab = await startTls({ maxVersion: "TLSv1.2" });
    const hello = tls.connect({ port: lab.port, host: "127.0.0.1", ca: [], maxVersion: "TLSv1.2" });
    hello.on("error", () => undefined);
    const event = await lab.journal.waitFor({ type: "handshake" });
    // Node's own client looks at the certificate after the handshake, and says nothing.
    expect(event).toMatchObject({ outcome: "completed" });
  });

  test("by a client that goes away is told from one that resets", async () => {
    await using lab = await startTls();
    const left = net.connect(lab.port, "127.0.0.1", () => left.end(Buffer.from("160301", "hex")));
    await lab.journal.waitFor({ log: "EOF" });
    const after = lab.journal.seq;
    const reset = net.connect(lab.port, "127.0.0.1");
    await lab.journal.waitFor({ type: "connection" }, { after });
    reset.resetAndDestroy();
    await lab.journal.waitFor({ log: "connection reset by peer" }, { after });
    expect(lab.journal.events({ type: "handshake" }).map((event) => "why" in event && event.why)).toEqual([
      "the client closed the connection",
      "the client reset the connection",
    ]);
  });
});

describe("client certificates", () => {
  const clients = createAuthority({ clock, commonName: "Client CA" });
  const pair = (made: { certificatePem: string; keyPem: string }) => ({ cert: made.certificatePem, key: made.keyPem });
  const good = pair(clients.issue({ commonName: "eso", usage: "client" }));
  const expired = pair(clients.issue({ commonName: "old", usage: "client", notBefore: 0, notAfter: 86_400_000 }));
  const foreign = pair(createAuthority({ clock, commonName: "Client CA" }).issue({ commonName: "x", usage: "client" }));
  const settings = { clientCertificate: "require", clientCa: clients.certificatePem } as const;

  test.each([
    ["openssl", undefined, "TLSv1.2", "alert number 40", "alert number 45", /^alert number (48|51)$/],
    ["openssl", undefined, "TLSv1.3", "alert number 116", "alert number 45", /^alert number (48|51)$/],
    ["haproxy", undefined, "TLSv1.2", "alert number 40", "alert number 45", /^alert number (48|51)$/],
    ["vault", "1.20", "TLSv1.2", "alert number 42", "alert number 42", /^alert number 42$/],
    ["vault", "1.20", "TLSv1.3", "alert number 42", "alert number 42", /^alert number 42$/],
    ["vault", "1.24", "TLSv1.2", "alert number 42", "alert number 45", /^alert number 48$/],
    ["vault", "1.24", "TLSv1.3", "alert number 116", "alert number 45", /^alert number 48$/],
    ["vault", "1.25", "TLSv1.2", "alert number 40", "alert number 45", /^alert number 48$/],
    ["vault", "1.25", "TLSv1.3", "alert number 116", "alert number 45", /^alert number 48$/],
  ] as const)(
    "demanded by %s (Go %s) over %s: none, an expired and a foreign one get its own alerts",
    async (front, go, version, none, old, other) => {
      await using lab = await startTls({ ...settings, front, ...(go !== undefined && { go }), maxVersion: version });
      expect(await request(lab.port)).toBe(none);
      expect(await request(lab.port, expired)).toBe(old);
      expect(await request(lab.port, foreign)).toMatch(other);
      expect(await request(lab.port, good)).toContain("200 OK");
      const handshakes = lab.journal.events({ type: "handshake" });
      expect(handshakes.map((event) => "outcome" in event && event.outcome)).toEqual([
        "failed",
        "failed",
        "failed",
        "completed",
      ]);
      expect(handshakes[3]).toMatchObject({ version, clientCertificate: "CN=eso" });
      expect(lab.journal.events({ refusedBy: "client-certificate" })).toHaveLength(3);
    },
  );

  test("may be without a subject", async () => {
    const nameless = pair(clients.issue({ dns: ["eso.example.com"], usage: "client" }));
    await using lab = await startTls(settings);
    expect(await request(lab.port, nameless)).toContain("200 OK");
  });

  test("are refused by nginx in HTTP, with its own page", async () => {
    await using lab = await startTls({ ...settings, front: "nginx" });
    expect(await request(lab.port)).toMatch(
      /^HTTP\/1.1 400 Bad Request\r\nServer: nginx[\s\S]*No required SSL certificate was sent/,
    );
    expect(await request(lab.port, expired)).toContain("The SSL certificate error");
    expect(await request(lab.port, good)).toContain("200 OK");
  });

  test("are asked for by Vault but taken as they come", async () => {
    let chain = 0;
    await using lab = await startTls(
      { clientCa: clients.certificatePem },
      { handler: ({ tls: info }) => ((chain = info?.clientChain.length ?? -1), { status: 204 }) },
    );
    expect(await request(lab.port)).toContain("204");
    expect(chain).toBe(0);
    expect(await request(lab.port, foreign)).toContain("204");
    expect(chain).toBe(1);
  });
});

describe("plain HTTP on the TLS port", () => {
  const plain = (port: number, text: string): Promise<string> =>
    new Promise((resolve) => {
      let got = "";
      const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (got += chunk.toString()));
      socket.on("close", () => resolve(got));
    });

  test.each([
    [
      "vault",
      "GET / HTTP/1.1\r\n\r\n",
      /^HTTP\/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n$/,
    ],
    ["vault", "DELETE / HTTP/1.1\r\n\r\n", /^$/],
    ["nginx", "GET / HTTP/1.1\r\n\r\n", /The plain HTTP request was sent to HTTPS port/],
    ["haproxy", "GET / HTTP/1.1\r\n\r\n", /^$/],
  ] as const)("is answered by %s in its way: %s", async (front, text, answer) => {
    await using lab = await startTls({ front });
    expect(await plain(lab.port, text)).toMatch(answer);
    expect(lab.journal.events({ type: "handshake" })[0]).toMatchObject({ outcome: "failed", endedBy: "server" });
  });
});

test("a hello is read whole even if it comes byte by byte and in several records", async () => {
  await using lab = await startTls();
  const front = net.createServer((socket) => {
    const through = net.connect(lab.port, "127.0.0.1");
    through.setNoDelay();
    let first = true;
    socket.on("data", (chunk) => {
      if (!first) return void through.write(chunk);
      first = false;
      const body = chunk.subarray(5);
      for (let at = 0; at < body.length; at += 50) {
        const part = body.subarray(at, at + 50);
        for (const byte of Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]))
          through.write(Buffer.from([byte]));
      }
    });
    through.on("data", (chunk) => socket.write(chunk)).on("error", () => socket.destroy());
    socket.on("end", () => through.end()).on("error", () => through.destroy());
  });
  const port = await new Promise<number>((resolve) =>
    front.listen(0, "127.0.0.1", () => resolve((front.address() as net.AddressInfo).port)),
  );
  expect(await request(port)).toContain("200 OK");
  expect(lab.journal.events({ type: "handshake" })[0]).toMatchObject({
    outcome: "completed",
    hello: { serverName: "localhost" },
  });
  front.close();
});

test("settings are switched for the next connection, and open ones go on", async () => {
  await using lab = await startTls({ front: "openssl" });
  const open = tls.connect({ port: lab.port, host: "127.0.0.1", ca: root.certificatePem, servername: "localhost" });
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      open.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
      open.write("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    });
  expect(await ask()).toContain("200 OK");
  lab.listener.tls?.use({ ...lab.tlsSettings, clientCertificate: "require", maxVersion: "TLSv1.2" });
  expect(await ask()).toContain("200 OK");
  expect(await request(lab.port)).toBe("alert number 40");
  expect(await ask()).toContain("200 OK");
  open.destroy();
  expect(lab.journal.events({ type: "lab" })[0]).toMatchObject({
    what: "tls settings changed",
    note: "clientCertificate, maxVersion",
  });
});

test("the server name chooses the certificate", async () => {
  const other = root.issue({ dns: ["*.example.org"] });
  await using lab = await startTls({
    sni: { "*.example.org": { certificatePem: other.chainPem, keyPem: other.keyPem } },
  });
  expect(await request(lab.port, { servername: "vault.example.org" })).toContain("200 OK");
  expect(await request(lab.port, { servername: "other.example" })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

test("HTTP/2 over a suite without forward secrecy is sent away before SETTINGS, as Go does", async () => {
  await using lab = await startTls({ rsa: true, maxVersion: "TLSv1.2", cipherSuites: RSA_ONLY });
  const frame = await request(
    lab.port,
    { ciphers: "AES128-GCM-SHA256", ALPNProtocols: ["h2"] },
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  );
  expect(frame).toBe("\0\0\x2b\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0cProhibited TLS 1.2 Cipher Suite: 9c");
  expect(await request(lab.port, { ciphers: "AES128-GCM-SHA256" })).toContain("200 OK");
});

test("settings that cannot be are said in a sentence", async () => {
  await expect(startTls({ cipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA384"] })).rejects.toMatchObject({
    code: "MISTRUST_USAGE",
    message: 'there is no TLS cipher suite "TLS_RSA_WITH_AES_128_GCM_SHA384"',
  });
  await expect(startTls({ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" })).rejects.toMatchObject({
    code: "MISTRUST_CONFLICT",
  });
});
