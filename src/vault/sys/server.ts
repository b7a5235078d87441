import { type BackendReply, type Path, VaultError } from "../core/backend.js";
import { rfc3339Nano } from "../core/go.js";
import type { Core } from "../core/core.js";
import { hasQuirk } from "../release.js";
import type { SysPaths } from "./context.js";

/** Ceremonies of key holders, which OpenBao serves to nobody without a token. (recorded) */
const UNSERVED = [
  "generate-root(/attempt)?$",
  "generate-root/update$",
  "rekey/(?:init|update|verify)",
  "rekey-recovery-key/(?:init|update|verify)",
];

/** Paths about the server itself: keys, nodes and versions. */
export const serverPaths: SysPaths = (core) => {
  const startedAt = core().clock.now();
  return [
    {
      pattern: "ha-status$",
      operations: { read: () => ({ data: { nodes: [node(core())] } }) },
      summary: "Nodes of the cluster",
    },
    {
      pattern: "version-history/?$",
      operations: { list: () => history(core(), startedAt) },
      summary: "Versions that ran here",
    },
    {
      pattern: "decode-token$",
      fields: { encoded_token: { type: "string" }, otp: { type: "string" } },
      operations: { update: ({ data }) => decodeToken(data.string("encoded_token"), data.string("otp")) },
      summary: "Decode the token of a root generation",
    },
    {
      pattern: "rekey/(?:recovery-key-)?backup$",
      operations: { read: () => ({ error: "no backed-up keys found" }), delete: () => undefined },
      summary: "Backups of unseal keys",
    },
    ...(core().release.product === "openbao" ? UNSERVED : []).map((pattern): Path => ({
      pattern,
      operations: {},
      summary: "Key ceremony",
    })),
    {
      pattern: "experiments$",
      operations: { read: () => ({ data: { available: [], enabled: [] } }) },
      summary: "Experiments",
    },
  ];
};

function node({ release }: Core): Record<string, unknown> {
  return {
    hostname: "localhost",
    api_address: "",
    cluster_address: "",
    active_node: true,
    last_echo: null,
    ...(hasQuirk(release, "health-tells-more") && {
      echo_duration_ms: 0,
      clock_skew_ms: 0,
      replication_primary_canary_age_ms: 0,
    }),
    version: release.said,
  };
}

/** (sdk/helper/roottoken: DecodeToken) */
function decodeToken(encoded: string, otp: string): BackendReply {
  const bytes = Buffer.from(encoded, "base64");
  const pad = Buffer.from(otp);
  if (bytes.length === 0) throw new VaultError(500, "error xoring token: decoded first base64 value is nil or empty");
  if (pad.length === 0) throw new VaultError(500, "error xoring token: decoded second base64 value is nil or empty");
  if (bytes.length !== pad.length) {
    const lengths = `${bytes.length} != ${pad.length}`;
    throw new VaultError(500, `error xoring token: length of byte slices is not equivalent: ${lengths}`);
  }
  return { data: { token: Buffer.from(bytes.map((byte, at) => byte ^ (pad[at] ?? 0))).toString("latin1") } };
}

function history({ release }: Core, startedAt: number): BackendReply {
  const info = {
    build_date: rfc3339Nano(startedAt),
    previous_version: null,
    timestamp_installed: rfc3339Nano(startedAt),
  };
  return { data: { keys: [release.said], key_info: { [release.said]: info } } };
}
