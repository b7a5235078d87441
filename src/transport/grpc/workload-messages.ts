import { codec } from "./protos.js";

export interface X509SvidMessage {
  readonly spiffeId: string;
  readonly x509Svid: Buffer;
  readonly x509SvidKey: Buffer;
  readonly bundle: Buffer;
  /** Left out rather than empty, as Go's protobuf does. */
  readonly hint?: string;
}
export interface X509SvidResponse {
  readonly svids: readonly X509SvidMessage[];
  readonly federatedBundles: Readonly<Record<string, Buffer>>;
}
export interface BundlesResponse {
  readonly bundles: Readonly<Record<string, Buffer>>;
}
export interface JwtSvidRequest {
  readonly audience: readonly string[];
  readonly spiffeId: string;
}
export interface JwtSvidResponse {
  readonly svids: readonly { readonly spiffeId: string; readonly svid: string; readonly hint?: string }[];
}
export interface ValidateRequest {
  readonly audience: string;
  readonly svid: string;
}

/** google.protobuf.Value and Struct, as proto-loader writes them. */
export type ProtoValue =
  | { readonly nullValue: number }
  | { readonly boolValue: boolean }
  | { readonly numberValue: number }
  | { readonly stringValue: string }
  | { readonly listValue: { readonly values: readonly ProtoValue[] } }
  | { readonly structValue: ProtoStruct };
export interface ProtoStruct {
  readonly fields: Readonly<Record<string, ProtoValue>>;
}
export interface ValidateResponse {
  readonly spiffeId: string;
  readonly claims: ProtoStruct;
}

export const empty = codec<object>("X509SVIDRequest");
export const x509SvidResponse = codec<X509SvidResponse>("X509SVIDResponse");
export const x509BundlesResponse = codec<BundlesResponse>("X509BundlesResponse");
export const jwtSvidRequest = codec<JwtSvidRequest>("JWTSVIDRequest");
export const jwtSvidResponse = codec<JwtSvidResponse>("JWTSVIDResponse");
export const jwtBundlesResponse = codec<BundlesResponse>("JWTBundlesResponse");
export const validateRequest = codec<ValidateRequest>("ValidateJWTSVIDRequest");
export const validateResponse = codec<ValidateResponse>("ValidateJWTSVIDResponse");

/** A JSON object as google.protobuf.Struct. */
export function structOf(value: Readonly<Record<string, unknown>>): ProtoStruct {
  return { fields: Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueOf(item)])) };
}

function valueOf(value: unknown): ProtoValue {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "string") return { stringValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(valueOf) } };
  if (typeof value === "object" && value !== null) return { structValue: structOf({ ...value }) };
  return { nullValue: 0 };
}

/** The hint of an entry as a field; none where there is none. */
export function hintField(hint: string, known: boolean): { readonly hint?: string } {
  return known && hint !== "" ? { hint } : {};
}
