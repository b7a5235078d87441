import { goQuote } from "../../runtime/index.js";
import type { BackendReply, FieldData } from "../core/backend.js";
import type { SysPaths } from "./context.js";

/** (hclog.LevelFromString, and what Vault takes for them: helper/logging ParseLogLevel) */
const LEVELS: Readonly<Record<string, string>> = {
  trace: "trace",
  debug: "debug",
  notice: "info",
  info: "info",
  warn: "warn",
  warning: "warn",
  err: "error",
  error: "error",
};
/** Some of a server's loggers; a real one has one for each of its parts. */
const NAMES = [
  "core",
  "audit",
  "expiration",
  "identity",
  "policy",
  "quotas",
  "rollback",
  "secrets.system",
  "token",
] as const;

/** `loggers*`: the fake's journal does not go by them. (vault/logical_system.go: handleLoggersRead and others) */
export const loggerPaths: SysPaths = () => {
  const levels = new Map<string, string>(NAMES.map((name) => [name, "info"]));
  const missing = (name: string): BackendReply => ({ error: `logger ${goQuote(name)} not found` });
  const setAll = (data: FieldData, names: readonly string[]): BackendReply => {
    const sent = data.string("level");
    if (!data.has("level")) return { error: "level is required" };
    if (sent === "") return { error: "level is empty" };
    const level = LEVELS[sent.toLowerCase()];
    if (level === undefined) return { error: `invalid level provided: unknown log level: ${sent}` };
    const unknown = names.find((name) => !levels.has(name));
    if (unknown !== undefined) return missing(unknown);
    for (const name of names) levels.set(name, level);
    return undefined;
  };
  const reset = (names: readonly string[]): undefined => {
    for (const name of names) levels.set(name, "info");
  };
  return [
    {
      pattern: "loggers$",
      fields: { level: { type: "string" } },
      operations: {
        read: () => ({ data: Object.fromEntries(levels) }),
        update: ({ data }) => setAll(data, NAMES),
        delete: () => reset(NAMES),
      },
      summary: "Levels of all loggers",
    },
    {
      pattern: "loggers/(?<name>.+)",
      fields: { name: { type: "string" }, level: { type: "string" } },
      operations: {
        read: ({ data }) => {
          const name = data.string("name");
          return { data: levels.has(name) ? { [name]: levels.get(name) } : {} };
        },
        update: ({ data }) => setAll(data, [data.string("name")]),
        delete: ({ data }) =>
          levels.has(data.string("name")) ? reset([data.string("name")]) : missing(data.string("name")),
      },
      summary: "Level of a logger",
    },
  ];
};
