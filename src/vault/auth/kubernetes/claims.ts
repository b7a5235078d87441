import { goPrint } from "../../core/go.js";
import type { Claims } from "../registered-claims.js";

/** Whom a token speaks for. Everything is "" that it does not say. (vault-plugin-auth-kubernetes: serviceAccount) */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly secretName: string;
  readonly audience: readonly string[];
}

const LEGACY = "kubernetes.io/serviceaccount";

/**
 * Decodes a service account from projected (`kubernetes.io`) or legacy (`kubernetes.io/serviceaccount/…`) claims.
 * `plain` words mistakes as mapstructure 2 does. Types are strict: a plain string as audience, which Kubernetes never issues, is an error. (mitchellh/mapstructure)
 */
export function serviceAccount(claims: Claims, plain: boolean): ServiceAccount | { readonly error: string } {
  const mistakes: string[] = [];
  const text = (value: unknown, path: string): string => {
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    mistakes.push(
      `'${path}' expected type 'string', got unconvertible type '${goType(value)}', value: '${goPrint(value)}'`,
    );
    return "";
  };
  const map = (value: unknown, path: string): Claims | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "object" && !Array.isArray(value)) return value as Claims;
    mistakes.push(`'${path}' expected a map, got '${goKind(value)}'`);
    return undefined;
  };
  const projected = map(claims["kubernetes.io"], "kubernetes.io");
  const account = map(projected?.serviceaccount, "kubernetes.io.serviceaccount");
  const legacy = (key: string): string => text(claims[`${LEGACY}/${key}`], `${LEGACY}/${key}`);
  const [flatName, flatUid, flatNamespace] = [
    legacy("service-account.name"),
    legacy("service-account.uid"),
    legacy("namespace"),
  ];
  const found: ServiceAccount = {
    namespace: projected === undefined ? flatNamespace : text(projected.namespace, "kubernetes.io.namespace"),
    name: account === undefined ? flatName : text(account.name, "kubernetes.io.serviceaccount.name"),
    uid: account === undefined ? flatUid : text(account.uid, "kubernetes.io.serviceaccount.uid"),
    secretName: legacy("secret.name"),
    audience: audienceList(claims.aud, mistakes, text),
  };
  return mistakes.length === 0 ? found : { error: decodingError(mistakes, plain) };
}

/** Several mistakes as mapstructure lists them; version 2 leaves the values out. */
function decodingError(mistakes: readonly string[], plain: boolean): string {
  const lines = [...mistakes].sort();
  if (!plain) return `${lines.length} error(s) decoding:\n\n${lines.map((line) => `* ${line}`).join("\n")}`;
  const words = lines.map((line) => line.replace(/^'aud':/, "'aud'").replace(/, value: '.*'$/s, ""));
  return `decoding failed due to the following error(s):\n\n${words.join("\n")}`;
}

function audienceList(
  value: unknown,
  mistakes: string[],
  text: (value: unknown, path: string) => string,
): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, at) => text(item, `aud[${at}]`));
  mistakes.push(`'aud': source data must be an array or slice, got ${goKind(value)}`);
  return [];
}

function goKind(value: unknown): string {
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "slice";
  return typeof value === "object" ? "map" : typeof value;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "object" ? "map[string]interface {}" : goKind(value);
}
