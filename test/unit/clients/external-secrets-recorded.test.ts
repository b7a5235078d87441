import { afterAll, describe, expect, it } from "vitest";
import { runClient, type Manifest } from "../../../src/clients/index.js";
import { callsOf, recordings, shown, spokenOf } from "./replay.js";
import { tokenServer, worldOf, type RecordedCase, type World } from "./world.js";

const tally = new Map<string, { passed: number; total: number }>();

function manifests(name: string, recorded: RecordedCase, world: World): Record<string, Manifest> {
  const call = (pattern: RegExp): string | undefined =>
    recorded.calls.map((one) => pattern.exec(one)?.[1]).find((found) => found !== undefined);
  const bundle = Buffer.from(world.caPem).toString("base64");
  const caBundle =
    name === "ca-base64-twice" ? Buffer.from(bundle).toString("base64") : name === "ca-raw-pem" ? world.caPem : bundle;
  const key =
    name === "path-twice" ? "secret/data/app" : (call(/^GET \/v1\/(?:secret|kv1)\/(?:data\/)?(nosuch|app) /) ?? "app");
  return {
    store: {
      apiVersion: "external-secrets.io/v1beta1",
      kind: "SecretStore",
      metadata: { name: `eso-${name}`, namespace: "exam" },
      spec: {
        provider: {
          vault: {
            server: world.url,
            path: call(/^GET \/v1\/(secret|kv1)\//) ?? "secret",
            version: name === "kv1-store-on-kv2" ? "v1" : "v2",
            ...(caBundle !== "" && { caBundle }),
            auth: {
              kubernetes: {
                mountPath: call(/^PUT \/v1\/auth\/(\w+)\/login/) ?? "kubernetes",
                role: "app",
                serviceAccountRef: { name: "app" },
              },
            },
          },
        },
      },
    },
    secret: {
      apiVersion: "external-secrets.io/v1beta1",
      kind: "ExternalSecret",
      metadata: { name: "app", namespace: "exam" },
      spec: {
        secretStoreRef: { name: `eso-${name}`, kind: "SecretStore" },
        target: { name: "app" },
        data: [{ secretKey: "user", remoteRef: { key, property: name === "property-missing" ? "nosuch" : "user" } }],
      },
    },
  };
}

describe.each(["0.9.16", "0.9.17"])("External Secrets %s", (version) => {
  const cases = recordings(`eso-${version}`);
  tally.set(version, { passed: 0, total: cases.length });
  it.each(cases)("shows what the real one showed: %s", async (name, recorded) => {
    await using world = await worldOf(name, recorded);
    await using api = await tokenServer();
    const report = await runClient(
      { product: "external-secrets", version, manifests: manifests(name, recorded, world) },
      { kubernetes: { url: api.url, token: "controller" } },
    );
    if (recorded.refusedByApiServer !== undefined) {
      const refusal = /^(.*?Invalid value: ")-----BEGIN/s.exec(recorded.refusedByApiServer)?.[1] ?? "";
      expect(report.says.startsWith(refusal)).toBe(true);
      expect(report.calls).toEqual([]);
    } else {
      const seen = shown(report, world.url);
      // An ExternalSecret always complains about a store that is not ready; the recordings leave that out.
      const events = seen.events.filter((event) => !event.endsWith("is not ready"));
      expect(seen.conditions).toEqual([...recorded.conditions].sort());
      expect(spokenOf(events, recorded.events, "SecretStore")).toEqual([...recorded.events].sort());
      expect(seen.calls).toEqual(callsOf(recorded));
    }
    const row = tally.get(version);
    if (row !== undefined) row.passed++;
  });
});

afterAll(() => {
  for (const [version, { passed, total }] of tally)
    console.log(`External Secrets ${version}: ${passed} of ${total} recorded cases`);
});
