import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Given } from "./world.js";

/** A recorded conversation; `test/conformance/recorded/spire/README.md` says what each field means. */
export interface Transcript {
  readonly id: string;
  readonly title: string;
  readonly applies?: { readonly "spire-agent"?: string };
  readonly given: Given & {
    readonly federatesWith?: readonly string[];
    readonly jwts?: Readonly<Record<string, JwtSpec>>;
  };
  readonly client?: { readonly uid: number };
  readonly steps: readonly Step[];
}

export interface JwtSpec {
  readonly trustDomain: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signWith?: "wrong";
}

export interface Step {
  readonly open?: string;
  readonly stream?: string;
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  readonly client?: { readonly uid: number };
  readonly connection?: string;
  readonly socket?: "admin";
  readonly send?: string;
  readonly halfClose?: string;
  readonly close?: string;
  readonly expect?: string;
  readonly expectStatus?: string;
  readonly expectSilence?: string;
  readonly message?: unknown;
  readonly code?: string;
  readonly details?: string;
  readonly capture?: Readonly<Record<string, string>>;
  readonly ms?: number;
  readonly skipOthers?: boolean;
  readonly world?: Readonly<Record<string, unknown>>;
  readonly socketFile?: unknown;
  readonly dial?: string;
  readonly settingsFirst?: boolean;
}

const FOLDER = fileURLToPath(new URL("../recorded/spire/", import.meta.url));

export function transcripts(): Transcript[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Transcript);
}
