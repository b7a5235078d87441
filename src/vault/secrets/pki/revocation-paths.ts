import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { parseDurationSeconds } from "../../core/go.js";
import { listReply } from "../../core/sdk.js";
import type { PkiStore } from "./store.js";

const flag = (value = false): Field => ({ type: "bool", default: value });
const text = (value: string): Field => ({ type: "string", default: value });

/** Settings of revocation, with Vault's defaults. (builtin/logical/pki/path_config_crl.go) */
const CRL_FIELDS = {
  auto_rebuild: flag(),
  auto_rebuild_grace_period: text("12h"),
  cross_cluster_revocation: flag(),
  delta_rebuild_interval: text("15m"),
  disable: flag(),
  enable_delta: flag(),
  expiry: text("72h"),
  ocsp_disable: flag(),
  ocsp_expiry: text("12h"),
  unified_crl: flag(),
  unified_crl_on_existing_paths: flag(),
} satisfies Readonly<Record<string, Field>>;
type CrlConfig = Readonly<Record<string, unknown>>;

const DAY = 86_400;
const TIDY_FLAGS = [
  "tidy_cert_store",
  "tidy_revoked_certs",
  "tidy_revoked_cert_issuer_associations",
  "tidy_expired_issuers",
  "tidy_move_legacy_ca_bundle",
  "tidy_revocation_queue",
  "tidy_cross_cluster_revoked_certs",
  "tidy_acme",
] as const;
const BUFFERS = {
  safety_buffer: { type: "duration", default: 3 * DAY },
  issuer_safety_buffer: { type: "duration", default: 365 * DAY },
  revocation_queue_safety_buffer: { type: "duration", default: 2 * DAY },
  acme_account_safety_buffer: { type: "duration", default: 30 * DAY },
} satisfies Readonly<Record<string, Field>>;

/** Revocation lists' settings, their rotation, what is revoked, and tidying. */
export function revocationPaths(store: PkiStore): Path[] {
  let config: CrlConfig = Object.fromEntries(
    Object.entries(CRL_FIELDS).map(([name, { default: value }]) => [name, value]),
  );
  return [
    {
      pattern: "config/crl",
      summary: "How revocation lists are made.",
      fields: CRL_FIELDS,
      operations: {
        read: () => ({ data: config }),
        update: ({ data }) => {
          const next = writtenConfig(config, data);
          if (typeof next === "string") return { error: next };
          config = next;
          return { data: config };
        },
      },
    },
    {
      pattern: "crl/rotate",
      summary: "Make the revocation list anew.",
      operations: {
        read: () => {
          store.crlNumber++;
          return { data: { success: true } };
        },
      },
    },
    {
      pattern: "certs/revoked/?",
      summary: "Serial numbers of what is revoked.",
      operations: { list: () => listReply(revoked(store)) },
    },
    {
      pattern: "tidy",
      summary: "Forget certificates that expired.",
      fields: {
        ...Object.fromEntries(TIDY_FLAGS.map((name) => [name, flag()])),
        tidy_revocation_list: flag(),
        ...BUFFERS,
      },
      operations: { update: (request) => tidy(store, request) },
    },
  ];
}

function revoked({ certificates }: PkiStore): string[] {
  return [...certificates].filter(([, { revokedAt }]) => revokedAt !== undefined).map(([serial]) => serial);
}

const SPANS = ["expiry", "ocsp_expiry", "auto_rebuild_grace_period", "delta_rebuild_interval"] as const;

/** The settings after a write, or the refusal. (path_config_crl.go: pathCRLWrite) */
function writtenConfig(before: CrlConfig, data: FieldData): CrlConfig | string {
  for (const name of SPANS) {
    const wrong = data.has(name) ? spanError(name, data.string(name)) : undefined;
    if (wrong !== undefined) return wrong;
  }
  const sent = Object.keys(CRL_FIELDS).filter((name) => data.has(name));
  const next: CrlConfig = { ...before, ...Object.fromEntries(sent.map((name) => [name, data.value(name)])) };
  return RULES.find(([, broken]) => broken(next))?.[0](next) ?? next;
}

function spanError(name: string, value: string): string | undefined {
  try {
    parseDurationSeconds(value);
    return undefined;
  } catch (error) {
    return `given ${name} could not be decoded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isLonger(config: CrlConfig, name: string): boolean {
  return parseDurationSeconds(config[name]) >= parseDurationSeconds(config.expiry);
}

const RULES: readonly (readonly [text: (config: CrlConfig) => string, broken: (config: CrlConfig) => boolean])[] = [
  [
    () => "unified_crl_on_existing_paths cannot be enabled if unified_crl is disabled",
    (config) => config.unified_crl_on_existing_paths === true && config.unified_crl !== true,
  ],
  [
    (config) =>
      `CRL auto-rebuilding grace period (${String(config.auto_rebuild_grace_period)}) must be strictly shorter than CRL expiry (${String(config.expiry)}) value when auto-rebuilding of CRLs is enabled`,
    (config) => config.auto_rebuild === true && isLonger(config, "auto_rebuild_grace_period"),
  ],
  [
    (config) =>
      `CRL delta rebuild window (${String(config.delta_rebuild_interval)}) must be strictly shorter than CRL expiry (${String(config.expiry)}) value when delta CRLs are enabled`,
    (config) => config.enable_delta === true && isLonger(config, "delta_rebuild_interval"),
  ],
  [
    () => "Delta CRLs cannot be enabled when auto rebuilding is disabled as the complete CRL is always regenerated!",
    (config) => config.auto_rebuild !== true && config.enable_delta === true,
  ],
  [
    () =>
      "Global, cross-cluster revocation queue cannot be enabled when auto rebuilding is disabled as the local cluster may not have the certificate entry!",
    (config) => config.auto_rebuild !== true && config.cross_cluster_revocation === true,
  ],
  [
    () => "Global, cross-cluster revocation queue (cross_cluster_revocation) can only be enabled on Vault Enterprise.",
    (config) => config.cross_cluster_revocation === true,
  ],
  [() => "unified_crl can only be enabled on Vault Enterprise", (config) => config.unified_crl === true],
];

/** (path_tidy.go: pathTidyWrite) What expired longer ago than the buffer is forgotten at once. */
function tidy({ certificates, context }: PkiStore, { data }: BackendRequest): BackendReply {
  const short = Object.keys(BUFFERS).find((name) => data.number(name) < 1);
  if (short !== undefined) return { error: `${short} must be greater than zero` };
  const limit = context.clock.now() - data.number("safety_buffer") * 1_000;
  const withRevoked = data.bool("tidy_revoked_certs") || data.bool("tidy_revocation_list");
  for (const [serial, { notAfter, revokedAt }] of certificates) {
    const isMeant = revokedAt === undefined ? data.bool("tidy_cert_store") : withRevoked;
    if (isMeant && notAfter < limit) certificates.delete(serial);
  }
  const isAny = withRevoked || TIDY_FLAGS.some((name) => data.bool(name));
  return { status: 202, data: null, warnings: [isAny ? STARTED : NOTHING_SET] };
}

const STARTED =
  "Tidy operation successfully started. Any information from the operation will be printed to Vault's server logs.";
const NOTHING_SET = `Manual tidy requested but no tidy operations were set. Enable at least one tidy operation to be run (${TIDY_FLAGS.join(" / ")}).`;
