import { expect, test } from "vitest";
import type { Transcript } from "../../conformance/vault/transcript.js";
import { ReplayWorld } from "../../conformance/vault/world.js";

const TRANSCRIPT: Transcript = {
  id: "unit/cert",
  title: "",
  subject: { product: "vault", version: "1.21.1" },
  given: {
    tls: { clientCa: false },
    certs: { web: { cn: "web.example.com", dns: ["web.example.com"] }, other: { cn: "other", ca: "other" } },
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
    ocsp_servers_override: [],
  });
  await call("POST", "auth/cert/config", { enable_identity_alias_metadata: true });
  expect((await call("GET", "auth/cert/config")).body.data).toEqual({
    disable_binding: false,
    enable_identity_alias_metadata: true,
    ocsp_cache_size: 100,
  });
});
