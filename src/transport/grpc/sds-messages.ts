import { codec } from "./protos.js";

export interface DataSource {
  readonly inlineBytes: Buffer;
}

/** google.protobuf.Value, as far as node metadata is read. */
export interface StructValue {
  readonly kind?: string;
  readonly boolValue?: boolean;
  readonly stringValue?: string;
}

export interface Node {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: { readonly fields: Readonly<Record<string, StructValue>> } | null;
  readonly userAgentName: string;
  readonly userAgentBuildVersion?: {
    readonly version: { readonly majorNumber: number; readonly minorNumber: number; readonly patch: number } | null;
  } | null;
}

export interface DiscoveryRequest {
  readonly versionInfo: string;
  readonly node: Node | null;
  readonly resourceNames: readonly string[];
  readonly typeUrl: string;
  readonly responseNonce: string;
  readonly errorDetail: { readonly code: number; readonly message: string } | null;
}

/** protobufjs keeps the snake case of its own Any, whatever the case of the rest. */
export interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

export interface DiscoveryResponse {
  readonly versionInfo: string;
  readonly resources: readonly Any[];
  readonly typeUrl: string;
  readonly nonce: string;
}

export interface Secret {
  readonly name: string;
  readonly tlsCertificate?: { readonly certificateChain: DataSource; readonly privateKey: DataSource };
  readonly validationContext?: {
    readonly trustedCa?: DataSource | null;
    readonly customValidatorConfig?: { readonly name: string; readonly typedConfig: Any } | null;
  };
}

export interface SpiffeValidatorConfig {
  readonly trustDomains: readonly { readonly name: string; readonly trustBundle: DataSource }[];
}

const TLS = "envoy.extensions.transport_sockets.tls.v3";
export const SECRET_TYPE = `type.googleapis.com/${TLS}.Secret`;
export const VALIDATOR_TYPE = `type.googleapis.com/${TLS}.SPIFFECertValidatorConfig`;
/** The type of the same message in the v2 API. */
export const SECRET_TYPE_V2 = "type.googleapis.com/envoy.api.v2.auth.Secret";

export const discoveryRequest = codec<DiscoveryRequest>("envoy.service.discovery.v3.DiscoveryRequest");
export const discoveryResponse = codec<DiscoveryResponse>("envoy.service.discovery.v3.DiscoveryResponse");
export const secretCodec = codec<Secret>(`${TLS}.Secret`);
export const validatorConfig = codec<SpiffeValidatorConfig>(`${TLS}.SPIFFECertValidatorConfig`);

/** One length-delimited field: tag, length, bytes. (protobuf encoding, wire type 2) */
export function field(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  const head: number[] = [(number << 3) | 2];
  let length = bytes.length;
  while (length > 0x7f) {
    head.push((length & 0x7f) | 0x80);
    length >>>= 7;
  }
  head.push(length);
  return Buffer.concat([Buffer.from(head), bytes]);
}

/**
 * A DiscoveryResponse around resources that are serialized already: thousands of streams get the same ones,
 * and only version and nonce differ.
 */
export function responseBytes(version: string, nonce: string, typeUrl: string, resources: Buffer): Buffer {
  const room = [version, typeUrl, nonce].reduce((sum, text) => sum + MOST_OF_A_HEAD + Buffer.byteLength(text), 0);
  const bytes = Buffer.allocUnsafe(room + resources.length);
  let at = putText(bytes, 0, 1, version);
  at += resources.copy(bytes, at);
  at = putText(bytes, at, 4, typeUrl);
  at = putText(bytes, at, 5, nonce);
  return bytes.subarray(0, at);
}

/** Bytes of a tag and the longest length. */
const MOST_OF_A_HEAD = 6;

/** Writes a string field, which proto3 leaves out when it is empty. @returns where the next field goes */
function putText(bytes: Buffer, start: number, number: number, text: string): number {
  if (text === "") return start;
  let at = bytes.writeUInt8((number << 3) | 2, start);
  let length = Buffer.byteLength(text);
  for (; length > 0x7f; length >>>= 7) at = bytes.writeUInt8((length & 0x7f) | 0x80, at);
  at = bytes.writeUInt8(length, at);
  return at + bytes.write(text, at);
}
