import type { ServerName } from "../../journal/index.js";
import { MistrustError } from "../../runtime/index.js";
import type { TlsFrontSetting } from "../../scenario/index.js";
import { type HttpHandler, listen, type Listener } from "../../transport/index.js";
import type { FakeContext } from "./fake.js";
import { type DefaultNames, tlsSettings } from "./tls-settings.js";

/** `false` for plain HTTP. */
export type DoorTls = TlsFrontSetting | false;

export interface DoorOptions {
  readonly server: ServerName;
  /** HOST:PORT; an ephemeral port on 127.0.0.1 if absent. */
  readonly listen: string | undefined;
  readonly tls: DoorTls | undefined;
  /** Names that the certificate has beside localhost and the address. */
  readonly dnsNames: readonly string[];
}

/** An address that stays while what is behind it, and how it speaks TLS, change. */
export class Door {
  /** Speaks TLS, and always will: the address says so. */
  readonly tls: boolean;
  /** As clients use it: an address that listens everywhere is reached on the loopback interface. */
  readonly url: string;
  /** HOST:PORT of the same. */
  readonly host: string;
  #front: string;

  constructor(
    readonly context: FakeContext,
    readonly listener: Listener,
    /** What stands behind the door now, the faults before it included: another listener may lead to it, too. */
    readonly handle: HttpHandler,
    /** From now on requests go there. */
    readonly leadTo: (handler: HttpHandler) => void,
    readonly names: DefaultNames,
    front: DoorTls,
  ) {
    this.tls = front !== false;
    this.host = `${reachable(listener.host)}:${listener.port}`;
    this.url = `${this.tls ? "https" : "http"}://${this.host}`;
    this.#front = JSON.stringify(front);
  }

  /** PEM of the CA that its certificate comes from; `undefined` where it speaks plain HTTP. */
  get ca(): string | undefined {
    return this.tls ? this.context.authority().certificatePem : undefined;
  }

  /**
   * Speaks TLS in another way with the connections to come.
   * @throws MISTRUST_CONFLICT where TLS would have to begin or end, since clients have the address already
   */
  present(front: DoorTls): void {
    if (this.#front === JSON.stringify(front)) return;
    const { tls } = this.listener;
    if (tls === undefined || front === false) {
      throw new MistrustError("MISTRUST_CONFLICT", `${this.url} cannot begin or end to speak TLS while it runs`, {
        remedy: "start a lab of its own in that variant",
      });
    }
    tls.use(tlsSettings(this.context, front, this.names));
    this.#front = JSON.stringify(front);
  }
}

/** Opens a listener. Until it leads somewhere, requests wait. */
export async function openDoor(context: FakeContext, options: DoorOptions): Promise<Door> {
  const { server, dnsNames, tls = {} } = options;
  const address = parseAddress(options.listen);
  let open: (handler: HttpHandler) => void = () => undefined;
  const first = new Promise<HttpHandler>((resolve) => (open = resolve));
  let handler: HttpHandler = async (request) => (await first)(request);
  const handle: HttpHandler = (request) => handler(request);
  const names = defaultNames(address.host, dnsNames);
  const listener = await listen({
    ...address,
    server,
    journal: context.journal,
    handler: handle,
    faults: context.faults.ofConnections(server),
    ...(tls !== false && { tls: tlsSettings(context, withoutTemplates(tls), names) }),
  });
  const leadTo = (next: HttpHandler): void => {
    handler = context.faults.over(server, next);
    open(handler);
  };
  return new Door(context, listener, handle, leadTo, names, tls);
}

/** What is named by a template is known once the world is configured; nobody connects before. */
function withoutTemplates(setting: TlsFrontSetting): TlsFrontSetting {
  const { clientCa, ...rest } = setting;
  return clientCa === undefined || clientCa.includes("{{") ? rest : setting;
}

function defaultNames(host: string, dnsNames: readonly string[]): DefaultNames {
  const own = /^[\d.]+$|:/.test(host) ? [host] : [];
  return { dns: [...dnsNames, "localhost"], ips: [...new Set(["127.0.0.1", "::1", ...own])] };
}

/** @throws MISTRUST_USAGE */
export function parseAddress(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return { host: "127.0.0.1", port: 0 };
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (match !== null && port <= 65_535) {
    return { host: match[1] ?? (match[2] === "" ? "0.0.0.0" : (match[2] ?? "")), port };
  }
  throw new MistrustError("MISTRUST_USAGE", `"${text}" is not an address to listen on`, {
    remedy: "write HOST:PORT, such as 127.0.0.1:8200",
  });
}

function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
