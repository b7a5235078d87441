import { CONVERT } from "../core/convert.js";
import { parseDurationSeconds } from "../core/go.js";
import { goQuote } from "../../runtime/index.js";
import { FileSink, type Sink, SocketSink, UNSEEN } from "./sinks.js";

/** What a device is told by its options, whatever its type. (audit/backend.go) */
export interface DeviceSettings {
  /** Values go out as they are. */
  readonly raw: boolean;
  readonly hashAccessors: boolean;
  /** Lists are replaced by how long they are. */
  readonly elideLists: boolean;
  /** Stands before every line. */
  readonly prefix: string;
}

export type Options = Readonly<Record<string, string>>;

/** What a Vault's machine gives to its devices. */
export interface Machine {
  /** What the Vault takes for `/`. */
  readonly root: string;
}

/** An option that a device cannot do with, as older releases say it and as newer ones do. */
export class AuditOptionError extends Error {
  override readonly name = "AuditOptionError";
  constructor(
    before: string,
    readonly since: string,
  ) {
    super(before);
  }
}

/** Options that only Enterprise's devices take. (audit/backend_ce.go) */
export const ENTERPRISE_OPTIONS = ["filter", "fallback", "exclude"] as const;

/** @throws AuditOptionError */
export function settingsOf(options: Options): DeviceSettings {
  const format = options.format ?? "json";
  // jsonx, the same in XML, is taken by a real Vault too.
  if (format !== "json") {
    throw new AuditOptionError(`unknown format type ${goQuote(format)}`, 'unsupported "format": invalid configuration');
  }
  return {
    raw: flag(options, "log_raw", false),
    hashAccessors: flag(options, "hmac_accessor", true),
    elideLists: flag(options, "elide_list_responses", false),
    prefix: options.prefix ?? "",
  };
}

function flag(options: Options, name: string, byDefault: boolean): boolean {
  const text = options[name];
  if (text === undefined) return byDefault;
  try {
    return CONVERT.bool(text) === true && text !== "";
  } catch {
    throw new AuditOptionError(
      `strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`,
      `unable to parse ${goQuote(name)}: invalid configuration`,
    );
  }
}

type MakeSink = (options: Options, machine: Machine) => Promise<Sink>;

/** The types of devices. Adding one is one row. */
export const DEVICE_TYPES: Readonly<Record<string, MakeSink>> = {
  file: fileSink,
  socket: socketSink,
  // No syslog daemon runs beside the fake, as in most containers.
  syslog: () => Promise.reject(new Error("Unix syslog delivery error")),
};

const UNSEEN_TARGET = /^(?:stdout|discard)$/i;

async function fileSink(options: Options, { root }: Machine): Promise<Sink> {
  const path = options.file_path ?? options.path;
  if (path === undefined)
    throw new AuditOptionError("file_path is required", '"file_path" is required: invalid configuration');
  const mode = fileMode(options.mode);
  if (UNSEEN_TARGET.test(path)) return UNSEEN;
  const sink = new FileSink({ path, mode, root });
  try {
    await sink.open();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`sanity check failed; unable to open ${goQuote(path)} for writing: ${why}`, { cause: error });
  }
  return sink;
}

/** `0000` leaves the mode of the file alone. */
function fileMode(text: string | undefined): number | undefined {
  if (text === undefined) return 0o600;
  if (!/^[0-7]+$/.test(text)) throw new Error(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  const mode = Number.parseInt(text, 8);
  return mode === 0 ? undefined : mode;
}

function socketSink(options: Options): Promise<Sink> {
  const { address, socket_type: type = "tcp", write_timeout: timeout = "2s" } = options;
  if (address === undefined) {
    throw new AuditOptionError("address is required", '"address" is required: invalid configuration');
  }
  if (type !== "tcp" && type !== "udp" && type !== "unix") throw new Error(`dial ${type}: unknown network ${type}`);
  return Promise.resolve(new SocketSink({ address, type, timeout: parseDurationSeconds(timeout) * 1000 }));
}

/** What a device writes to, in its user's words. */
export function targetOf({ file_path: filePath, path, address }: Options): string {
  const target = filePath ?? path ?? address ?? "";
  return UNSEEN_TARGET.test(target) ? target.toLowerCase() : target;
}
