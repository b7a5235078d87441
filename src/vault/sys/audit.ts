import { goQuote } from "../../runtime/index.js";
import type { NewDevice } from "../audit/index.js";
import type { BackendReply, BackendRequest, Field, Path } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import { logLine } from "../log-line.js";
import type { SysPaths } from "./context.js";

const FIELDS: Readonly<Record<string, Field>> = {
  path: { type: "string", description: "The name of the device" },
  type: { type: "string", description: "file, socket or syslog" },
  description: { type: "string", description: "A text for people" },
  options: { type: "key-values", description: "What the type of device needs to know" },
  local: { type: "bool", default: false, description: "Do not replicate the device" },
};

/** `audit*` and `config/auditing/*`. (vault/logical_system.go: handleEnableAudit and others) */
export const auditPaths: SysPaths = (core) => [
  { pattern: "audit$", operations: { read: () => list(core()) }, summary: "List the audit devices" },
  {
    pattern: "audit-hash/(?<path>.+)",
    fields: { path: { type: "string" }, input: { type: "string" } },
    operations: { update: (request) => hash(core(), request) },
    summary: "Hash a text as an audit device does",
  },
  {
    pattern: "audit/(?<path>.+)",
    fields: FIELDS,
    operations: {
      update: (request) => enable(core(), request),
      delete: (request) => {
        core().audit.disable(pathOf(request));
        return undefined;
      },
    },
    summary: "Enable and disable an audit device",
  },
  ...headerPaths(core),
];

function pathOf({ data }: BackendRequest): string {
  return `${data.string("path").replace(/^\/+|\/+$/g, "")}/`;
}

function list({ audit }: Core): BackendReply {
  const view = ({ path, type, description, options, local }: NewDevice) => ({
    path,
    type,
    description,
    options,
    local,
  });
  return { data: Object.fromEntries(audit.list().map((device) => [device.path, view(device)])) };
}

async function enable(core: Core, request: BackendRequest): Promise<BackendReply> {
  const { data, exchange } = request;
  if (coreQuirk(core, "audit-devices-are-declared")) {
    return {
      error: "cannot enable audit device via API; use declarative, config-based audit device management instead",
    };
  }
  const path = pathOf(request);
  const problem = await core.audit.enable(
    {
      path,
      type: data.string("type"),
      description: data.string("description"),
      // The framework has made texts of all values.
      options: data.map("options") as Record<string, string>,
      local: data.bool("local"),
    },
    exchange,
  );
  if (problem === undefined) return undefined;
  exchange.log("error", logLine("secrets.system", "enable audit mount failed", { path, error: problem }));
  return { error: problem };
}

function hash({ audit }: Core, request: BackendRequest): BackendReply {
  const input = request.data.string("input");
  if (input === "") return { error: 'the "input" parameter is empty' };
  const path = pathOf(request);
  const hashed = audit.hash(path, input);
  return hashed === undefined ? { error: `unknown audit backend ${goQuote(path)}` } : { data: { hash: hashed } };
}

/** Which request headers the devices note. (vault/logical_system.go: handleAuditedHeaderUpdate and others) */
function headerPaths(core: () => Core): Path[] {
  const name = ({ data }: BackendRequest): string => data.string("header").toLowerCase();
  const pattern = "config/auditing/request-headers";
  return [
    {
      pattern: `${pattern}/(?<header>.+)`,
      fields: { header: { type: "string" }, hmac: { type: "bool", description: "Hash the header's value" } },
      operations: {
        read: (request) => {
          const hmac = core().audit.headers.get(name(request));
          return hmac === undefined
            ? { error: "Could not find header in config" }
            : { data: { [name(request)]: { hmac } } };
        },
        update: (request) => {
          core().audit.headers.set(name(request), request.data.bool("hmac"));
          return undefined;
        },
        delete: (request) => {
          core().audit.headers.delete(name(request));
          return undefined;
        },
      },
      summary: "Have a request header audited",
    },
    {
      pattern: `${pattern}$`,
      operations: {
        read: () => ({
          data: { headers: Object.fromEntries([...core().audit.headers].map(([key, hmac]) => [key, { hmac }])) },
        }),
      },
      summary: "List the audited request headers",
    },
  ];
}
