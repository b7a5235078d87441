import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { Bench } from "../vault-core/helper.js";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0)) step();
});

/** An OpenID provider without keys. */
async function provider(): Promise<string> {
  const server = createServer((request, response) => {
    const url = `http://${String(request.headers.host)}`;
    const document = { issuer: url, jwks_uri: `${url}/keys`, authorization_endpoint: `${url}/auth` };
    response.end(JSON.stringify(request.url === "/keys" ? { keys: [] } : document));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function mounted(config?: Readonly<Record<string, unknown>>): Promise<Bench> {
  const bench = new Bench();
  await bench.root("POST", "sys/auth/jwt", { type: "jwt" });
  if (config !== undefined) expect((await bench.root("POST", "auth/jwt/config", config)).status).toBe(204);
  return bench;
}

describe("a login by browser", () => {
  it("needs a configuration", async () => {
    const bench = await mounted();
    expect((await bench.ask("POST", "auth/jwt/oidc/auth_url", { body: {} })).json.errors).toEqual([
      "could not load configuration",
    ]);
    expect((await bench.ask("GET", "auth/jwt/oidc/callback")).json.errors).toEqual([
      "Vault login failed. Could not load configuration",
    ]);
  });

  it("gets a URL for a redirect that the role allows, and an empty one for others", async () => {
    const url = await provider();
    const bench = await mounted({ oidc_discovery_url: url, oidc_client_id: "a", oidc_client_secret: "b" });
    await bench.root("POST", "auth/jwt/role/r", { user_claim: "sub", allowed_redirect_uris: "https://x/y" });
    const ask = async (body: object) => (await bench.ask("POST", "auth/jwt/oidc/auth_url", { body })).json;
    expect((await ask({})).errors).toEqual(["missing role"]);
    expect((await ask({ role: "r" })).errors).toEqual(["missing redirect_uri"]);
    expect((await ask({ role: "no", redirect_uri: "z" })).errors).toEqual(['role "no" could not be found']);
    expect((await ask({ role: "r", redirect_uri: "https://bad" })).data).toEqual({ auth_url: "" });
    const found = new URL(String((await ask({ role: "r", redirect_uri: "https://x/y" })).data?.auth_url));
    expect([...found.searchParams.keys()]).toEqual([
      "client_id",
      "code_challenge",
      "code_challenge_method",
      "nonce",
      "redirect_uri",
      "response_type",
      "scope",
      "state",
    ]);
  });

  it("leaves no way to log in with a token", async () => {
    const url = await provider();
    const bench = await mounted({ oidc_discovery_url: url, oidc_client_id: "a", oidc_client_secret: "b" });
    await bench.root("POST", "auth/jwt/role/j", { role_type: "jwt", user_claim: "sub", bound_audiences: "vault" });
    const { json } = await bench.ask("POST", "auth/jwt/login", { body: { role: "j", jwt: "a.b.c" } });
    expect(json.errors).toEqual(["error configuring token validator: unsupported config type"]);
  });
});

describe("a token that is none", () => {
  it("is told of in go-oidc's words where keys are behind a URL", async () => {
    const bench = await mounted({ jwks_url: `${await provider()}/keys` });
    await bench.root("POST", "auth/jwt/role/r", { role_type: "jwt", user_claim: "sub", bound_audiences: "vault" });
    const { json } = await bench.ask("POST", "auth/jwt/login", { body: { role: "r", jwt: "garbage" } });
    expect(json.errors).toEqual([
      "error validating token: error verifying token signature: oidc: malformed jwt: go-jose/go-jose: compact JWS format must have three parts",
    ]);
  });
});

describe("a JWT configuration", () => {
  it.each([
    ["x", "data does not contain any valid public keys"],
    ["-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "x509: malformed certificate"],
  ])("is refused with the public key %j", async (key, why) => {
    const bench = await mounted();
    const { json } = await bench.root("POST", "auth/jwt/config", { jwt_validation_pubkeys: [key] });
    expect(json.errors).toEqual([`error parsing public key: ${why}`]);
  });
});
