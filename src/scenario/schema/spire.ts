import { z } from "zod";
import { Duration, maybe, VersionText } from "./common.js";

/** One registration entry, with the fields of `spire-server entry create`. */
export const Entry = z
  .strictObject({
    spiffeID: z.string().regex(/^spiffe:\/\/[^/]+/, "is not a SPIFFE ID such as spiffe://example.org/web"),
    parentID: maybe(z.string()),
    selector: z.array(z.string().regex(/^[^:]+:.+/, "is not a selector such as unix:uid:1000")).min(1),
    x509SVIDTTL: maybe(z.int().nonnegative()).meta({ description: "Seconds" }),
    jwtSVIDTTL: maybe(z.int().nonnegative()).meta({ description: "Seconds" }),
    federatesWith: maybe(z.array(z.string())),
    dns: maybe(z.array(z.string())),
    hint: maybe(z.string()),
    admin: maybe(z.boolean()),
    downstream: maybe(z.boolean()),
    storeSVID: maybe(z.boolean()),
    entryExpiry: maybe(z.int()).meta({ description: "Seconds since the epoch; 0 for never" }),
  })
  .meta({ id: "Entry", description: "A registration entry, as `spire-server entry create` takes it" });

const AgentSds = z.strictObject({
  default_svid_name: maybe(z.string()),
  default_bundle_name: maybe(z.string()),
  default_all_bundles_name: maybe(z.string()),
  disable_spiffe_cert_validation: maybe(z.boolean()),
});

export const SpireWorld = z
  .strictObject({
    version: maybe(VersionText),
    trustDomain: maybe(z.string()).meta({ description: "example.org if left out" }),
    socket: maybe(z.string()).meta({ description: "Path of the workload socket; one in a new directory if left out" }),
    listen: maybe(z.string()).meta({ description: "HOST:PORT, to serve TCP beside the socket" }),
    entries: maybe(z.record(z.string(), Entry)).meta({ description: "Registration entries under keys of your choice" }),
    workloads: maybe(
      z.record(
        z.string(),
        z.strictObject({
          selectors: z.array(z.string()).min(1).meta({ description: "What attestation would find out about it" }),
          socket: maybe(z.string()),
        }),
      ),
    ).meta({ description: "Workloads, each with a socket of its own, since a fake attests nothing" }),
    agent: maybe(
      z.strictObject({
        sds: maybe(AgentSds),
        allowed_foreign_jwt_claims: maybe(z.array(z.string())),
        availability_target: maybe(Duration),
      }),
    ).meta({ description: "Settings of the agent's configuration file" }),
    server: maybe(
      z.strictObject({
        ca_ttl: maybe(Duration),
        ca_key_type: maybe(z.enum(["rsa-2048", "rsa-4096", "ec-p256", "ec-p384"])),
        default_x509_svid_ttl: maybe(Duration),
        default_jwt_svid_ttl: maybe(Duration),
        jwt_issuer: maybe(z.string()),
      }),
    ).meta({ description: "Settings of the server's configuration file" }),
    federatesWith: maybe(z.array(z.string())).meta({ description: "Trust domains whose bundles the agent has" }),
    state: maybe(z.enum(["serving", "starting", "not-serving"])).meta({
      description: "What the agent's health service says; serving if left out",
    }),
  })
  .meta({ id: "SpireWorld", description: "The fake SPIRE agent" });
