import { expect, test } from "vitest";
import type { Transcript } from "../../conformance/vault/transcript.js";
import { ReplayWorld } from "../../conformance/vault/world.js";

const TRANSCRIPT: Transcript = {
  id: "unit/cert",
  title: "",
  subject: { product: "vault", version: "1.15.6" },
  given: {
    tls: { clientCa: false },
    certs: {
      web: { cn: "web.example.com", dns: ["web.example.com"] },
      other: { cn: "other", ca: "other" },
      unbound: { cn: "unbound", clientAuth: false },
      late: { cn: "late", ca: "other", start: -3, days: -1 },
      self: { cn: "self", ca: "self" },
    },
  },
  steps: [],
};

interface Body {
  readonly errors?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly auth?: Readonly<Record<string, unknown>> | null;
}

async function mounted(role: Readonly<Record<string, unknown>> = {}) {
  const world = await ReplayWorld.start(TRANSCRIPT);
  const call = async (method: string, path: string, body?: unknown, clientCert?: string, token = "${root}") => {
    const request = {
      method,
      path: `/v1/${path}`,
      headers: { "X-Vault-Token": token },
      ...(body !== undefined && { body }),
    };
    const over = clientCert === undefined ? {} : { listener: "tls" as const, clientCert };
    const reply = await world.perform({ request, response: {}, ...over });
    const text = reply?.text ?? "";
    return { status: reply?.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
  };
  await call("POST", "sys/auth/cert", { type: "cert" });
  const usual = { certificate: "${client.ca}", token_policies: "p", token_ttl: "10m" };
  await call("POST", "auth/cert/certs/web", { ...usual, ...role });
  return { call, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

test("a token is renewed with the certificate that it was got with, and with no other", async () => {
  await using method = await mounted();
  const { call } = method;
  const login = await call("POST", "auth/cert/login", {}, "web");
  const token = String(login.body.auth?.client_token);
  expect((await call("POST", "auth/token/renew-self", {}, "web", token)).status).toBe(200);
  const stranger = await call("POST", "auth/token/renew-self", {}, "other", token);
  expect([stranger.status, stranger.body.errors?.[0]]).toEqual([400, expect.stringContaining("invalid certificate")]);
  await call("POST", "auth/cert/config", { disable_binding: true });
  expect((await call("POST", "auth/token/renew-self", {}, "other", token)).status).toBe(200);
});

test("a role's policies must not have changed since the login", async () => {
  await using method = await mounted();
  const { call } = method;
  const login = await call("POST", "auth/cert/login", {}, "web");
  await call("POST", "auth/cert/certs/web", { token_policies: "q" });
  const renewal = await call("POST", "auth/token/renew-self", {}, "web", String(login.body.auth?.client_token));
  expect([renewal.status, renewal.body.errors?.[0]]).toEqual([
    500,
    expect.stringContaining("failed to renew entry: policies have changed, not renewing"),
  ]);
});

test("required extensions have to be there, as text or in hex", async () => {
  await using absent = await mounted({ required_extensions: ["1.2.3.4:x"] });
  expect((await absent.call("POST", "auth/cert/login", {}, "web")).body.errors).toEqual([
    "no chain matching all constraints could be found for this login certificate",
  ]);
  await absent.call("POST", "auth/cert/certs/web", { required_extensions: ["hex:2.5.29.15:0302*"] });
  expect((await absent.call("POST", "auth/cert/login", {}, "web")).status).toBe(200);
});

test("settings of role and method are kept and shown", async () => {
  await using method = await mounted({ ocsp_enabled: true });
  const { call } = method;
  expect((await call("GET", "auth/cert/certs/web")).body.data).toMatchObject({
    ocsp_enabled: true,
    ocsp_fail_open: false,
    ocsp_servers_override: null,
    allowed_common_names: null,
  });
  await call("POST", "auth/cert/config", { enable_identity_alias_metadata: true });
  expect((await call("GET", "auth/cert/config")).body.data).toEqual({
    disable_binding: false,
    enable_identity_alias_metadata: true,
    ocsp_cache_size: 0,
  });
});

test("a certificate that names no usages is good for logins", async () => {
  await using method = await mounted();
  expect((await method.call("POST", "auth/cert/login", {}, "unbound")).status).toBe(200);
});

test("an expired certificate is an error of the method, whoever signed it", async () => {
  await using method = await mounted();
  const { status, body } = await method.call("POST", "auth/cert/login", {}, "late");
  expect([status, body.errors?.[0]]).toEqual([
    500,
    expect.stringContaining("failed to verify client's certificate: x509: certificate has expired"),
  ]);
});

test("a pinned certificate that misses a constraint is refused like an unknown one", async () => {
  await using method = await mounted({ certificate: "${cert.self.pem}", allowed_common_names: "nobody" });
  expect((await method.call("POST", "auth/cert/login", {}, "self")).body.errors).toEqual([
    expect.stringContaining("invalid certificate or no client certificate supplied"),
  ]);
});

test("a role takes the old names of token settings, and warns of lives longer than the mount's", async () => {
  await using method = await mounted();
  const { call } = method;
  const written = await call("POST", "auth/cert/certs/old", {
    certificate: "${client.ca}",
    policies: "B,a",
    lease: 60,
    token_max_ttl: "1000h",
  });
  expect(written.body).toMatchObject({
    warnings: ["Given max_ttl of 3600000 seconds is greater than current mount/system default of 2764800 seconds"],
  });
  expect((await call("GET", "auth/cert/certs/old")).body.data).toMatchObject({
    policies: ["a", "b"],
    token_policies: ["a", "b"],
    ttl: 60,
    token_ttl: 60,
  });
});
