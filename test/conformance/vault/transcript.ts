import { readdirSync, readFileSync } from "node:fs";

/** A recorded conversation, format `mistrust.transcript/1`; ../recorded/README.md says what each key means. */
export interface Transcript {
  readonly id: string;
  readonly title: string;
  readonly subject: { readonly product: "vault" | "openbao"; readonly version: string };
  readonly emulate?: string;
  readonly given?: Given;
  readonly steps: readonly Step[];
}

export interface Given {
  readonly kubernetes?: {
    readonly tokenReview?: readonly ScriptedReply[];
    readonly routes?: Readonly<Record<string, ScriptedReply>>;
  };
  readonly jwts?: Readonly<Record<string, JwtSpec>>;
  readonly certs?: Readonly<Record<string, CertSpec>>;
  readonly csrs?: Readonly<Record<string, CsrSpec>>;
  readonly server?: "uninitialized";
  readonly tls?: { readonly clientCa?: boolean; readonly requireClientCert?: boolean; readonly minVersion?: string };
}

export interface ScriptedReply {
  readonly status?: number;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly close?: boolean;
  readonly times?: number;
}

export interface JwtSpec {
  readonly raw?: string;
  readonly alg?: string;
  readonly key?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly mangle?: string;
}

export interface CertSpec {
  readonly cn?: string;
  readonly dns?: readonly string[];
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
  readonly ou?: readonly string[];
  readonly org?: readonly string[];
  readonly ca?: "client" | "other" | "self";
  readonly start?: number;
  readonly days?: number;
  readonly clientAuth?: boolean;
}

export interface CsrSpec {
  readonly cn?: string;
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  readonly uris?: readonly string[];
  readonly emails?: readonly string[];
  readonly key?: "rsa" | "rsa1024" | "ec";
}

export interface Step {
  readonly note?: string;
  /** Seconds that pass before it. */
  readonly sleep?: number;
  readonly listener?: "tls";
  readonly scheme?: "http";
  readonly clientCert?: string;
  readonly request: RequestSpec;
  readonly response: ResponseSpec;
  readonly capture?: Readonly<Record<string, string>>;
  readonly kubernetesSaw?: readonly SeenSpec[];
}

export interface RequestSpec {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly bodyOfBytes?: {
    readonly prefix?: string;
    readonly repeat: string;
    readonly count: number;
    readonly suffix?: string;
  };
}

export interface ResponseSpec {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly connection?: "refused";
}

export interface SeenSpec {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const FOLDER = new URL("../recorded/vault/", import.meta.url);

/** Every area's name, in order. */
export function areas(): string[] {
  return readdirSync(FOLDER).sort();
}

export function transcriptsOf(area: string): Transcript[] {
  const folder = new URL(`${area}/`, FOLDER);
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.sort().map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Transcript);
}
