import type { User } from "../tokens/authenticator.js";
import type { Attributes } from "./authorizer.js";

/** Who a caller wants to be, and what it must be allowed to impersonate for that, one by one. */
export interface Impersonation {
  readonly user: User;
  readonly wanted: readonly Attributes[];
}

const EXTRA = "impersonate-extra-";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";
const AUTHENTICATION = "authentication.k8s.io";

/**
 * What the `Impersonate-*` headers of a request (`kubectl --as`) ask for; `undefined` where there are none.
 * (k8s.io/apiserver pkg/endpoints/filters/impersonation.go)
 * @throws Error for groups, extras or a UID of nobody
 */
export function impersonation(headers: Readonly<Record<string, string | undefined>>): Impersonation | undefined {
  let asked = false;
  for (const name in headers) asked ||= name.startsWith("impersonate-");
  if (!asked) return undefined;
  const username = headers["impersonate-user"] ?? "";
  const uid = headers["impersonate-uid"] ?? "";
  const account = SERVICE_ACCOUNT.exec(username);
  const named = valuesOf(headers["impersonate-group"]);
  const extra = extraOf(headers);
  const extras = Object.entries(extra).flatMap(([key, values]) => values.map((value) => [key, value] as const));
  if (username === "") {
    const objects = [
      ...named.map((name) => `{Group  ${name}    }`),
      ...extras.map(([key, value]) => `{UserExtra  ${value}  ${AUTHENTICATION}/v1  ${key}}`),
      ...(uid === "" ? [] : [`{UID  ${uid}  ${AUTHENTICATION}/v1  }`]),
    ];
    if (objects.length === 0) return undefined;
    throw new Error(`requested [${objects.join(" ")}] without impersonating a user`);
  }
  const [, namespace = "", name = ""] = account ?? [];
  const of = (group: string, resource: string, who: string): Attributes => ({
    verb: "impersonate",
    group,
    resource,
    name: who,
  });
  const wanted = [
    account === null ? of("", "users", username) : { ...of("", "serviceaccounts", name), namespace },
    ...named.map((group) => of("", "groups", group)),
    ...extras.map(([key, value]) => ({ ...of(AUTHENTICATION, "userextras", value), subresource: key })),
    ...(uid === "" ? [] : [of(AUTHENTICATION, "uids", uid)]),
  ];
  const fixed = account === null ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const groups = withStanding(username, named.length > 0 ? named : fixed);
  return {
    user: { username, groups, ...(uid !== "" && { uid }), ...(extras.length > 0 && { extra }) },
    wanted,
  };
}

/** Everybody is in one of two groups, unless the caller has said so itself. */
function withStanding(username: string, groups: readonly string[]): readonly string[] {
  if (username === "system:anonymous") {
    return groups.includes(UNAUTHENTICATED) ? groups : [...groups, UNAUTHENTICATED];
  }
  return groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED) ? groups : [...groups, AUTHENTICATED];
}

function extraOf(headers: Readonly<Record<string, string | undefined>>): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(EXTRA)) extra[unescaped(name.slice(EXTRA.length))] = valuesOf(value);
  }
  return extra;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** A header that stands in the request more than once comes as one, joined. */
function valuesOf(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(", ");
}
