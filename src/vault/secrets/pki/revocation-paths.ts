import type { BackendReply, Field, FieldData, Path } from "../../core/backend.js";
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
const LATE_CRL_FIELDS = {
  max_crl_entries: { type: "int", default: 100_000 },
} satisfies Readonly<Record<string, Field>>;
type CrlConfig = Readonly<Record<string, unknown>>;

/** Revocation lists' settings, their rotation, and what is revoked. */
export function revocationPaths(store: PkiStore): Path[] {
  const fields = {
    ...CRL_FIELDS,
    ...(store.context.quirk("pki-limits-revocation-lists") && LATE_CRL_FIELDS),
  };
  store.revocation = Object.fromEntries(Object.entries(fields).map(([name, { default: value }]) => [name, value]));
  return [
    {
      pattern: "config/crl",
      summary: "How revocation lists are made.",
      fields,
      operations: {
        read: () => ({ data: store.revocation }),
        update: ({ data }) => {
          const next = writtenConfig(fields, store.revocation, data);
          if (typeof next === "string") return { error: next };
          store.revocation = withDefaults(next);
          return { data: next };
        },
      },
    },
    {
      pattern: "crl/rotate",
      summary: "Make the revocation list anew.",
      operations: { read: () => rotated(store) },
    },
    {
      pattern: "crl/rotate-delta",
      summary: "Make the delta of the revocation list anew.",
      operations: { read: () => rotatedDelta(store) },
    },
    {
      pattern: "certs/revoked/?",
      summary: "Serial numbers of what is revoked.",
      paged: true,
      operations: { list: () => listReply(revoked(store)) },
    },
  ];
}

function rotated(store: PkiStore): BackendReply {
  store.crlNumber++;
  return { data: { success: true } };
}

function rotatedDelta({ revocation }: PkiStore): BackendReply {
  return {
    data: { success: true },
    ...(revocation.enable_delta !== true && {
      warnings: ["requested rebuild of delta CRL when delta CRL is not enabled; this is a no-op"],
    }),
  };
}

function revoked({ certificates }: PkiStore): string[] {
  return [...certificates].filter(([, { revokedAt }]) => revokedAt !== undefined).map(([serial]) => serial);
}

const SPANS = ["expiry", "ocsp_expiry", "auto_rebuild_grace_period", "delta_rebuild_interval"] as const;

/** The settings after a write, or the refusal. (path_config_crl.go: pathCRLWrite) */
function writtenConfig(
  fields: Readonly<Record<string, Field>>,
  before: CrlConfig,
  data: FieldData,
): CrlConfig | string {
  for (const name of SPANS) {
    const wrong = data.has(name) ? spanError(name, data.string(name)) : undefined;
    if (wrong !== undefined) return wrong;
  }
  const sent = Object.keys(fields).filter((name) => data.has(name));
  const next: CrlConfig = { ...before, ...Object.fromEntries(sent.map((name) => [name, data.value(name)])) };
  return RULES.find(([, broken]) => broken(next))?.[0](next) ?? next;
}

/** A span that was emptied is the default again once it is read. */
function withDefaults(config: CrlConfig): CrlConfig {
  const filled = SPANS.filter((name) => config[name] === "").map((name) => [name, CRL_FIELDS[name].default]);
  return { ...config, ...(Object.fromEntries(filled) as CrlConfig) };
}

function spanError(name: string, value: string): string | undefined {
  try {
    const seconds = parseDurationSeconds(value);
    return seconds < 0 && name === "ocsp_expiry"
      ? `ocsp_expiry must be greater than or equal to 0 got: ${value}`
      : undefined;
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
    () => "Global, cross-cluster revocation queue (cross_cluster_revocation) can only be enabled on Vault Enterprise.",
    (config) => config.cross_cluster_revocation === true,
  ],
  [() => "unified_crl can only be enabled on Vault Enterprise", (config) => config.unified_crl === true],
];
