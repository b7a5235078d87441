import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { CoreSettings } from "../core/core.js";
import type { Release } from "../release.js";
import { COMMON_HEADERS, errorReply } from "./reply.js";

/** Headers that a page may always send. (vault/cors.go: StdAllowedHeaders) */
const STANDARD_CORS_HEADERS = [
  "Content-Type",
  "X-Requested-With",
  "X-Vault-AWS-IAM-Server-ID",
  "X-Vault-MFA",
  "X-Vault-No-Request-Forwarding",
  "X-Vault-Wrap-Format",
  "X-Vault-Wrap-TTL",
  "X-Vault-Policy-Override",
  "Authorization",
  "X-Vault-Token",
] as const;

const BAO_CORS_HEADERS: readonly string[] = [
  "Content-Type",
  "Authorization",
  "X-Vault-Token",
  "X-Vault-MFA",
  "X-Vault-No-Request-Forwarding",
  "X-Vault-Wrap-Format",
  "X-Vault-Wrap-TTL",
  "X-Requested-With",
  "X-Vault-AWS-IAM-Server-ID",
  "X-Vault-Policy-Override",
];

/** In the order of each product. */
export function standardCorsHeaders({ product }: Release): readonly string[] {
  return product === "vault" ? STANDARD_CORS_HEADERS : BAO_CORS_HEADERS;
}

const METHODS: ReadonlySet<string> = new Set(["DELETE", "GET", "OPTIONS", "POST", "PUT", "LIST"]);

export type Cors = { readonly reply: HttpReply } | { readonly headers: Readonly<Record<string, string>> | undefined };

/** What a request from a web page gets: an answer of its own, or headers for the answer. (http/cors.go) */
export function cors(request: HttpRequest, settings: CoreSettings): Cors {
  const { origin } = request.headers;
  if (settings.cors === undefined || origin === undefined) return { headers: undefined };
  const { origins, headers: allowed } = settings.cors;
  if (!origins.includes("*") && !origins.includes(origin)) {
    return { reply: errorReply({ status: 403, text: "origin not allowed" }) };
  }
  const asked = request.headers["access-control-request-method"];
  const headers = { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
  if (request.method !== "OPTIONS") return { headers };
  if (asked === undefined || !METHODS.has(asked)) return { reply: { status: 405, headers: COMMON_HEADERS } };
  const preflight = {
    "Access-Control-Allow-Methods": [...METHODS].join(","),
    "Access-Control-Allow-Headers": allowed.join(","),
    "Access-Control-Max-Age": "300",
  };
  // The header for transport security comes only with what answers requests.
  return {
    reply: { status: 200, headers: { "Cache-Control": COMMON_HEADERS["Cache-Control"], ...headers, ...preflight } },
  };
}
