import { expect } from "vitest";
import type { Manifest } from "../../../src/clients/index.js";
import { KeyPool } from "../../../src/pki/index.js";
import { bundleOf, called, replay, spokenOf } from "./replay.js";
import type { RecordedCase, World } from "./world.js";

replay({
  product: "cert-manager",
  versions: ["1.12.0", "1.15.5"],
  prefix: "cm",
  targets: { keys: new KeyPool() },
  manifests,
  compare: (seen, recorded) => {
    expect(spokenOf(seen.conditions, recorded.conditions, "Issuer")).toEqual([...recorded.conditions].sort());
    expect(seen.events).toEqual([...recorded.events].sort());
  },
});

function manifests(name: string, recorded: RecordedCase, world: World): Record<string, Manifest> {
  const mount = called(recorded, /^POST (\/v1\/auth\/[^/]+)\/login/);
  const hasName = name !== "pki-common-name-missing";
  return {
    issuer: {
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name: `cm-${name}`, namespace: "exam" },
      spec: {
        vault: {
          server: world.url,
          path: called(recorded, /^POST \/v1\/(pki\S*)/) ?? "pki/sign/app",
          ...bundleOf(name, world),
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
