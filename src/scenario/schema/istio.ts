import { z } from "zod";
import { maybe, VersionText } from "./common.js";

/** The istio-agent in a proxy's pod, and the settings of istiod that reach it. */
export const IstioWorld = z
  .strictObject({
    version: maybe(VersionText),
    compatibilityVersion: maybe(VersionText).meta({ description: "istioctl install --set compatibilityVersion=…" }),
    pilotEnv: maybe(z.record(z.string(), z.string())).meta({
      description: 'Environment of istiod, such as VERIFY_CERTIFICATE_AT_CLIENT: "false"',
    }),
    meshConfig: maybe(z.record(z.string(), z.unknown())).meta({ description: "MeshConfig, as IstioOperator takes it" }),
    proxyMetadata: maybe(z.record(z.string(), z.string())).meta({ description: "Environment of the istio-agent" }),
    files: maybe(z.record(z.string(), z.string())).meta({ description: "PEM files in the proxy's container, by path" }),
    credentials: maybe(z.record(z.string(), z.string())).meta({
      description: "PEM of what istiod serves for a credentialName, by that name",
    }),
  })
  .meta({ id: "IstioWorld", description: "The istio-agent's own SDS server" });
