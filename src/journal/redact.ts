import { createHash } from "node:crypto";
import { DeferredBody } from "./deferred.js";
import type { JournalEvent } from "./events.js";

/** Keys whose string values are secrets, in bodies and headers, lower case. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  "authorization",
  "client_token",
  "id_token",
  "jwt",
  "password",
  "plaintext",
  "private_key",
  "secret",
  "secret_id",
  "svid_key",
  "token",
  "token_reviewer_jwt",
  "unseal_key",
  "x-vault-token",
  "x509_svid_key",
]);

/** Secrets that are recognised wherever they stand: JWTs, Vault tokens, PEM private keys. */
const SECRET_TEXT =
  /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bhv[sbr]\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g;

/** A short name for a secret: the same secret always gives the same one, and it cannot be turned back. */
export function fingerprint(secret: string): string {
  return `<redacted ${createHash("sha256").update(secret).digest("hex").slice(0, 12)}>`;
}

/** The event with every secret in it replaced by its fingerprint. The event itself is left alone. */
export function redact(event: JournalEvent): JournalEvent {
  return walk(event, false) as JournalEvent;
}

function walk(value: unknown, secret: boolean): unknown {
  if (value instanceof DeferredBody) return walk(value.value(), secret);
  if (typeof value === "string") {
    if (secret) return value === "" ? value : hide(value);
    return value.length < 20 ? value : value.replace(SECRET_TEXT, fingerprint);
  }
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`;
  if (Array.isArray(value)) return value.map((item) => walk(item, secret));
  if (typeof value !== "object" || value === null) return value;
  const shown: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value))
    shown[key] = walk(item, secret || SECRET_KEYS.has(key.toLowerCase()));
  return shown;
}

function hide(text: string): string {
  const bearer = /^(bearer )(.+)$/is.exec(text);
  return bearer === null ? fingerprint(text) : `${bearer[1] ?? ""}${fingerprint(bearer[2] ?? "")}`;
}
