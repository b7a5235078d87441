import { afterAll, describe, expect, it } from "vitest";
import { runClient, type Manifest } from "../../../src/clients/index.js";
import { KeyPool } from "../../../src/pki/index.js";
import { callsOf, recordings, shown, spokenOf } from "./replay.js";
import { tokenServer, worldOf, type RecordedCase, type World } from "./world.js";

const keys = new KeyPool();
const tally = new Map<string, { passed: number; total: number }>();

function manifests(name: string, recorded: RecordedCase, world: World): Record<string, Manifest> {
  const call = (pattern: RegExp): string | undefined =>
    recorded.calls.map((one) => pattern.exec(one)?.[1]).find((found) => found !== undefined);
  const mount = call(/^POST (\/v1\/auth\/[^/]+)\/login/);
  const bundle = Buffer.from(world.caPem).toString("base64");
  const caBundle =
    name === "ca-base64-twice" ? Buffer.from(bundle).toString("base64") : name === "ca-raw-pem" ? world.caPem : bundle;
  const hasName = name !== "pki-common-name-missing";
  return {
    issuer: {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name: `cm-${name}`, namespace: "exam" },
      spec: {
        vault: {
          server: world.url,
          path: call(/^POST \/v1\/(pki\S*)/) ?? "pki/sign/app",
          ...(caBundle !== "" && { caBundle }),
          auth: {
            kubernetes: {
              role: "app",
              ...(mount !== undefined && { mountPath: mount }),
              serviceAccountRef: { name: "app" },
            },
          },
        },
      },
    },
    certificate: {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "app", namespace: "exam" },
      spec: {
        secretName: "app-tls",
        ...(hasName && { commonName: "app.example.com" }),
        dnsNames: ["app.example.com"],
        duration: "240h",
        issuerRef: { name: `cm-${name}`, kind: "Issuer" },
      },
    },
  };
}

describe.each(["1.12.0", "1.15.5"])("cert-manager %s", (version) => {
  const cases = recordings(`cm-${version}`);
  tally.set(version, { passed: 0, total: cases.length });
  it.each(cases)("shows what the real one showed: %s", async (name, recorded) => {
    await using world = await worldOf(name, recorded);
    await using api = await tokenServer();
    const report = await runClient(
      { product: "cert-manager", version, manifests: manifests(name, recorded, world) },
      { kubernetes: { url: api.url, token: "controller" }, keys },
    );
    if (recorded.refusedByApiServer !== undefined) {
      const refusal = /^(.*?Invalid value: ")-----BEGIN/s.exec(recorded.refusedByApiServer)?.[1] ?? "";
      expect(report.says.startsWith(refusal)).toBe(true);
      expect(report.calls).toEqual([]);
    } else {
      const seen = shown(report, world.url);
      expect(spokenOf(seen.conditions, recorded.conditions, "Issuer")).toEqual([...recorded.conditions].sort());
      expect(seen.events).toEqual([...recorded.events].sort());
      expect(seen.calls).toEqual(callsOf(recorded));
    }
    const row = tally.get(version);
    if (row !== undefined) row.passed++;
  });
});

afterAll(() => {
  for (const [version, { passed, total }] of tally)
    console.log(`cert-manager ${version}: ${passed} of ${total} recorded cases`);
});
