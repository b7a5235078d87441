import { z } from "zod";
import { Listen, maybe } from "./common.js";
import { TlsSetting } from "./tls.js";

const Release = z
  .string()
  .regex(/^(?:(?:open)?bao[-@])?v?\d+(?:\.\d+){0,2}(?:[-+][\w.-]+)?$/, 'is not a release such as "1.15.6" or "openbao-2.6"')
  .meta({ description: 'The release whose behaviour is copied: "1.15.6", "openbao-2.6"' });

const Fields = z.record(z.string(), z.unknown());

const Write = z
  .union([Fields, z.array(Fields).min(1)])
  .meta({ description: "The fields of one `vault write`; a list for several to the same path, in order" });

export const VaultWorld = z
  .strictObject({
    version: maybe(Release),
    listen: maybe(Listen),
    tls: maybe(TlsSetting),
    configFile: maybe(z.string()).meta({
      description: "A Vault configuration file whose `listener \"tcp\"` stanzas are opened beside the usual listener",
    }),
    rootToken: maybe(z.string().min(1)).meta({ description: "The dev server's root token; a new one if left out" }),
    boundAudiences: maybe(z.enum(["enforce", "ignore"])).meta({
      description:
        "bound_audiences on a Kubernetes role: enforce (default) checks it, ignore drops it silently as the real plugin does",
    }),
    audit: maybe(z.boolean()).meta({
      description: "An audit device that writes to standard output once the world stands; the journal holds its lines",
    }),
    pod: maybe(
      z.strictObject({
        namespace: z.string(),
        serviceAccountName: z.string(),
      }),
    ).meta({ description: "Vault runs in the cluster as this service account, whose token and CA it finds on its disk" }),
    state: maybe(
      z.enum(["active", "standby", "performance-standby", "dr-secondary", "leaderless", "sealed", "uninitialized"]),
    ).meta({ description: "What sys/health reports, once everything is written; active if left out" }),
    leader: maybe(
      z.strictObject({
        address: z.string().regex(/^https?:\/\/[^/]+$/, "is not an address such as https://vault-0.vault-internal:8200"),
        forwards: maybe(z.boolean()).meta({ description: "Does it take forwarded requests? Default true" }),
      }),
    ).meta({ description: "The active node of which a standby knows; where it takes no forwarded requests, clients are redirected" }),
    write: maybe(z.record(z.string().regex(/^[^/].*[^/]$/, "is not an API path such as auth/kubernetes/config"), Write)).meta({
      description: "What an operator would have typed as `vault write PATH key=value…`, in order",
    }),
    ignored: maybe(z.record(z.string(), z.array(z.string()))).meta({
      description:
        "Keys, by path, that are written though Vault does not know and ignores them: " +
        "{auth/kubernetes/role/issuer: [audiences]}. Without this lint takes them for mistakes",
    }),
  })
  .meta({ id: "VaultWorld", description: "The fake Vault" });
