import { goQuote } from "../../runtime/index.js";
import { type BackendReply, type BackendRequest, type Field, type FieldData, VaultError } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { listReply } from "../core/sdk.js";
import { rfc3339Nano } from "../core/go.js";
import { hasQuirk, serverName } from "../release.js";
import type { SysPaths } from "./context.js";

const LEASE: Readonly<Record<string, Field>> = {
  lease_id: { type: "string" },
  url_lease_id: { type: "string" },
  increment: { type: "duration" },
  sync: { type: "bool", default: true },
};
const PREFIX: Readonly<Record<string, Field>> = { prefix: { type: "string" }, sync: { type: "bool", default: true } };

/** `leases/*` and the older paths without the folder. (vault/logical_system.go: handleLease…) */
export const leasePaths: SysPaths = (core) => {
  const revokePrefix = ({ data }: BackendRequest): BackendReply => {
    core().leases.revokePrefix(data.string("prefix"));
    return data.bool("sync") ? undefined : ACCEPTED;
  };
  const old = hasQuirk(core().release, "leases-tell-their-path") ? "leases/" : "(?:leases/)?";
  return [
    {
      pattern: "leases/lookup/(?<prefix>.+?)?",
      fields: PREFIX,
      operations: { list: (request) => listLeases(core(), request.data.string("prefix")) },
      summary: "List leases below a path",
    },
    {
      pattern: "leases/lookup",
      fields: LEASE,
      operations: { update: (request) => lookup(core(), request) },
      summary: "Look up a lease",
    },
    {
      pattern: `${old}renew(?:/(?<url_lease_id>.+))?`,
      fields: LEASE,
      operations: { update: (request) => renew(core(), request) },
      summary: "Renew a lease",
    },
    {
      pattern: `${old}revoke(?:/(?<url_lease_id>.+))?`,
      fields: LEASE,
      operations: { update: (request) => revoke(core(), request) },
      summary: "Revoke a lease",
    },
    {
      pattern: "(?:leases/)?revoke-force/(?<prefix>.+)",
      fields: { prefix: { type: "string" } },
      operations: {
        update: ({ data }) => {
          core().leases.revokePrefix(data.string("prefix"));
          return undefined;
        },
      },
      summary: "Revoke all leases below a path, ignoring errors",
    },
    {
      pattern: "(?:leases/)?revoke-prefix/(?<prefix>.+)",
      fields: PREFIX,
      operations: { update: revokePrefix },
      summary: "Revoke all leases below a path",
    },
    {
      pattern: "leases/count$",
      fields: IRREVOCABLE,
      operations: { read: ({ data }) => irrevocable(data, { counts: {} }) },
      summary: "Count leases that cannot be revoked",
    },
    {
      pattern: "leases$",
      fields: { ...IRREVOCABLE, limit: { type: "string", default: "" } },
      operations: {
        read: ({ data }) => {
          const limit = data.string("limit");
          const wrong = limitProblem(limit);
          if (wrong !== undefined && isIrrevocable(data)) throw new VaultError(500, wrong);
          return irrevocable(data, { leases: null });
        },
      },
      summary: "List leases that cannot be revoked",
    },
    { pattern: "leases/tidy$", operations: { update: () => tidying(core()) }, summary: "Clean up leases" },
  ];
};

function tidying({ release }: Core): BackendReply {
  const where = `${serverName(release)}'s server logs`;
  const text = `Tidy operation successfully started. Any information from the operation will be printed to ${where}.`;
  return { status: 202, warnings: [text] };
}

const IRREVOCABLE: Readonly<Record<string, Field>> = {
  type: { type: "string" },
  include_child_namespaces: { type: "bool", default: false },
};

function isIrrevocable(data: FieldData): boolean {
  return data.string("type").toLowerCase() === "irrevocable";
}

/** Only leases that could not be revoked are told of, and here every lease can be. */
function irrevocable(data: FieldData, none: Readonly<Record<string, unknown>>): BackendReply {
  return isIrrevocable(data) ? { data: { lease_count: 0, ...none } } : undefined;
}

function limitProblem(limit: string): string | undefined {
  if (limit === "" || limit.toLowerCase() === "none") return undefined;
  if (!/^[-+]?\d+$/.test(limit)) {
    return `invalid 'limit' provided: strconv.Atoi: parsing ${goQuote(limit)}: invalid syntax`;
  }
  return Number(limit) < 1 ? "limit must be 'none' or a positive integer" : undefined;
}

/** What is not waited for is accepted without a body. */
const ACCEPTED: BackendReply = { raw: { status: 202, contentType: "application/json", body: "" } };
const MISSING: BackendReply = { error: "lease_id must be specified" };

function idOf({ data }: BackendRequest): string {
  return data.string("lease_id") || data.string("url_lease_id");
}

/** The next segment of each lease's path, folders with a slash. */
function listLeases(core: Core, sent: string): BackendReply {
  const prefix = sent === "" || sent.endsWith("/") ? sent : `${sent}/`;
  const keys = core.leases.ids(prefix).map((id) => {
    const rest = id.slice(prefix.length);
    const slash = rest.indexOf("/");
    return slash === -1 ? rest : rest.slice(0, slash + 1);
  });
  return listReply(new Set(keys));
}

function lookup(core: Core, request: BackendRequest): BackendReply {
  const id = request.data.string("lease_id");
  if (id === "") return MISSING;
  const lease = core.leases.find(id);
  if (lease === undefined) return { error: "invalid lease" };
  const { issuedAt, expiresAt, renewedAt, renewable } = lease;
  return {
    data: {
      id,
      issue_time: rfc3339Nano(issuedAt),
      expire_time: expiresAt === undefined ? null : rfc3339Nano(expiresAt),
      ...(hasQuirk(core.release, "leases-tell-their-path") && { path: id.replace(/\/[^/]*$/, "") }),
      last_renewal: renewedAt === undefined ? null : rfc3339Nano(renewedAt),
      renewable: renewable && expiresAt !== undefined,
      ttl: expiresAt === undefined ? 0 : Math.max(0, Math.floor((expiresAt - core.clock.now()) / 1000)),
    },
  };
}

function renew(core: Core, request: BackendRequest): BackendReply {
  const id = idOf(request);
  if (id === "") return MISSING;
  const view = core.leases.find(id);
  if (view === undefined) return { error: "lease not found" };
  if (view.token !== undefined) return { error: "tokens cannot be renewed through this endpoint" };
  const lease = core.leases.secret(id);
  if (lease === undefined || !view.renewable) return { error: "lease is not renewable" };
  const asked = request.data.number("increment");
  const mount = core.mounts.match(id)?.mount;
  const most = mount === undefined ? lease.grant.ttl : core.mounts.maxLeaseTtl(mount);
  const left = Math.floor((lease.issuedAt + most * 1000 - core.clock.now()) / 1000);
  lease.ttl = Math.min(asked > 0 ? asked : lease.grant.ttl, left);
  lease.expiresAt = core.clock.now() + lease.ttl * 1000;
  lease.renewedAt = core.clock.now();
  return { knownLease: { id, duration: lease.ttl, renewable: true } };
}

function revoke(core: Core, request: BackendRequest): BackendReply {
  const { data } = request;
  const id = idOf(request);
  if (id === "") return MISSING;
  core.leases.revoke(id);
  return data.bool("sync") ? undefined : ACCEPTED;
}
