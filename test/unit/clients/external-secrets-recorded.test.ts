import { expect } from "vitest";
import type { Manifest } from "../../../src/clients/index.js";
import { bundleOf, called, replay, spokenOf } from "./replay.js";
import type { RecordedCase, World } from "./world.js";

replay({
  product: "external-secrets",
  versions: ["0.9.16", "0.9.17"],
  prefix: "eso",
  manifests,
  compare: (seen, recorded) => {
    // An ExternalSecret always complains about a store that is not ready; the recordings leave that out.
    const events = seen.events.filter((event) => !event.endsWith("is not ready"));
    expect(seen.conditions).toEqual([...recorded.conditions].sort());
    expect(spokenOf(events, recorded.events, "SecretStore")).toEqual([...recorded.events].sort());
  },
});

function manifests(name: string, recorded: RecordedCase, world: World): Record<string, Manifest> {
  const key =
    name === "path-twice"
      ? "secret/data/app"
      : (called(recorded, /^GET \/v1\/(?:secret|kv1)\/(?:data\/)?(nosuch|app) /) ?? "app");
  return {
    store: {
      apiVersion: "external-secrets.io/v1beta1",
      kind: "SecretStore",
      metadata: { name: `eso-${name}`, namespace: "exam" },
      spec: {
        provider: {
          vault: {
            server: world.url,
            path: called(recorded, /^GET \/v1\/(secret|kv1)\//) ?? "secret",
            version: name === "kv1-store-on-kv2" ? "v1" : "v2",
            ...bundleOf(name, world),
            auth: {
              kubernetes: {
                mountPath: called(recorded, /^PUT \/v1\/auth\/(\w+)\/login/) ?? "kubernetes",
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
