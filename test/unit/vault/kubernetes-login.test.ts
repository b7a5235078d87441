import { describe, expect, test } from "vitest";
import type { Transcript } from "../../conformance/vault/transcript.js";
import { ReplayWorld } from "../../conformance/vault/world.js";

const ACCOUNT = { name: "app", uid: "7683a434-9cfb-4e17-8d3d-5a0b1c2d3e4f" };

interface Situation {
  readonly version?: string;
  readonly boundAudiences?: "enforce" | "ignore";
  readonly audience?: unknown;
  /** Laid over the token's claims; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly role?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly review?: Readonly<Record<string, unknown>>;
}

const GOOD_STATUS = {
  authenticated: true,
  user: { username: "system:serviceaccount:default:app", uid: ACCOUNT.uid },
  audiences: ["vault", "other"],
};

function transcript({ version = "1.21.1", audience = ["vault"], claims, review }: Situation): Transcript {
  return {
    id: "unit/kubernetes-login",
    title: "",
    subject: { product: "vault", version },
    given: {
      kubernetes: { tokenReview: [review ?? { body: { status: GOOD_STATUS } }] },
      jwts: {
        app: {
          claims: {
            iat: "<now-5>",
            exp: "<now+600>",
            aud: audience,
            "kubernetes.io": { namespace: "default", serviceaccount: ACCOUNT },
            ...claims,
          },
        },
      },
    },
    steps: [],
  };
}

/** Sets a login up, tries it once, and tells what client, journal and operator saw. */
async function tryLogin(situation: Situation) {
  await using world = await ReplayWorld.start(transcript(situation), situation.boundAudiences ?? "ignore");
  const call = async (path: string, body: unknown) => {
    const request = { method: "POST", path: `/v1/${path}`, headers: { "X-Vault-Token": "${root}" }, body };
    return await world.perform({ request, response: {} });
  };
  await call("sys/auth/kubernetes", { type: "kubernetes" });
  const config = { kubernetes_host: "${kubernetes.host}", kubernetes_ca_cert: "${kubernetes.ca}", ...situation.config };
  await call("auth/kubernetes/config", config);
  const bound = { bound_service_account_names: "app", bound_service_account_namespaces: "default" };
  const written = await call("auth/kubernetes/role/web", { ...bound, audience: "vault", ...situation.role });
  const reply = await call("auth/kubernetes/login", { role: "web", jwt: "${jwt.app}" });
  const checks = world.journal.events({ type: "checks" }).findLast((event) => event.type === "checks");
  const logs = world.journal
    .events({ type: "log" })
    .map((event) => (event.type === "log" ? `${event.level} ${event.line}` : ""));
  return { written, reply, logs, checks: checks?.type === "checks" ? checks : undefined };
}

describe("bound_audiences on a Kubernetes role", () => {
  const role = { audience: "", bound_audiences: ["vault", "backup"] };

  test("enforced, it refuses a token of another audience and the check names both", async () => {
    const { reply, checks } = await tryLogin({ boundAudiences: "enforce", role, audience: ["other"] });
    expect(reply?.status).toBe(403);
    expect(JSON.parse(reply?.text ?? "")).toEqual({
      errors: ["invalid audience (aud) claim: audience claim does not match any expected audience"],
    });
    expect(checks?.refusedBy).toBe("bound-audiences");
    expect(checks?.checks.at(-1)).toMatchObject({ wanted: '["vault" "backup"]', got: '["other"]' });
  });

  test("enforced, it lets a token through that meets one of them", async () => {
    const { reply } = await tryLogin({ boundAudiences: "enforce", role, audience: ["vault"] });
    expect(reply?.status).toBe(200);
  });

  test("enforced, the write answers with what a real Vault would do", async () => {
    const { written } = await tryLogin({ boundAudiences: "enforce", role });
    expect(written?.status).toBe(200);
    expect(written?.text).toContain("A real Vault's Kubernetes auth method has no such field");
    expect(written?.text).not.toContain("Endpoint ignored");
  });

  test("ignored, the login of a token of another audience succeeds", async () => {
    const { reply, checks } = await tryLogin({ role, audience: ["other"] });
    expect(reply?.status).toBe(200);
    expect(checks?.checks.find(({ id }) => id === "bound-audiences")?.outcome).toBe("skipped");
  });
});

describe("a role audience that differs from the token's", () => {
  const different = { audience: ["other"] };

  test.each([
    ["1.21.1", 403, "invalid audience (aud) claim: audience claim does not match any expected audience"],
    ["1.12.0", 500, "invalid audience (aud) claim: audience claim does not match any expected audience"],
    ["1.10.0", 500, 'claim "aud" is invalid'],
  ])("is refused by Vault %s with %i", async (version, status, text) => {
    const { reply, checks } = await tryLogin({ ...different, version });
    expect(reply?.status).toBe(status);
    expect(JSON.parse(reply?.text ?? "")).toEqual({ errors: [text] });
    expect(checks?.refusedBy).toBe("audience");
    expect(checks?.checks.at(-1)).toMatchObject({ wanted: "vault", got: '["other"]' });
  });
});

describe("a TokenReview that fails", () => {
  test("with 401 is a bare 403, and the reason stands in the debug log and in the check", async () => {
    const { reply, checks, logs } = await tryLogin({
      review: { status: 401, body: { kind: "Status", status: "Failure", code: 401 } },
    });
    expect(reply?.text).toBe('{"errors":["permission denied"]}\n');
    expect(checks?.refusedBy).toBe("token-review");
    expect(checks?.checks.at(-1)?.remedy).toContain("token_reviewer_jwt");
    expect(logs.at(-1)).toMatch(
      /^debug auth\.kubernetes\.auth_kubernetes_[0-9a-f]{8}: login unauthorized: err="lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new token"$/,
    );
  });

  test("is logged at error level by Vault 1.10", async () => {
    const { logs } = await tryLogin({
      version: "1.10.0",
      review: { body: { status: { ...GOOD_STATUS, authenticated: false } } },
    });
    expect(logs.at(-1)).toMatch(/^error .*: login unauthorized due to: lookup failed: service account jwt not valid$/);
  });

  test("since nobody listens is worded as Go words it", async () => {
    const { logs } = await tryLogin({ config: { kubernetes_host: "https://127.0.0.1:1" } });
    expect(logs.at(-1)).toContain("dial tcp 127.0.0.1:1: connect: connection refused");
  });

  test("since the certificate comes from another CA is worded as Go words it", async () => {
    const { logs } = await tryLogin({ config: { kubernetes_ca_cert: "${other.ca}" } });
    expect(logs.at(-1)).toContain("tls: failed to verify certificate: x509: certificate signed by unknown authority");
  });

  test.each([
    ["10.0.0.1:6443", "first path segment in URL cannot contain colon"],
    ["kubernetes.default.svc", 'unsupported protocol scheme \\"\\"'],
    ["localhost:6443", 'unsupported protocol scheme \\"localhost\\"'],
  ])("since kubernetes_host is %s says so", async (host, words) => {
    const { reply, logs } = await tryLogin({ config: { kubernetes_host: host } });
    expect(reply?.status).toBe(403);
    expect(logs.at(-1)).toContain(words);
  });
});

test("a login keeps its connection to the API server for the next one", async () => {
  await using world = await ReplayWorld.start(transcript({}), "ignore");
  const call = async (path: string, body: unknown) =>
    await world.perform({
      request: { method: "POST", path: `/v1/${path}`, headers: { "X-Vault-Token": "${root}" }, body },
      response: {},
    });
  await call("sys/auth/kubernetes", { type: "kubernetes" });
  await call("auth/kubernetes/config", {
    kubernetes_host: "${kubernetes.host}",
    kubernetes_ca_cert: "${kubernetes.ca}",
  });
  await call("auth/kubernetes/role/web", { bound_service_account_names: "*", bound_service_account_namespaces: "*" });
  for (let i = 0; i < 3; i++)
    expect((await call("auth/kubernetes/login", { role: "web", jwt: "${jwt.app}" }))?.status).toBe(200);
  expect(world.api.connections).toBe(1);
});

test("a token with nothing but exp is taken for one that is not valid yet, as hashicorp/cap computes it", async () => {
  const { reply } = await tryLogin({ claims: { iat: undefined } });
  expect(reply?.text).toContain("invalid not before (nbf) claim: token not yet valid");
});
