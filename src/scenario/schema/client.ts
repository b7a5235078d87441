import { z } from "zod";
import { Manifests, maybe, VersionText } from "./common.js";

export const PRODUCTS = ["cert-manager", "external-secrets", "istio-proxy", "spiffe"] as const;

export const Client = z
  .strictObject({
    product: z.enum(PRODUCTS),
    version: VersionText,
    go: maybe(z.string().regex(/^1\.\d+(?:\.\d+)?$/, 'is not a Go release such as "1.22"')).meta({
      description: "The Go that built it, where it is not that of the release",
    }),
    env: maybe(z.record(z.string(), z.string())).meta({ description: "Environment of its container, such as GODEBUG" }),
    serviceAccount: maybe(z.string().regex(/^[^/]+\/[^/]+$/, "is not NAMESPACE/NAME")).meta({
      description: "NAMESPACE/NAME that the product itself runs as; its chart's if left out",
    }),
    manifests: Manifests,
    pruned: maybe(z.record(z.string(), z.array(z.string()))).meta({
      description:
        "Fields, by key of the manifest, that its CRD does not have and that the API server drops: " +
        '{issuer: ["spec.vault.auth.kubernetes.additionalAudiences"]}. Without this lint takes them for mistakes',
    }),
  })
  .meta({ id: "Client", description: "What a version of a product does with these manifests" });
