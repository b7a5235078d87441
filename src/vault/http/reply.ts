import type { HttpReply } from "../../transport/index.js";
import { rfc3339Nano } from "../core/go.js";
import { encodeJson, encodeString } from "../core/json.js";
import type { Failure, LogicalResponse, WrapInfo } from "../core/logical.js";
import type { IssuedAuth } from "../token/entry.js";

/** What every reply of the API carries. (http/handler.go; configutil/http_response_headers.go) */
export const COMMON_HEADERS = {
  "Cache-Control": "no-store",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
} as const;

export const JSON_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Type": "application/json",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
} as const;

const NO_TEXT = '{"errors":[]}\n';

/** `{"errors":[text]}`. (sdk/logical: RespondError) */
export function errorReply({ status, text, data, headers }: Failure): HttpReply {
  const errors = text === undefined ? NO_TEXT : `{"errors":[${encodeString(text)}]}\n`;
  const body = data === undefined ? errors : `${errors.slice(0, -2)},"data":${encodeJson(data)}}\n`;
  return { status, headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers }, body };
}

/** A JSON body as Go's encoder writes a struct: the keys in the order given. */
export function structReply(status: number, struct: Readonly<Record<string, unknown>>): HttpReply {
  return { status, headers: JSON_HEADERS, body: `${encodeStruct(struct)}\n` };
}

/** Names are Go's own and need no escaping. */
export function encodeStruct(struct: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const key of Object.keys(struct)) {
    const value = struct[key];
    if (value !== undefined) text += `${text === "" ? "" : ","}"${key}":${encodeJson(value)}`;
  }
  return `{${text}}`;
}

export const NO_CONTENT: HttpReply = { status: 204, headers: JSON_HEADERS };

export interface EnvelopeOptions {
  readonly requestId: string;
  /** Releases from 1.16 on end the envelope with it. */
  readonly mountType: string | undefined;
}

/** The envelope of a success, keys in Vault's order, without the newline. (sdk/logical/translate_response.go) */
export function envelope(response: LogicalResponse, { requestId, mountType }: EnvelopeOptions): string {
  const { lease, data, warnings, auth, wrapInfo } = response;
  const leased =
    lease === undefined
      ? '"lease_id":"","renewable":false,"lease_duration":0'
      : `"lease_id":${encodeString(lease.id)},"renewable":${lease.renewable},"lease_duration":${lease.duration}`;
  const body = data === undefined || data === null ? "null" : encodeJson(data);
  const said = warnings.length === 0 ? "null" : encodeJson(warnings);
  // Joined, it is one string; added up it would be a tree of strings, which the journal would keep.
  return [
    `{"request_id":"${requestId}",${leased},"data":${body},"wrap_info":${wrapInfo === undefined ? "null" : wrapBlock(wrapInfo)}`,
    `,"warnings":${said},"auth":${auth === undefined ? "null" : authBlock(auth)}`,
    mountType === undefined ? "}" : `,"mount_type":${encodeString(mountType)}}`,
  ].join("");
}

/** Repeats the data's keys before the envelope's own, as some `sys` paths do. (sdk/logical: HTTPSysInjector) */
export function inject(envelopeJson: string, data: Readonly<Record<string, unknown>> | null | undefined): string {
  const pairs = Object.entries(data ?? {}).map(([key, value]) => `${encodeString(key)}:${encodeJson(value)},`);
  return pairs.length === 0 ? envelopeJson : `{${pairs.join("")}${envelopeJson.slice(1)}`;
}

function authBlock(auth: IssuedAuth): string {
  return encodeStruct({
    client_token: auth.clientToken,
    accessor: auth.accessor,
    policies: auth.policies,
    token_policies: auth.tokenPolicies.length === 0 ? undefined : auth.tokenPolicies,
    identity_policies: auth.identityPolicies.length === 0 ? undefined : auth.identityPolicies,
    metadata: auth.metadata,
    lease_duration: auth.leaseDuration,
    renewable: auth.renewable,
    entity_id: auth.entityId,
    token_type: auth.tokenType,
    orphan: auth.orphan,
    mfa_requirement: null,
    num_uses: auth.numUses,
  });
}

function wrapBlock(info: WrapInfo): string {
  return encodeStruct({
    token: info.token,
    accessor: info.accessor,
    ttl: info.ttl,
    creation_time: rfc3339Nano(info.createdAt),
    creation_path: info.creationPath,
    wrapped_accessor: info.wrappedAccessor,
  });
}
