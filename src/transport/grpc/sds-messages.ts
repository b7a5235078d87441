import { type Codec, codec } from "./protos.js";

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

const anyRequest = codec<DiscoveryRequest>("envoy.service.discovery.v3.DiscoveryRequest");
export const discoveryRequest: Codec<DiscoveryRequest> = {
  encode: (request) => anyRequest.encode(request),
  decode: (bytes) => plainRequest(bytes) ?? anyRequest.decode(bytes),
};
export const discoveryResponse = codec<DiscoveryResponse>("envoy.service.discovery.v3.DiscoveryResponse");
export const secretCodec = codec<Secret>(`${TLS}.Secret`);
export const validatorConfig = codec<SpiffeValidatorConfig>(`${TLS}.SPIFFECertValidatorConfig`);

/**
 * What the codec makes of a request that holds short texts and nothing else, for a fraction of its price: every push of
 * a secret is answered with such an acknowledgement. `undefined` for any other.
 */
function plainRequest(bytes: Buffer): DiscoveryRequest | undefined {
  let [versionInfo, typeUrl, responseNonce] = ["", "", ""];
  const resourceNames: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + 2;
    const length = bytes[at + 1] ?? LONG;
    const end = start + length;
    if (length >= LONG || end > bytes.length) return undefined;
    const text = bytes.toString("utf8", start, end);
    switch (bytes[at]) {
      case TEXT | (1 << 3):
        versionInfo = text;
        break;
      case TEXT | (3 << 3):
        resourceNames.push(text);
        break;
      case TEXT | (4 << 3):
        typeUrl = text;
        break;
      case TEXT | (5 << 3):
        responseNonce = text;
        break;
      default:
        return undefined;
    }
    at = end;
  }
  return { versionInfo, node: null, resourceNames, typeUrl, responseNonce, errorDetail: null };
}

/** The wire type of length-delimited fields, and the least length that takes two bytes. */
const TEXT = 2;
const LONG = 0x80;

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
  const room = Buffer.byteLength(version) + Buffer.byteLength(typeUrl) + Buffer.byteLength(nonce) + 3 * MOST_OF_A_HEAD;
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
  let at = start;
  bytes[at++] = (number << 3) | 2;
  let length = Buffer.byteLength(text);
  for (; length > 0x7f; length >>>= 7) bytes[at++] = (length & 0x7f) | 0x80;
  bytes[at++] = length;
  return at + bytes.write(text, at);
}
