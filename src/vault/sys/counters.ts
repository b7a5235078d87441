import type { BackendReply, FieldData, Path } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import type { SysPaths } from "./context.js";

const DAY = 24 * 3600 * 1000;

/** `internal/counters/*`: a server that has only just begun counts nobody yet. (vault/logical_system_activity.go) */
export const counterPaths: SysPaths = (core): Path[] => {
  const settings: Settings = { enabled: "default-disabled" };
  return [
    {
      pattern: "internal/counters/activity/monthly$",
      operations: { read: () => undefinedButFound },
      summary: "Clients of this month",
    },
    {
      pattern: "internal/counters/activity/?$",
      fields: {
        start_time: { type: "time" },
        end_time: { type: "time" },
        limit_namespaces: { type: "int", default: 0 },
      },
      operations: { read: () => activity(core()) },
      summary: "Clients of the last year",
    },
    {
      pattern: "internal/counters/config$",
      fields: {
        default_report_months: { type: "int", default: 12 },
        retention_months: { type: "int", default: 24 },
        enabled: { type: "string", default: "default" },
      },
      operations: { read: () => config(core(), settings), update: ({ data }) => configure(settings, data) },
      summary: "How clients are counted",
    },
    {
      pattern: "internal/counters/requests$",
      operations: { read: () => ({ error: "The functionality has been removed on this path", status: 404 }) },
      summary: "Counts of requests, once",
    },
    {
      pattern: "internal/counters/tokens$",
      operations: {
        read: () => ({ data: { counters: { service_tokens: { total: core().tokens.all().length } } } }),
      },
      summary: "How many tokens there are",
    },
    {
      pattern: "internal/counters/entities$",
      operations: { read: () => ({ data: { counters: { entities: { total: core().identity.size } } } }) },
      summary: "How many entities there are",
    },
  ];
};

interface Settings {
  enabled: string;
  retentionMonths?: number;
}

function configure(settings: Settings, data: FieldData): BackendReply {
  const enabled = data.has("enabled") ? data.string("enabled") : undefined;
  if (enabled !== undefined && !["default", "enable", "disable"].includes(enabled)) {
    return { error: 'enabled must be one of "default", "enable", "disable"' };
  }
  const months = data.number("retention_months");
  if (data.has("retention_months") && months < 0)
    return { error: "retention_months must be greater than or equal to 0" };
  if (enabled !== undefined) settings.enabled = enabled === "default" ? "default-disabled" : enabled;
  if (data.has("retention_months")) settings.retentionMonths = months;
  return undefined;
}

/** 204, though reading what is not there is 404 elsewhere. */
const undefinedButFound: BackendReply = { raw: { status: 204, contentType: "application/json", body: "" } };

function activity(core: Core): BackendReply {
  const now = core.clock.now();
  const total = coreQuirk(core, "activity-counts-acme")
    ? { entity_clients: 0, non_entity_clients: 0, clients: 0, secret_syncs: 0, acme_clients: 0 }
    : { distinct_entities: 0, entity_clients: 0, non_entity_tokens: 0, non_entity_clients: 0, clients: 0 };
  const times = { start_time: rfc3339Nano(now - 365 * DAY), end_time: rfc3339Nano(now) };
  return { data: { by_namespace: [], months: [], ...times, total } };
}

function config(core: Core, { enabled, retentionMonths }: Settings): BackendReply {
  const later = coreQuirk(core, "activity-counts-acme");
  return {
    data: {
      billing_start_timestamp: rfc3339Nano(core.clock.now()),
      ...(!later && { default_report_months: 12 }),
      enabled,
      minimum_retention_months: 0,
      queries_available: false,
      reporting_enabled: false,
      retention_months: retentionMonths ?? (later ? 48 : 24),
    },
  };
}
