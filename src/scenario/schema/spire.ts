import { z } from "zod";
import { Duration, maybe, VersionText } from "./common.js";

const SpiffeId = z.string().regex(/^spiffe:\/\/[^/]+/, "is not a SPIFFE ID such as spiffe://example.org/web");

/** One registration entry, with the fields of `spire-server entry create`. */
export const Entry = z
  .strictObject({
    entryID: maybe(z.string().regex(/^[\w.-]{1,255}$/, "is not an entry id such as web-1")).meta({
      description: "A UUID if left out; of a workload's identities the one with the lowest id is the default",
    }),
    spiffeID: SpiffeId,
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

const KeyType = z.enum(["rsa-2048", "rsa-4096", "ec-p256", "ec-p384"]);
const Rate = maybe(z.int().nonnegative());

const AgentSds = z.strictObject({
  default_svid_name: maybe(z.string()),
  default_bundle_name: maybe(z.string()),
  default_all_bundles_name: maybe(z.string()),
  disable_spiffe_cert_validation: maybe(z.boolean()),
  enable_deprecated_v2_api: maybe(z.boolean()),
});

const AgentExperimental = z.strictObject({
  sync_interval: maybe(Duration).meta({
    description: "How often the agent looks for certificates to renew; 5s if left out",
  }),
  ratelimit: maybe(
    z.strictObject({
      fetch_x509_svid: Rate,
      fetch_x509_bundles: Rate,
      fetch_jwt_svid: Rate,
      fetch_jwt_bundles: Rate,
      stream_secrets: Rate,
      fetch_secrets: Rate,
    }),
  ).meta({ description: "Calls per second of workloads with the same selectors; 0 for any number" }),
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
          adminSocket: maybe(z.union([z.literal(true), z.string().min(1)])).meta({
            description: "The agent's admin socket as this workload sees it: a path, or true for one in a new directory",
          }),
          pid: maybe(z.int().positive()).meta({ description: "What stands in the agent's log" }),
          attestation: maybe(z.enum(["plugins-fail", "caller-gone"])).meta({
            description: "How the attestation of its calls goes wrong: every plugin fails, or the caller is gone",
          }),
        }),
      ),
    ).meta({ description: "Workloads, each with a socket of its own, since a fake attests nothing" }),
    agent: maybe(
      z.strictObject({
        sds: maybe(AgentSds),
        allow_unauthenticated_verifiers: maybe(z.boolean()),
        allowed_foreign_jwt_claims: maybe(z.array(z.string())),
        authorized_delegates: maybe(z.array(SpiffeId)),
        availability_target: maybe(Duration),
        disable_sds_api: maybe(z.boolean()),
        disable_workload_api: maybe(z.boolean()),
        log_selectors: maybe(z.array(z.string())),
        workload_x509_svid_key_type: maybe(z.enum(["rsa-2048", "ec-p256", "ec-p384"])),
        experimental: maybe(AgentExperimental),
      }),
    ).meta({ description: "Settings of the agent's configuration file" }),
    server: maybe(
      z.strictObject({
        ca_ttl: maybe(Duration),
        ca_key_type: maybe(KeyType),
        jwt_key_type: maybe(KeyType),
        default_x509_svid_ttl: maybe(Duration),
        default_jwt_svid_ttl: maybe(Duration),
        jwt_issuer: maybe(z.string()),
        plugins: maybe(
          z.strictObject({
            UpstreamAuthority: maybe(z.strictObject({ disk: z.strictObject({}) })).meta({
              description: "The server's CA is signed by a root that mistrust makes, as one kept on disk would sign it",
            }),
          }),
        ),
      }),
    ).meta({ description: "Settings of the server's configuration file" }),
    federatesWith: maybe(z.array(z.string())).meta({ description: "Trust domains whose bundles the agent has" }),
    state: maybe(z.enum(["serving", "starting", "not-serving"])).meta({
      description: "What the agent's health service says; serving if left out",
    }),
  })
  .meta({ id: "SpireWorld", description: "The fake SPIRE agent" });
