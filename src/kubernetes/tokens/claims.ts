import { isObject, type JsonObject, type KubernetesObject, mapAt, textAt } from "../objects.js";

/** What the private claims of a long-lived token begin with. */
export const LEGACY = "kubernetes.io/serviceaccount/";
export const LEGACY_ISSUER = "kubernetes/serviceaccount";
export const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";

/** The claims of a token from TokenRequest that RFC 7519 does not have; none for a long-lived one. */
export function privateClaims(payload: JsonObject): JsonObject {
  const claims = payload["kubernetes.io"];
  return isObject(claims) ? claims : {};
}

export interface ServiceAccountUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The account that a checked token speaks for, as reviews show it. (ServiceAccountInfo.UserInfo) */
export function serviceAccountUser(payload: JsonObject): ServiceAccountUser {
  const claims = privateClaims(payload);
  const namespace = textAt(claims, "namespace") || textAt(payload, `${LEGACY}namespace`);
  const name = textAt(claims, "serviceaccount", "name") || textAt(payload, `${LEGACY}service-account.name`);
  const extra: Record<string, readonly string[]> = {};
  const add = (key: string, value: string): void => {
    if (value !== "") extra[`authentication.kubernetes.io/${key}`] = [value];
  };
  const jti = isObject(payload["kubernetes.io"]) ? textAt(payload, "jti") : "";
  add("credential-id", jti === "" ? "" : `JTI=${jti}`);
  for (const kind of ["node", "pod"] as const) {
    add(`${kind}-name`, textAt(claims, kind, "name"));
    add(`${kind}-uid`, textAt(claims, kind, "uid"));
  }
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: textAt(claims, "serviceaccount", "uid") || textAt(payload, `${LEGACY}service-account.uid`),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** The claims of a Secret's long-lived token. (legacy.go LegacyClaims) */
export function longLivedClaims(account: KubernetesObject, secret: KubernetesObject): JsonObject {
  const namespace = account.metadata.namespace ?? "";
  return {
    iss: LEGACY_ISSUER,
    [`${LEGACY}namespace`]: namespace,
    [`${LEGACY}secret.name`]: secret.metadata.name,
    [`${LEGACY}service-account.name`]: account.metadata.name,
    [`${LEGACY}service-account.uid`]: account.metadata.uid,
    sub: `system:serviceaccount:${namespace}:${account.metadata.name}`,
  };
}

export function secretAccountName(secret: KubernetesObject): string {
  return mapAt(secret, "metadata", "annotations")[SERVICE_ACCOUNT_NAME] ?? "";
}
