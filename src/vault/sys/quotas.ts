import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import type { Core } from "../core/core.js";
import type { RateLimitQuota } from "../core/quotas.js";
import { genericName } from "../core/sdk.js";
import { hasQuirk } from "../release.js";
import type { SysPaths } from "./context.js";

const FIELDS: Readonly<Record<string, Field>> = {
  name: { type: "string" },
  type: { type: "string" },
  path: { type: "string" },
  role: { type: "string" },
  rate: { type: "float" },
  interval: { type: "duration" },
  block_interval: { type: "duration" },
};

/** `quotas/*`. (vault/logical_system_quotas.go) */
export const quotaPaths: SysPaths = (core) => [
  {
    pattern: "quotas/config$",
    fields: {
      rate_limit_exempt_paths: { type: "string-list" },
      enable_rate_limit_audit_logging: { type: "bool" },
      enable_rate_limit_response_headers: { type: "bool" },
    },
    operations: { read: () => readConfig(core()), update: (request) => writeConfig(core(), request) },
    summary: "Settings of all quotas",
  },
  {
    pattern: "quotas/rate-limit/?$",
    operations: { list: () => ({ data: { keys: core().quotas.names() } }) },
    summary: "List rate limit quotas",
  },
  {
    pattern: `quotas/rate-limit/${genericName("name")}`,
    fields: FIELDS,
    operations: {
      read: ({ data }) => {
        const quota = core().quotas.get(data.string("name"));
        return quota === undefined ? undefined : { data: show(core(), quota) };
      },
      update: (request) => write(core(), request),
      delete: ({ data }) => {
        core().quotas.delete(data.string("name"));
        return undefined;
      },
    },
    summary: "Manage a rate limit quota",
  },
];

function readConfig({ quotas }: Core): BackendReply {
  return {
    data: {
      enable_rate_limit_audit_logging: quotas.auditRejections,
      enable_rate_limit_response_headers: quotas.responseHeaders,
      rate_limit_exempt_paths: quotas.exemptPaths,
    },
  };
}

function writeConfig({ quotas }: Core, { data }: BackendRequest): BackendReply {
  quotas.auditRejections = data.bool("enable_rate_limit_audit_logging");
  quotas.responseHeaders = data.bool("enable_rate_limit_response_headers");
  quotas.exemptPaths = data.list("rate_limit_exempt_paths");
  return undefined;
}

function write({ quotas, mounts }: Core, { data }: BackendRequest): BackendReply {
  const rate = data.number("rate");
  if (rate <= 0) return { error: "'rate' is invalid" };
  const asked = data.string("path").replace(/^\/+|\/+$/g, "");
  const mount = mounts.match(`${asked}/`)?.mount.path;
  if (asked !== "" && mount === undefined) return { error: `invalid mount path ${goQuote(`${asked}/`)}` };
  const interval = data.number("interval");
  quotas.set({
    name: data.string("name"),
    // A mount has its slash whether it was typed or not; what is below one has none.
    path: mount === `${asked}/` ? mount : asked,
    role: data.string("role"),
    rate,
    interval: interval === 0 ? 1 : interval,
    blockInterval: data.number("block_interval"),
  });
  return undefined;
}

function show({ release }: Core, quota: RateLimitQuota): Record<string, unknown> {
  return {
    type: "rate-limit",
    name: quota.name,
    path: quota.path,
    role: quota.role,
    rate: quota.rate,
    interval: quota.interval,
    block_interval: quota.blockInterval,
    ...(hasQuirk(release, "quotas-may-be-inherited") && { inheritable: false }),
  };
}
