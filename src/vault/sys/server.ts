import type { BackendReply, Path } from "../core/backend.js";
import { rfc3339Nano } from "../core/go.js";
import type { Core } from "../core/core.js";
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
      pattern: "key-status$",
      operations: { read: () => ({ data: { term: 1, install_time: rfc3339Nano(startedAt), encryptions: 1 } }) },
      summary: "State of the encryption key",
    },
    {
      pattern: "ha-status$",
      operations: { read: () => ({ data: { nodes: [node(core(), startedAt)] } }) },
      summary: "Nodes of the cluster",
    },
    {
      pattern: "version-history/?$",
      operations: { list: () => history(core(), startedAt) },
      summary: "Versions that ran here",
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

function node({ release }: Core, startedAt: number): Record<string, unknown> {
  return {
    hostname: "localhost",
    api_address: "",
    cluster_address: "",
    active_node: true,
    last_echo: null,
    version: release.said,
    upgrade_version: release.said,
    active_time: rfc3339Nano(startedAt),
  };
}

function history({ release }: Core, startedAt: number): BackendReply {
  const info = {
    build_date: rfc3339Nano(startedAt),
    previous_version: null,
    timestamp_installed: rfc3339Nano(startedAt),
  };
  return { data: { keys: [release.said], key_info: { [release.said]: info } } };
}
