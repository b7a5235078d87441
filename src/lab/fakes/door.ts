import type { ServerName } from "../../journal/index.js";
import { MistrustError } from "../../runtime/index.js";
import type { TlsFrontSetting } from "../../scenario/index.js";
import { type HttpHandler, listen, type Listener } from "../../transport/index.js";
import type { FakeContext } from "./fake.js";

export interface DoorOptions {
  readonly server: ServerName;
  /** HOST:PORT; an ephemeral port on 127.0.0.1 if absent. */
  readonly listen?: string | undefined;
  /** `false` for plain HTTP. */
  readonly tls?: TlsFrontSetting | false | undefined;
  /** Names that the certificate has beside localhost and the address. */
  readonly dnsNames: readonly string[];
}

/** An address that stays while what is behind it changes. */
export interface Door {
  readonly listener: Listener;
  /** As clients use it: an address that listens everywhere is reached on the loopback interface. */
  readonly url: string;
  /** HOST:PORT of the same. */
  readonly host: string;
  /** From now on requests go here. */
  leadTo(handler: HttpHandler): void;
}

/** Opens a listener. Until it leads somewhere, requests wait. */
export async function openDoor(context: FakeContext, options: DoorOptions): Promise<Door> {
  const address = parseAddress(options.listen);
  let open: (handler: HttpHandler) => void = () => undefined;
  const first = new Promise<HttpHandler>((resolve) => (open = resolve));
  let handler: HttpHandler = async (request) => (await first)(request);
  const listener = await listen({
    ...address,
    server: options.server,
    journal: context.journal,
    handler: (request) => handler(request),
    ...(options.tls !== false && { tls: tlsOf(context, options, address.host) }),
  });
  const host = `${reachable(listener.host)}:${listener.port}`;
  return {
    listener,
    host,
    url: `${options.tls === false ? "http" : "https"}://${host}`,
    leadTo: (next) => {
      handler = next;
      open(next);
    },
  };
}

function tlsOf(context: FakeContext, options: DoorOptions, host: string): { certificatePem: string; keyPem: string } {
  const unknown = Object.keys(options.tls === undefined || options.tls === false ? {} : options.tls)[0];
  if (unknown !== undefined) {
    throw new MistrustError(
      "MISTRUST_WORLD_REFUSED",
      `the listener of ${options.server} cannot follow tls.${unknown} yet`,
    );
  }
  const ipAddresses = [...new Set(["127.0.0.1", "::1", ...(/^[\d.]+$|:/.test(host) ? [host] : [])])];
  const { chainPem, keyPem } = context.authority().issue({
    commonName: options.dnsNames[0] ?? "localhost",
    dns: ["localhost", ...options.dnsNames],
    ips: ipAddresses,
  });
  return { certificatePem: chainPem, keyPem };
}

/** @throws MISTRUST_USAGE */
export function parseAddress(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return { host: "127.0.0.1", port: 0 };
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (match !== null && port <= 65_535)
    return { host: match[1] ?? (match[2] === "" ? "0.0.0.0" : (match[2] ?? "")), port };
  throw new MistrustError("MISTRUST_USAGE", `"${text}" is not an address to listen on`, {
    remedy: "write HOST:PORT, such as 127.0.0.1:8200",
  });
}

function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
