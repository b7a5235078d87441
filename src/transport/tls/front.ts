import type { Server } from "node:http";
import type net from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Connection } from "../connection.js";
import type { HttpOptions } from "../http1.js";
import { serveHttp2 } from "../http2.js";

export interface TlsSettings {
  /** The server's certificate, then its intermediates, as PEM. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Default `h2` and `http/1.1`, as Vault. */
  readonly alpn?: readonly string[];
}

/** TLS in front of an HTTP server, as one certain product does it. */
export class TlsFront {
  #settings: TlsSettings;
  #context: SecureContext;

  constructor(
    settings: TlsSettings,
    private readonly http: HttpOptions,
    private readonly http1: Server,
  ) {
    this.#settings = settings;
    this.#context = createSecureContext({ cert: settings.certificatePem, key: settings.keyPem });
  }

  get settings(): TlsSettings {
    return this.#settings;
  }

  /** Takes other settings for the connections to come; those that are open keep theirs. */
  use(settings: TlsSettings): void {
    this.#context = createSecureContext({ cert: settings.certificatePem, key: settings.keyPem });
    this.#settings = settings;
  }

  accept(raw: net.Socket, connection: Connection): void {
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#context,
      ALPNProtocols: [...(this.#settings.alpn ?? ["h2", "http/1.1"])],
    });
    socket.on("error", () => raw.destroy());
    socket.on("secure", () => {
      // tls.Server does this for its own sockets, and node:http2 waits for it.
      Reflect.set(socket, "secureConnecting", false);
      connection.tls = { version: socket.getProtocol() ?? "", clientChain: [] };
      this.http.connections.set(socket, connection);
      if (socket.alpnProtocol === "h2") serveHttp2(this.http, connection, socket);
      else this.http1.emit("connection", socket);
    });
  }
}
