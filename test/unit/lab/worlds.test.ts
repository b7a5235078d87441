import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/index.js";
import type { Scenario, World } from "../../../src/scenario/index.js";
import { get, post } from "../../support/https.js";

function scenario(
  world: World,
  variants: NonNullable<Scenario["variants"]> = [],
  more: Partial<Scenario> = {},
): Scenario {
  const sources = [{ url: "https://example.org" }];
  return {
    id: "test/world",
    title: "…",
    summary: "…",
    sources,
    world,
    expect: { outcome: "failure" },
    variants,
    ...more,
  };
}

const HEALTH = "/v1/sys/health";

describe("a variant on a running lab", () => {
  const fix = { id: "fix", kind: "fix", by: "vault", title: "…" } as const;

  test("leaves alone the fake whose part of the world stays: what is logged in stays logged in", async () => {
    const client = { product: "cert-manager", version: "1.14.4", manifests: {} } as const;
    const change = { client: { version: "1.15.5" } };
    await using lab = await startLab(scenario({ vault: {} }, [{ ...fix, change }], { client }));
    const auth = { ca: lab.vault.ca, headers: { "x-vault-token": lab.vault.rootToken } };
    await post(`${lab.vault.url}/v1/secret/data/mine`, { data: { a: 1 } }, auth);
    await lab.apply("fix");
    expect((await get(`${lab.vault.url}/v1/secret/data/mine`, auth)).status).toBe(200);
    await lab.reset();
    expect((await get(`${lab.vault.url}/v1/secret/data/mine`, auth)).status).toBe(404);
  });

  test("changes the certificate of a listener with the next connection", async () => {
    const change = { world: { vault: { tls: { certificate: { defects: null } } } } };
    const world: World = { vault: { tls: { certificate: { defects: ["expired"] } } } };
    await using lab = await startLab(scenario(world, [{ ...fix, change }]));
    const { url, ca } = lab.vault;
    await expect(get(url + HEALTH, { ca })).rejects.toMatchObject({ code: "CERT_HAS_EXPIRED" });
    await lab.apply("fix");
    expect((await get(url + HEALTH, { ca })).status).toBe(200);
  });

  test("that its fakes refuse is an error, and the lab stays as it was", async () => {
    const change = { world: { vault: { write: { "no/such/mount": { a: 1 } } } } };
    await using lab = await startLab(scenario({ vault: {} }, [{ ...fix, change }]));
    await expect(lab.apply("fix")).rejects.toMatchObject({ code: "MISTRUST_WORLD_REFUSED" });
    expect(lab.variant).toBeUndefined();
    expect((await get(lab.vault.url + HEALTH, { ca: lab.vault.ca })).status).toBe(200);
  });
});

describe("a Vault's listener", () => {
  const speak = async ({ port }: URL, ca: string | undefined): Promise<string> =>
    await new Promise((resolve) => {
      const options = { ca, port: Number(port), ciphers: "AES128-GCM-SHA256", maxVersion: "TLSv1.2" } as const;
      const socket = connect(options, () => {
        resolve(socket.getCipher().name);
        socket.destroy();
      });
      // OpenSSL names the alert by its number always, and by a code that changed with 3.5.
      socket.once("error", (error: Error) => resolve(/SSL alert number \d+/.exec(error.message)?.[0] ?? error.message));
    });

  test.each([
    ["1.16.3", "AES128-GCM-SHA256"],
    ["1.17.0", "SSL alert number 40"],
  ])("speaks TLS as the Go that built it: RSA key exchange with Vault %s ends in %s", async (version, end) => {
    await using lab = await startLab(scenario({ vault: { version, tls: { certificate: { key: "rsa" } } } }));
    expect(await speak(new URL(lab.vault.url), lab.vault.ca)).toBe(end);
  });

  test("is as new as the world says, whatever the release", async () => {
    const tls = { go: "1.21", certificate: { key: "rsa" } } as const;
    await using lab = await startLab(scenario({ vault: { version: "1.20.0", tls } }));
    expect(await speak(new URL(lab.vault.url), lab.vault.ca)).toBe("AES128-GCM-SHA256");
  });
});

describe("faults", () => {
  test("strike the requests that they name, as often as they say, and are journaled", async () => {
    const faults: Scenario["faults"] = [
      {
        fault: "http-status",
        on: { server: "vault", request: "GET /v1/sys/*" },
        status: 502,
        body: "bad gateway",
        times: 1,
        after: 1,
      },
    ];
    await using lab = await startLab(scenario({ vault: {} }, [], { faults }));
    const { url, ca } = lab.vault;
    expect(lab.unusedFaults()).toEqual(["http-status on vault"]);
    const replies = [await get(url + HEALTH, { ca }), await get(url + HEALTH, { ca }), await get(url + HEALTH, { ca })];
    expect(replies.map(({ status }) => status)).toEqual([200, 502, 200]);
    expect(lab.journal.events({ type: "fault" })).toHaveLength(1);
    expect(lab.unusedFaults()).toEqual([]);
  });

  test("end with their ttl on the lab's clock", async () => {
    const faults: Scenario["faults"] = [{ fault: "http-status", on: { server: "vault" }, status: 502, ttl: "1h" }];
    await using lab = await startLab(scenario({ vault: {} }, [], { faults }));
    const { url, ca } = lab.vault;
    expect((await get(url + HEALTH, { ca })).status).toBe(502);
    await lab.clock.advance(3_600_000);
    expect((await get(url + HEALTH, { ca })).status).toBe(200);
  });

  test("cut connections before anything is said on them", async () => {
    const faults: Scenario["faults"] = [{ fault: "reset", on: { server: "vault" }, times: 1 }];
    await using lab = await startLab(scenario({ vault: {} }, [], { faults }));
    const { url, ca } = lab.vault;
    await expect(get(url + HEALTH, { ca })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await get(url + HEALTH, { ca })).status).toBe(200);
  });
});

test("a world without a Kubernetes has none, and says so", async () => {
  await using lab = await startLab(scenario({ vault: {} }));
  expect(() => lab.kubernetes).toThrow("this lab has no kubernetes");
});

test("a sealed Vault says so", async () => {
  await using lab = await startLab(scenario({ vault: { state: "sealed" } }));
  expect((await get(lab.vault.url + HEALTH, { ca: lab.vault.ca })).status).toBe(503);
});

test("the clock starts where the scenario says, and stands still if it is frozen", async () => {
  const clock = { start: "2030-01-01T00:00:00Z", frozen: true };
  await using lab = await startLab(scenario({ vault: {} }, [], { clock }));
  expect(new Date(lab.clock.now()).toISOString()).toBe("2030-01-01T00:00:00.000Z");
});
