import { createHash } from "node:crypto";
import { rfc3339Nano } from "../core/go.js";
import { encodeJson, encodeString } from "../core/json.js";
import type { LogicalRequest, WrapInfo } from "../core/logical.js";
import type { MountEntry } from "../core/mounts.js";
import { type Hash, hashData } from "./hash.js";
import type { DeviceSettings } from "./settings.js";

/** Who asks, or whom a login has made a token for. Spans are seconds, moments ms since the epoch. */
export interface AuditedAuth {
  readonly clientToken: string;
  readonly accessor: string;
  readonly displayName: string;
  readonly policies: readonly string[];
  readonly tokenPolicies: readonly string[];
  readonly identityPolicies: readonly string[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly entityId: string;
  readonly entityCreated?: boolean;
  readonly numUses?: number;
  readonly remainingUses?: number;
  readonly tokenType: string;
  readonly ttl: number;
  readonly issuedAt?: number;
}

export interface PolicyResults {
  readonly allowed: boolean;
  /** Names of the policies that granted it. */
  readonly by: readonly string[];
}

export interface AuditedResponse {
  readonly auth?: AuditedAuth;
  readonly leaseId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
  readonly wrapInfo?: WrapInfo;
}

/** What a line of the audit log is about, with all its values in clear. */
export interface Audited {
  readonly time: number;
  readonly type: "request" | "response";
  readonly auth: AuditedAuth | undefined;
  readonly policyResults: PolicyResults | undefined;
  readonly request: LogicalRequest;
  readonly namespace: { readonly id: string; readonly path: string };
  readonly mount: MountEntry | undefined;
  /** Has the router handed the request to the mount yet? Only then its accessor is known. */
  readonly routed: boolean;
  readonly headers: Readonly<Record<string, { readonly value: string; readonly hashed: boolean }>>;
  readonly response?: AuditedResponse;
  readonly error: string | undefined;
}

export interface Style {
  readonly hash: Hash;
  readonly settings: DeviceSettings;
  /** Keys in the order of the alphabet, `time` first where that is `"time-first"`; else in the order of older releases. */
  readonly order: "as-declared" | "alphabetical" | "time-first";
}

/** JSON texts by key; what is `undefined` is left out. */
type Parts = Readonly<Record<string, string | undefined>>;

/** The line of one device about a request or its response, without the newline. (audit/format.go, audit/format_json.go) */
export function auditLine(audited: Audited, style: Style): string {
  const { order } = style;
  const line = object(
    {
      time: encodeString(rfc3339Nano(audited.time)),
      type: encodeString(audited.type),
      auth: auth(audited.auth, audited.policyResults, style),
      request: request(audited, style),
      response: audited.response === undefined ? undefined : response(audited, audited.response, style),
      error: text(audited.error),
    },
    order === "as-declared" ? "as-declared" : order,
  );
  return style.settings.prefix + line;
}

function object(parts: Parts, order: Style["order"]): string {
  const pairs = Object.entries(parts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  if (order !== "as-declared") pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  if (order === "time-first") pairs.sort(([a], [b]) => Number(b === "time") - Number(a === "time"));
  return `{${pairs.map(([key, value]) => `${encodeString(key)}:${value}`).join(",")}}`;
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : encodeString(value);
}

function whole(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : String(Math.trunc(value));
}

function list(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : encodeJson(values);
}

function map(values: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  return values === null || values === undefined || Object.keys(values).length === 0 ? undefined : encodeJson(values);
}

/** A token or an accessor, as the device shows it. */
function secret(value: string, { settings, hash }: Style): string | undefined {
  return text(value === "" || settings.raw ? value : hash(value));
}

function accessor(value: string, style: Style): string | undefined {
  return style.settings.hashAccessors ? secret(value, style) : text(value);
}

function auth(who: AuditedAuth | undefined, results: PolicyResults | undefined, style: Style): string {
  const policyResults = results && policyResultsText(results, style);
  if (who === undefined) return object({ policy_results: policyResults, token_type: '"default"' }, style.order);
  return object(
    {
      client_token: secret(who.clientToken, style),
      accessor: accessor(who.accessor, style),
      display_name: text(who.displayName),
      policies: list(who.policies),
      token_policies: list(who.tokenPolicies),
      identity_policies: list(who.identityPolicies),
      policy_results: policyResults,
      metadata: map(who.metadata),
      num_uses: whole(who.numUses),
      remaining_uses: whole(who.remainingUses),
      entity_id: text(who.entityId),
      entity_created: who.entityCreated === true ? "true" : undefined,
      token_type: text(who.tokenType),
      token_ttl: whole(who.ttl),
      token_issue_time: who.issuedAt === undefined ? undefined : encodeString(wholeSeconds(who.issuedAt)),
    },
    style.order,
  );
}

function wholeSeconds(ms: number): string {
  return rfc3339Nano(Math.floor(ms / 1000) * 1000);
}

function policyResultsText({ allowed, by }: PolicyResults, { order }: Style): string {
  const policy = (name: string): string => object({ name: text(name), namespace_id: '"root"', type: '"acl"' }, order);
  const granting = by.length === 0 ? undefined : `[${by.map(policy).join(",")}]`;
  return object({ allowed: String(allowed), granting_policies: granting }, order);
}

function request(audited: Audited, style: Style): string {
  const { request: asked, mount, routed } = audited;
  const { token } = asked;
  const data = style.settings.raw ? asked.data : hashData(asked.data, rules(style, mount?.tune.auditRequestKeys, true));
  const system = mount?.class === "system" ? "secret" : mount?.class;
  return object(
    {
      id: text(asked.id),
      client_id: token === undefined ? undefined : text(clientId(token.entityId, token.policies)),
      operation: encodeString(asked.operation),
      mount_point: text(mount?.path),
      mount_type: text(mount?.type),
      mount_accessor: routed ? text(mount?.accessor) : undefined,
      mount_running_version: text(mount?.runningVersion),
      mount_class: text(system),
      client_token: secret(token?.plainId ?? asked.clientToken, style),
      client_token_accessor: accessor(token?.accessor ?? "", style),
      namespace: object({ id: text(audited.namespace.id), path: text(audited.namespace.path) }, style.order),
      path: text(asked.path),
      data: map(data),
      remote_address: text(asked.remoteAddress),
      remote_port: whole(asked.remotePort),
      wrap_ttl: whole(asked.wrapTtl),
      headers: headers(audited.headers, style),
    },
    style.order,
  );
}

function rules({ hash }: Style, plain: readonly string[] | null | undefined, numbers: boolean) {
  return { hash, plain: new Set(plain ?? []), numbers };
}

function headers(found: Audited["headers"], { hash, settings }: Style): string | undefined {
  const shown = Object.entries(found).map(([name, { value, hashed }]): [string, string[]] => [
    name,
    [hashed && !settings.raw ? hash(value) : value],
  ]);
  return map(Object.fromEntries(shown));
}

/** How Vault counts its clients: the entity, or a hash of the token's policies. (sdk/logical: TokenEntry.CreateClientID; unverified) */
function clientId(entityId: string, policies: readonly string[]): string {
  if (entityId !== "") return entityId;
  const input = `${[...policies].sort().join("\u007f")}\u0000root`;
  return createHash("sha256").update(input).digest("base64");
}

function response(audited: Audited, reply: AuditedResponse, style: Style): string {
  const { mount, routed } = audited;
  const system = mount?.class === "system" ? "secret" : mount?.class;
  return object(
    {
      auth: reply.auth === undefined ? undefined : auth(reply.auth, undefined, style),
      mount_point: text(mount?.path),
      mount_type: text(mount?.type),
      mount_accessor: routed ? text(mount?.accessor) : undefined,
      mount_running_plugin_version: text(mount?.runningVersion),
      mount_class: text(system),
      secret: reply.leaseId === undefined ? undefined : object({ lease_id: text(reply.leaseId) }, style.order),
      data: map(responseData(audited, reply, style)),
      warnings: list(reply.warnings ?? []),
      wrap_info: reply.wrapInfo === undefined ? undefined : wrapInfo(reply.wrapInfo, style),
    },
    style.order,
  );
}

function responseData(
  { request: asked, mount }: Audited,
  { data }: AuditedResponse,
  style: Style,
): Readonly<Record<string, unknown>> | undefined {
  if (data === undefined) return undefined;
  const elided = style.settings.elideLists && asked.operation === "list" ? elide(data) : data;
  return style.settings.raw ? elided : hashData(elided, rules(style, mount?.tune.auditResponseKeys, false));
}

/** (audit/hashstructure.go: doElideListResponseData) */
function elide(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...data };
  if (Array.isArray(data.keys)) shown.keys = data.keys.length;
  if (typeof data.key_info === "object" && data.key_info !== null) shown.key_info = Object.keys(data.key_info).length;
  return shown;
}

function wrapInfo(info: WrapInfo, style: Style): string {
  return object(
    {
      ttl: whole(info.ttl),
      token: secret(info.token, style),
      accessor: accessor(info.accessor, style),
      creation_time: encodeString(rfc3339Nano(info.createdAt)),
      creation_path: text(info.creationPath),
      wrapped_accessor: accessor(info.wrappedAccessor ?? "", style),
    },
    style.order,
  );
}
