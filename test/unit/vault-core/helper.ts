import { Exchange, Journal, type JournalEvent } from "../../../src/journal/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import type { HttpReply } from "../../../src/transport/http.js";
import { createVault, type Vault, type VaultOptions } from "../../../src/vault/index.js";

export interface Asked {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body; an empty object where there is none. */
  readonly json: Json;
}

export interface Json {
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[] | null;
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly auth?: Readonly<Record<string, unknown>> | null;
  readonly wrap_info?: Readonly<Record<string, unknown>> | null;
  readonly mount_type?: string;
}

/** A Vault with a frozen clock, asked without a socket. */
export class Bench {
  readonly clock = new LabClock({ startAt: Date.UTC(2026, 10, 23), frozen: true });
  readonly journal = new Journal({ clock: this.clock });
  readonly vault: Vault;

  constructor(options: Partial<VaultOptions> = {}) {
    this.vault = createVault({ clock: this.clock, seed: new Seed("test"), journal: this.journal, ...options });
  }

  async ask(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const text = asked.rawBody ?? (asked.body === undefined ? "" : JSON.stringify(asked.body));
    const reply: HttpReply = await this.vault.handle({
      method,
      target: `/v1/${path}`,
      headers: { ...(asked.token !== undefined && { "x-vault-token": asked.token }), ...asked.headers },
      body: Buffer.from(text),
      remoteAddress: asked.from ?? "127.0.0.1",
      remotePort: 1,
      exchange: new Exchange(this.journal, "vault", 1),
    });
    const body = reply.body === undefined ? "" : reply.body.toString();
    const json = body.startsWith("{") ? (JSON.parse(body) as Json) : {};
    return { status: reply.status, headers: reply.headers ?? {}, text: body, json };
  }

  root(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask(method, path, { token: this.vault.rootToken, ...(body !== undefined && { body }) });
  }

  /** A new token with these policies, or with whatever else is asked for. */
  async token(asked: Readonly<Record<string, unknown>>): Promise<string> {
    const { json } = await this.root("POST", "auth/token/create", asked);
    return String(json.auth?.client_token);
  }

  refusals(by: string): JournalEvent[] {
    return this.journal.events({ type: "checks", refusedBy: by });
  }
}

export const DENIED = "1 error occurred:\n\t* permission denied\n\n";
