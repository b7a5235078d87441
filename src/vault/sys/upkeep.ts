import type { BackendReply, Field, FieldData } from "../core/backend.js";
import { rfc3339Nano } from "../core/go.js";
import { formatGoDuration } from "../../runtime/index.js";
import { genericName, listReply } from "../core/sdk.js";
import type { SysPaths } from "./context.js";

/** When the encryption key is rotated by itself. `interval` is in seconds; 0 = never. */
interface Rotation {
  enabled: boolean;
  maxOperations: number;
  interval: number;
}

/** (vault/keyring.go) */
const [LEAST_OPERATIONS, MOST_OPERATIONS] = [1_000_000, 3_865_470_566];
const LEAST_INTERVAL = 24 * 3600;

const ROTATION_FIELDS: Readonly<Record<string, Field>> = {
  enabled: { type: "bool" },
  max_operations: { type: "int" },
  interval: { type: "duration" },
};

const HEADER_FIELDS: Readonly<Record<string, Field>> = {
  header: { type: "string" },
  values: { type: "string-list" },
  multivalue: { type: "bool" },
};

/** What keeps a server going: key rotation and the headers of its pages. (vault/logical_system.go: handleRotate, handleConfigUIHeaders…) */
export const upkeepPaths: SysPaths = (core) => {
  const key = { term: 1, installedAt: core().clock.now() };
  const rotation: Rotation = { enabled: true, maxOperations: MOST_OPERATIONS, interval: 0 };
  const headers = new Map<string, readonly string[]>();
  return [
    {
      pattern: "rotate/config$",
      fields: ROTATION_FIELDS,
      operations: { read: () => ({ data: rotationView(rotation) }), update: ({ data }) => configure(rotation, data) },
      summary: "When the encryption key is rotated",
    },
    {
      pattern: core().release.product === "openbao" ? "rotate(?:/keyring)?$" : "rotate$",
      operations: {
        update: () => {
          key.term++;
          key.installedAt = core().clock.now();
          return undefined;
        },
      },
      summary: "Rotate the encryption key",
    },
    {
      pattern: "key-status$",
      operations: {
        read: () => ({ data: { term: key.term, install_time: rfc3339Nano(key.installedAt), encryptions: 1 } }),
      },
      summary: "State of the encryption key",
    },
    {
      pattern: `config/ui/headers/${genericName("header")}`,
      fields: HEADER_FIELDS,
      operations: {
        read: ({ data }) => readHeader(headers, data),
        update: ({ data }) => setHeader(headers, data),
        delete: ({ data }) => {
          headers.delete(canonical(data.string("header")));
          return undefined;
        },
      },
      summary: "A header of the UI's pages",
    },
    {
      pattern: "config/ui/headers/?$",
      operations: { list: () => (headers.size === 0 ? undefined : listReply(headers.keys())) },
      summary: "Headers of the UI's pages",
    },
  ];
};

function rotationView({ enabled, maxOperations, interval }: Rotation): Record<string, unknown> {
  return {
    max_operations: maxOperations,
    enabled,
    interval: interval === 0 ? 0 : formatGoDuration(interval * 1000),
  };
}

function configure(rotation: Rotation, data: FieldData): BackendReply {
  const maxOperations = data.has("max_operations") ? data.number("max_operations") : rotation.maxOperations;
  const interval = data.has("interval") ? data.number("interval") : rotation.interval;
  if (interval !== 0 && interval < LEAST_INTERVAL) {
    return { error: `interval must be greater or equal to ${formatGoDuration(LEAST_INTERVAL * 1000)}` };
  }
  if (maxOperations < LEAST_OPERATIONS || maxOperations > MOST_OPERATIONS) {
    return { error: `max_operations must be in the range [${LEAST_OPERATIONS},${MOST_OPERATIONS}]` };
  }
  Object.assign(rotation, {
    maxOperations,
    interval,
    enabled: data.has("enabled") ? data.bool("enabled") : rotation.enabled,
  });
  return undefined;
}

/** A header's name as Go writes it. (net/textproto: CanonicalMIMEHeaderKey) */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function readHeader(headers: ReadonlyMap<string, readonly string[]>, data: FieldData): BackendReply {
  const values = headers.get(canonical(data.string("header")));
  if (values === undefined) return undefined;
  return { data: data.bool("multivalue") ? { values } : { value: values[0] } };
}

function setHeader(headers: Map<string, readonly string[]>, data: FieldData): BackendReply {
  const [name, values] = [data.string("header"), data.list("values")];
  if (name === "" || values.length === 0) return { error: "header and values must be specified" };
  if (name.toLowerCase().startsWith("x-vault-")) return { error: "X-Vault headers cannot be set" };
  headers.set(canonical(name), values);
  // Vault answers with an envelope even where it has nothing to say.
  if (name.toLowerCase() !== "content-security-policy") return { data: null };
  return {
    data: null,
    warnings: ["overriding default Content-Security-Policy which is secure by default, proceed with caution"],
  };
}
