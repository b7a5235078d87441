import type { Exchange } from "../../journal/index.js";
import type { Clock, Ids } from "../../runtime/index.js";
import { goQuote } from "../../runtime/index.js";
import { rfc3339Nano } from "../core/go.js";
import { logLine } from "../log-line.js";
import { hasQuirk, type Release } from "../release.js";
import { type Audited, auditLine, type Style } from "./entry.js";
import { hashWith } from "./hash.js";
import {
  AuditOptionError,
  DEVICE_TYPES,
  ENTERPRISE_OPTIONS,
  type DeviceSettings,
  type Machine,
  type Options,
  settingsOf,
  targetOf,
} from "./settings.js";
import type { Sink } from "./sinks.js";

/** A device as it is asked for. */
export interface NewDevice {
  readonly path: string;
  readonly type: string;
  readonly description: string;
  readonly options: Options;
  readonly local: boolean;
}

interface Device extends NewDevice {
  readonly settings: DeviceSettings;
  readonly style: Style;
  readonly sink: Sink;
  readonly target: string;
}

export interface BrokerOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly release: Release;
  readonly machine: Machine;
}

/** All audit devices of a Vault. A request goes through if at least one of them has noted it. (vault/audit_broker.go) */
export class AuditBroker {
  readonly #options: BrokerOptions;
  readonly #devices = new Map<string, Device>();
  /** Header name in lower case → is its value hashed? */
  readonly headers = new Map<string, boolean>();

  constructor(options: BrokerOptions) {
    this.#options = options;
    if (hasQuirk(options.release, "audit-has-default-headers")) {
      for (const name of ["correlation-id", "x-correlation-id", "user-agent"]) this.headers.set(name, false);
    }
  }

  /** Is there a device at all? */
  get on(): boolean {
    return this.#devices.size > 0;
  }

  list(): readonly NewDevice[] {
    return [...this.#devices.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * Starts a device and has it write a line of probe. (vault/audit.go: enableAudit)
   * @returns why it cannot be enabled
   */
  async enable(wanted: NewDevice, exchange: Exchange): Promise<string | undefined> {
    const problem = this.#problem(wanted);
    if (problem !== undefined) return problem;
    const make = DEVICE_TYPES[wanted.type];
    if (make === undefined) return `unknown backend type: ${goQuote(wanted.type)}${this.#suffix}`;
    try {
      const sink = await make(wanted.options, this.#options.machine);
      const device = this.#device(wanted, sink);
      if (wanted.options.skip_test !== "true") await this.#test(device, exchange);
      this.#devices.set(device.path, device);
      return undefined;
    } catch (error) {
      if (error instanceof AuditOptionError && this.#suffix !== "") {
        return `unable to create new audit backend: ${error.since}`;
      }
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** What newer releases say after whatever is wrong with the request for a device. */
  get #suffix(): string {
    return hasQuirk(this.#options.release, "audit-options-are-checked") ? ": invalid configuration" : "";
  }

  /** Why there can be no such device, whatever its type. */
  #problem({ path, type, options }: NewDevice): string | undefined {
    const { release } = this.#options;
    if (path === "/") return `backend path must be specified${this.#suffix}`;
    if (this.#suffix !== "" && !release.enterprise && ENTERPRISE_OPTIONS.some((name) => name in options)) {
      return `enterprise-only options supplied${this.#suffix}`;
    }
    if (options.prefix !== undefined && type === "file" && hasQuirk(release, "audit-prefix-is-forbidden")) {
      return "audit prefixing is not enabled in configuration, audit prefixing may not be configured for file sinks";
    }
    const taken = [...this.#devices.keys()].some((other) => other.startsWith(path) || path.startsWith(other));
    return taken ? `path already in use${this.#suffix}` : undefined;
  }

  disable(path: string): void {
    this.#devices.get(path)?.sink.close();
    this.#devices.delete(path);
  }

  /** A text as the device hashes it; `undefined` without that device. */
  hash(path: string, input: string): string | undefined {
    return this.#devices.get(path)?.style.hash(input);
  }

  /** @returns false if there are devices and none of them has noted it */
  async note(audited: Audited): Promise<boolean> {
    const { exchange } = audited.request;
    const noted = await Promise.all(
      [...this.#devices.values()].map(async (device) => {
        try {
          await this.#write(device, auditLine(audited, device.style), exchange);
          return true;
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          const message = `backend failed to log ${audited.type}`;
          exchange.log("error", logLine("audit", message, { backend: device.path, error: why }));
          return false;
        }
      }),
    );
    return noted.length === 0 || noted.includes(true);
  }

  stop(): void {
    for (const { sink } of this.#devices.values()) sink.close();
    this.#devices.clear();
  }

  #device(wanted: NewDevice, sink: Sink): Device {
    const { ids, release } = this.#options;
    const settings = settingsOf(wanted.options);
    const order = hasQuirk(release, "audit-time-is-first")
      ? "time-first"
      : hasQuirk(release, "audit-keys-are-sorted")
        ? "alphabetical"
        : "as-declared";
    return {
      ...wanted,
      sink,
      target: targetOf(wanted.options),
      settings,
      style: { hash: hashWith(ids.uuid()), settings, order },
    };
  }

  /** (vault/audit.go: generateAuditTestProbe) */
  async #test(device: Device, exchange: Exchange): Promise<void> {
    const { clock, ids } = this.#options;
    const line =
      `{"time":"${rfc3339Nano(clock.now())}","type":"request","auth":{"token_type":"default"},"request":{"id":"${ids.uuid()}",` +
      `"operation":"update","namespace":{"id":"root"},"path":"sys/audit/test"}}`;
    try {
      await this.#write(device, device.settings.prefix + line, exchange);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const { path, type } = device;
      exchange.log("error", logLine("core", "new audit backend failed test", { path, type, error: why }));
      throw new Error(`audit backend failed test message: ${why}`, { cause: error });
    }
  }

  async #write({ path, target, sink }: Device, line: string, exchange: Exchange): Promise<void> {
    await sink.write(Buffer.from(`${line}\n`));
    exchange.note({ type: "audit", device: path, target, line });
  }
}
