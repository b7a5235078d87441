/** The servers that a lab can hold, and the lab itself for what it does on its own. */
export type ServerName = "vault" | "kubernetes" | "spire" | "istio-agent" | "lab" | "client";

/** A line of a real server's log; half of those that matter are `debug`, which is why people lose afternoons. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** One named step of a decision, as it came out. */
export interface CheckRecord {
  /** kebab-case, stable: `audience`, `token-review`, `resource-name`. */
  readonly id: string;
  readonly outcome: "passed" | "refused" | "skipped";
  /** What would have passed, in words or as the value itself. */
  readonly wanted?: string;
  readonly got?: string;
  /** Why it was skipped, or anything that helps to understand it. */
  readonly note?: string;
  /** What makes the refusal stop, one sentence. */
  readonly remedy?: string;
}

/** What a TLS client offered, read from its ClientHello. Names are IANA's; GREASE values are left out. */
export interface ClientHelloRecord {
  readonly versions: readonly string[];
  readonly cipherSuites: readonly string[];
  readonly groups: readonly string[];
  readonly serverName?: string;
  readonly alpn: readonly string[];
  readonly ja4?: string;
}

export type EventBody =
  /** A peer connected (`unix` sockets have no remote address). */
  | { readonly type: "connection"; readonly remote: string; readonly local: string; readonly tls: boolean }
  /** A TLS handshake came to its end. */
  | {
      readonly type: "handshake";
      readonly outcome: "completed" | "failed";
      readonly hello?: ClientHelloRecord;
      readonly version?: string;
      readonly cipherSuite?: string;
      readonly alpn?: string;
      /** Who ended a failed handshake. */
      readonly endedBy?: "server" | "client";
      /** The alert's name as RFC 8446 §6.2 spells it, e.g. `handshake_failure`. */
      readonly alert?: string;
      readonly wanted?: string;
      readonly why?: string;
      /** The certificates that the server sent, where the client may have disliked them. */
      readonly presented?: string;
      /** What makes it stop, where no check of the server's refused. */
      readonly remedy?: string;
      readonly clientCertificate?: string;
    }
  | { readonly type: "disconnect"; readonly by: "client" | "server"; readonly how?: string }
  | {
      readonly type: "request";
      readonly method: string;
      /** Path with its query, as sent. */
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Parsed JSON where it is JSON, else text; absent without a body. */
      readonly body?: unknown;
      readonly httpVersion: string;
    }
  /** The steps of one decision, in order. `refusedBy` is the id of the first refusing check. */
  | {
      readonly type: "checks";
      readonly decision: string;
      readonly checks: readonly CheckRecord[];
      readonly refusedBy?: string;
    }
  | {
      readonly type: "reply";
      readonly status: number;
      readonly body?: unknown;
      /** For gRPC: the status text. */
      readonly details?: string;
    }
  /** What the real server would have written to its log. */
  | { readonly type: "log"; readonly level: LogLevel; readonly line: string }
  /** A line of JSON that an audit device of Vault has written to `target`: a file, an address, `stdout` or `discard`. */
  | { readonly type: "audit"; readonly device: string; readonly target: string; readonly line: string }
  /** A message on a gRPC stream. */
  | {
      readonly type: "message";
      readonly direction: "received" | "sent";
      readonly method: string;
      readonly summary: Readonly<Record<string, unknown>>;
    }
  /** A deliberate misbehaviour took place. */
  | { readonly type: "fault"; readonly fault: string; readonly note: string }
  /** Something happened to the lab: a variant applied, the clock moved, settings changed. */
  | { readonly type: "lab"; readonly what: string; readonly note?: string }
  /** What the product of a client model would show its user. */
  | { readonly type: "says"; readonly product: string; readonly where: string; readonly text: string };

/** What ties events together. */
export interface EventHead {
  readonly server: ServerName;
  /** Number of the connection within the lab. */
  readonly connection?: number;
  /** Number of the exchange (one request with all that follows from it) within the lab. */
  readonly exchange?: number;
}

/** One entry of the journal. `seq` rises by one and never repeats; `at` is the lab's time in ms since the epoch. */
export type JournalEvent = EventHead & EventBody & { readonly seq: number; readonly at: number };
export type EventType = JournalEvent["type"];
export type EventOf<T extends EventType> = Extract<JournalEvent, { type: T }>;
