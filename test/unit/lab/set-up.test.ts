import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/index.js";
import type { Scenario } from "../../../src/scenario/index.js";

function scenario(parts: Partial<Scenario>): Scenario {
  const sources = [{ url: "https://example.org" }];
  return { id: "test/set-up", title: "…", summary: "…", sources, world: {}, expect: { outcome: "failure" }, ...parts };
}

const ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "default", name: "app" } };

describe("the set-up of a world", () => {
  test("writes a list of bodies under one path one after the other", async () => {
    const write = { "secret/data/app": [{ data: { n: 1 } }, { data: { n: 2 } }] };
    await using lab = await startLab(scenario({ world: { vault: { write } } }));
    expect(await lab.vault.core.read("secret/data/app")).toMatchObject({
      data: { data: { n: 2 }, metadata: { version: 2 } },
    });
  });

  test("lets time pass once all is written, and again with each variant", async () => {
    const variants = [
      { id: "later", kind: "contrast", by: "platform", title: "…", change: { clock: { advance: "2h" } } },
    ] as const;
    const clock = { start: "2026-11-23T12:00:00Z", frozen: true, advance: "1h" };
    await using lab = await startLab(scenario({ world: { vault: {} }, clock, variants }));
    expect(lab.lookup("lab.time", "")).toBe("2026-11-23T13:00:00Z");
    await lab.apply("later");
    expect(lab.lookup("lab.time", "")).toBe("2026-11-23T15:00:00Z");
  });

  test("gives out tokens that live for a year, and such that live for an hour", async () => {
    const write = {
      "secret/data/tokens": {
        data: { long: "{{kubernetes.token.default/app}}", short: "{{kubernetes.shortToken.default/app}}" },
      },
    };
    await using lab = await startLab(scenario({ world: { kubernetes: { apply: { ACCOUNT } }, vault: { write } } }));
    const lives = ["kubernetes.token", "kubernetes.shortToken"] as const;
    expect(lives.map((name) => secondsOf(lab.lookup(name, "default/app") ?? ""))).toEqual([365 * 86_400, 3_600]);
  });

  test("a Vault can be any node of a cluster, and know of an active one elsewhere", async () => {
    const leader = { address: "https://vault-0.example:8200", forwards: false };
    await using lab = await startLab(scenario({ world: { vault: { tls: false, state: "standby", leader } } }));
    const reply = await fetch(`${lab.vault.url}/v1/sys/mounts`, { redirect: "manual" });
    expect([reply.status, reply.headers.get("location")]).toEqual([307, "https://vault-0.example:8200/v1/sys/mounts"]);
  });

  test("an audited Vault's entries are in the journal", async () => {
    await using lab = await startLab(scenario({ world: { vault: { tls: false, audit: true } } }));
    await fetch(`${lab.vault.url}/v1/sys/mounts`, { headers: { "X-Vault-Token": lab.vault.rootToken } });
    const entries = lab.journal.events({ type: "audit" });
    expect(entries.map((event) => event.type === "audit" && event.target)).toEqual(["stdout", "stdout"]);
  });

  test.each([
    ["another server", { server: "spire" }],
    ["a resource", { server: "vault", resource: "default" }],
  ] as const)("refuses a fault that would never strike: %s", async (_, on) => {
    const faults = [{ fault: "http-status", on, status: 503 }] as const;
    await expect(startLab(scenario({ world: { vault: {} }, faults }))).rejects.toMatchObject({
      code: "MISTRUST_WORLD_REFUSED",
    });
  });
});

function secondsOf(jwt: string): number {
  const claims: unknown = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
  if (typeof claims !== "object" || claims === null || !("exp" in claims) || !("iat" in claims)) return Number.NaN;
  return Number(claims.exp) - Number(claims.iat);
}
