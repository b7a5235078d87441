import type { Backend, BackendContext, BackendReply, BackendRequest } from "../../core/backend.js";
import { parseDurationSeconds } from "../../core/go.js";
import { refuseRelative } from "../relative.js";
import { allBelow, childrenOf, listing, scanned } from "./keys.js";

type Secret = Readonly<Record<string, unknown>>;

/** KV version 1: what is written to a path is what is read there. (vault-plugin-secrets-kv: passthrough.go) */
export function passthrough(context: BackendContext): Backend {
  const secrets = new Map<string, Secret>();
  const write = ({ path, body }: BackendRequest): BackendReply => {
    if (path === "") return { error: "missing path" };
    if (Object.keys(body).length === 0) return { error: "missing data fields" };
    secrets.set(path, body);
    return undefined;
  };
  return {
    kept: secrets,
    paths: [
      {
        pattern: "(?<path>.*)",
        summary:
          "Pass-through secret storage to the storage backend, allowing you to read/write arbitrary data into secret storage.",
        fields: { path: { type: "string", description: "Location of the secret" } },
        takesArbitraryInput: !context.quirk("kv-v1-knows-its-parameters"),
        exists: ({ path }) => {
          refuseRelative(context, path, "existence check failed: ");
          return secrets.has(path);
        },
        operations: {
          create: write,
          update: write,
          read: ({ path }) => {
            refuseRelative(context, path, "read failed: ", context.quirk("kv-v1-knows-its-parameters") ? 500 : 400);
            const secret = secrets.get(path);
            return secret === undefined
              ? undefined
              : { data: secret, lease: { ttl: leaseOf(context, secret), renewable: isLeased(context, secret) } };
          },
          delete: ({ path }) => {
            refuseRelative(context, path, "");
            secrets.delete(path);
            return undefined;
          },
          list: ({ path }) => {
            refuseRelative(context, path, "");
            return listing(childrenOf(secrets.keys(), path === "" || path.endsWith("/") ? path : `${path}/`));
          },
          ...(context.quirk("paths-are-scanned") && {
            scan: ({ path }: BackendRequest) => {
              refuseRelative(context, path, "");
              return scanned(allBelow(secrets.keys(), path));
            },
          }),
        },
      },
    ],
  };
}

/** How long the data is said to be good: its own `ttl` or `lease`, where that is a duration; else the mount's default. */
function leaseOf(context: BackendContext, secret: Secret): number {
  const own = "ttl" in secret ? secret.ttl : secret.lease;
  if (own === undefined) return context.defaultLeaseTtl();
  try {
    return Math.floor(parseDurationSeconds(own));
  } catch {
    return context.defaultLeaseTtl();
  }
}

function isLeased(context: BackendContext, secret: Secret): boolean {
  return context.mount.options?.leased_passthrough === "true" && ("ttl" in secret || "lease" in secret);
}
