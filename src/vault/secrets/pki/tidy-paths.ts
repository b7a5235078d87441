import type { BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { parseDurationSeconds } from "../../core/go.js";
import { formatGoDuration } from "../../../runtime/index.js";
import { goTime } from "./mint.js";
import type { PkiStore } from "./store.js";

const DAY = 86_400;
const flag: Field = { type: "bool", default: false };

/** What may be tidied, in the order in which Vault names it; the last two came with 1.17. */
const OPERATIONS = [
  "tidy_cert_store",
  "tidy_revoked_certs",
  "tidy_revoked_cert_issuer_associations",
  "tidy_expired_issuers",
  "tidy_move_legacy_ca_bundle",
] as const;
const OLD_OPERATIONS = [
  ...OPERATIONS,
  "tidy_revocation_queue",
  "tidy_cross_cluster_revoked_certs",
  "tidy_acme",
] as const;
const NEW_OPERATIONS = [
  ...OPERATIONS,
  "tidy_acme",
  "tidy_cross_cluster_revoked_certs",
  "tidy_revocation_queue",
  "tidy_cert_metadata",
  "tidy_cmpv2_nonce_store",
] as const;

const BUFFERS = {
  safety_buffer: { type: "duration", default: 3 * DAY },
  issuer_safety_buffer: { type: "duration", default: 365 * DAY },
  revocation_queue_safety_buffer: { type: "duration", default: 2 * DAY },
  acme_account_safety_buffer: { type: "duration", default: 30 * DAY },
} satisfies Readonly<Record<string, Field>>;

const AUTO_FIELDS = {
  enabled: flag,
  interval_duration: { type: "duration", default: DAY / 2 },
  maintain_stored_certificate_counts: flag,
  publish_stored_certificate_count_metrics: flag,
} satisfies Readonly<Record<string, Field>>;
const LATE_AUTO_FIELDS = {
  min_startup_backoff_duration: { type: "duration", default: 300 },
  max_startup_backoff_duration: { type: "duration", default: 900 },
} satisfies Readonly<Record<string, Field>>;

type Settings = Readonly<Record<string, unknown>>;

/** What the newest tidying was asked and did. */
interface Run {
  readonly settings: Settings;
  readonly at: number;
  readonly stored: number;
  readonly revoked: number;
}

/** Forgetting certificates that expired, now or by the clock. (builtin/logical/pki/path_tidy.go) */
export function tidyPaths(store: PkiStore): Path[] {
  const { context } = store;
  const operations: readonly string[] = context.quirk("pki-has-metadata") ? NEW_OPERATIONS : OLD_OPERATIONS;
  const common: Readonly<Record<string, Field>> = {
    ...Object.fromEntries(operations.map((name) => [name, flag])),
    tidy_revocation_list: flag,
    ...BUFFERS,
    pause_duration: { type: "string", default: "0s" },
  };
  const autoFields: Readonly<Record<string, Field>> = {
    ...common,
    ...AUTO_FIELDS,
    ...(context.quirk("pki-tidies-after-start") && LATE_AUTO_FIELDS),
  };
  let auto: Settings = settingsOf(autoFields, (name) => autoFields[name]?.default);
  let run: Run | undefined;
  return [
    {
      pattern: "tidy",
      summary: "Forget certificates that expired.",
      fields: common,
      operations: {
        update: (request) => {
          const wrong = refusalOf(request.data);
          if (wrong !== undefined) return { error: wrong };
          run = tidied(store, common, request);
          const isAny = operations.some((name) => run?.settings[name] === true);
          return {
            status: 202,
            data: null,
            warnings: [isAny ? STARTED : nothingSet("Manual tidy requested", operations)],
          };
        },
      },
    },
    {
      pattern: "tidy-status",
      summary: "What the newest tidying did.",
      operations: { read: () => ({ data: statusOf(store, operations, run) }) },
    },
    {
      pattern: "tidy-cancel",
      summary: "Stop tidying.",
      operations: {
        update: () => ({ data: null, warnings: ["Tidy operation cannot be cancelled as none is currently running."] }),
      },
    },
    {
      pattern: "config/auto-tidy",
      summary: "Tidying by the clock.",
      fields: autoFields,
      operations: {
        read: () => ({ data: auto }),
        update: ({ data }) => {
          const wrong = autoRefusal(data);
          if (wrong !== undefined) return { error: wrong };
          const next = settingsOf(autoFields, (name) => (data.has(name) ? shown(name, data) : auto[name]));
          if (
            next.publish_stored_certificate_count_metrics === true &&
            next.maintain_stored_certificate_counts !== true
          )
            return { error: UNCOUNTED };
          if (next.enabled === true && !operations.some((name) => next[name] === true)) {
            return { error: nothingSet("Auto-tidy enabled", operations).replace("set. Enable", "requested. Enable") };
          }
          auto = next;
          return { data: auto };
        },
      },
    },
  ];
}

function settingsOf(fields: Readonly<Record<string, Field>>, value: (name: string) => unknown): Settings {
  const names = Object.keys(fields).filter((name) => name !== "tidy_revocation_list");
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

/** A pause is told as Go prints durations. */
function shown(name: string, data: FieldData): unknown {
  const value = data.value(name);
  return name === "pause_duration" ? formatGoDuration(parseDurationSeconds(value) * 1_000) : value;
}

function refusalOf(data: FieldData): string | undefined {
  const short = Object.keys(BUFFERS).find((name) => data.number(name) < 1);
  if (short !== undefined) return `${short} must be greater than zero`;
  if (data.has("tidy_cert_metadata") && data.bool("tidy_cert_metadata"))
    return "certificate metadata is only supported on Vault Enterprise";
  if (!data.has("pause_duration")) return undefined;
  try {
    return parseDurationSeconds(data.value("pause_duration")) < 0
      ? "received invalid, negative pause_duration"
      : undefined;
  } catch (error) {
    return `Error parsing pause_duration: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** As for one tidying, in other words. (path_tidy.go: pathConfigAutoTidyWrite) */
function autoRefusal(data: FieldData): string | undefined {
  const short = Object.keys(BUFFERS).find((name) => data.has(name) && data.number(name) < 1);
  if (short !== undefined) return `given ${short} must be at least one second; got: ${data.number(short)}`;
  const pause = data.has("pause_duration") ? refusalOf(data) : undefined;
  return pause?.replace("Error parsing pause_duration", "unable to parse given pause_duration");
}

const UNCOUNTED =
  "Can not publish a running storage metrics count to metrics without first maintaining that count.  Enable `maintain_stored_certificate_counts` to enable `publish_stored_certificate_count_metrics`.";

function tidied(
  { certificates, context }: PkiStore,
  fields: Readonly<Record<string, Field>>,
  { data }: BackendRequest,
): Run {
  const now = context.clock.now();
  const limit = now - data.number("safety_buffer") * 1_000;
  const withRevoked = data.bool("tidy_revoked_certs") || data.bool("tidy_revocation_list");
  const count = { stored: 0, revoked: 0 };
  for (const [serial, { notAfter, revokedAt }] of certificates) {
    const isMeant = revokedAt === undefined ? data.bool("tidy_cert_store") : withRevoked;
    if (!isMeant || notAfter >= limit) continue;
    certificates.delete(serial);
    count[revokedAt === undefined ? "stored" : "revoked"]++;
  }
  const settings = { ...settingsOf(fields, (name) => shown(name, data)), tidy_revoked_certs: withRevoked };
  return { settings, at: now, ...count };
}

/** Of which nothing is told before there was a tidying. */
const QUEUE = "revocation_queue_safety_buffer";

/** Counts and times are null until something was tidied. */
function statusOf(store: PkiStore, operations: readonly string[], run: Run | undefined): Settings {
  const count = (value: number): number | null => (run === undefined ? null : value);
  const time = run === undefined ? null : goTime(run.at);
  const late = store.context.quirk("pki-has-metadata");
  return {
    ...Object.fromEntries(operations.map((name) => [name, null])),
    ...Object.fromEntries(Object.keys(BUFFERS).flatMap((name) => (name === QUEUE ? [] : [[name, null]]))),
    pause_duration: null,
    ...run?.settings,
    state: run === undefined ? "Inactive" : "Finished",
    error: null,
    message: null,
    time_started: time,
    time_finished: time,
    ...(store.context.quirk("pki-tidies-after-start") && {
      last_auto_tidy_finished: goTime(store.context.clock.now()),
    }),
    acme_account_deleted_count: count(0),
    acme_account_revoked_count: count(0),
    acme_orders_deleted_count: count(0),
    total_acme_account_count: count(0),
    cert_store_deleted_count: count(run?.stored ?? 0),
    revoked_cert_deleted_count: count(run?.revoked ?? 0),
    missing_issuer_cert_count: count(0),
    cross_revoked_cert_deleted_count: count(0),
    revocation_queue_deleted_count: count(0),
    ...(late && { cert_metadata_deleted_count: count(0), cmpv2_nonce_deleted_count: count(0) }),
    current_cert_store_count: null,
    current_revoked_cert_count: null,
    internal_backend_uuid: store.uuid,
  };
}

const STARTED =
  "Tidy operation successfully started. Any information from the operation will be printed to Vault's server logs.";

function nothingSet(title: string, operations: readonly string[]): string {
  return `${title} but no tidy operations were set. Enable at least one tidy operation to be run (${operations.join(" / ")}).`;
}
