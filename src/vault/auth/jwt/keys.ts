import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { Agent as HttpAgent, get as httpGet } from "node:http";
import { Agent as HttpsAgent, get as httpsGet } from "node:https";
import { pemBlocks } from "../../../go/index.js";
import { isSignedWith, type SignedToken, unmarshal } from "../signed-token.js";

/** Where the keys that sign tokens come from. */
export interface KeySource {
  /** Where the provider that was discovered lets users log in. */
  readonly authorizationEndpoint?: string | undefined;
  /** What stands before the parser's words about a token that is no JWT. */
  readonly malformed: string;
  /** Why the token's signature does not count; `undefined` if it does. */
  refusal(token: SignedToken): Promise<string | undefined>;
  stop(): void;
}

/** Keys that were written into the configuration. */
export function staticKeys(keys: readonly KeyObject[]): KeySource {
  return {
    malformed: "",
    refusal: async (token) =>
      keys.some((key) => isSignedWith(token, key))
        ? undefined
        : "no known key successfully validated the token signature",
    stop: () => undefined,
  };
}

/** The public key or certificate in a PEM text; `undefined` if there is none. */
export function publicKeyOf(text: string): KeyObject | undefined {
  for (const { type, der } of pemBlocks(text)) {
    try {
      if (type === "CERTIFICATE") return new X509Certificate(der).publicKey;
      return createPublicKey({ key: der, format: "der", type: type === "RSA PUBLIC KEY" ? "pkcs1" : "spki" });
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Keys behind a URL: fetched when needed, and again when a token is signed by one that is not known yet. (go-oidc RemoteKeySet) */
export class RemoteKeys implements KeySource {
  /** (coreos/go-oidc: RemoteKeySet.VerifySignature) */
  readonly malformed = "oidc: malformed jwt: ";
  readonly #agent: HttpAgent | HttpsAgent;
  #known: readonly { readonly kid: string; readonly key: KeyObject }[] = [];

  constructor(
    readonly url: string,
    ca: string,
    readonly authorizationEndpoint?: string,
  ) {
    this.#agent = url.startsWith("http:") ? new HttpAgent() : new HttpsAgent(ca === "" ? {} : { ca });
  }

  async refusal(token: SignedToken): Promise<string | undefined> {
    if (this.#isKnown(token)) return undefined;
    try {
      await this.refresh();
    } catch (error) {
      return `failed to verify id token signature: ${error instanceof Error ? error.message : String(error)}`; // unverified
    }
    return this.#isKnown(token) ? undefined : "failed to verify id token signature";
  }

  /** @throws Error in go-oidc's words when the document cannot be had */
  async refresh(): Promise<void> {
    const { keys } = await getJson(this.url, this.#agent, "oidc: get keys failed");
    this.#known = Array.isArray(keys) ? keys.flatMap(keyOf) : [];
  }

  stop(): void {
    this.#agent.destroy();
  }

  #isKnown(token: SignedToken): boolean {
    return this.#known.some(({ kid, key }) => (token.keyId === "" || kid === token.keyId) && isSignedWith(token, key));
  }
}

/** A key that cannot be read is passed over, as go-jose does with key types that it does not know. */
function keyOf(jwk: unknown): { kid: string; key: KeyObject }[] {
  if (typeof jwk !== "object" || jwk === null) return [];
  try {
    const kid = "kid" in jwk && typeof jwk.kid === "string" ? jwk.kid : "";
    return [{ kid, key: createPublicKey({ key: { ...jwk }, format: "jwk" }) }];
  } catch {
    return [];
  }
}

interface Provider {
  readonly issuer: string;
  readonly jwks_uri: string;
  /** Where users log in. */
  readonly endpoint?: string;
}

/** What an OpenID provider says of itself. @throws Error */
export async function discover(url: string, ca: string): Promise<Provider> {
  const agent = url.startsWith("http:") ? new HttpAgent() : new HttpsAgent(ca === "" ? {} : { ca });
  try {
    const document = await getJson(`${url.replace(/\/$/, "")}/.well-known/openid-configuration`, agent, "");
    const { issuer, jwks_uri, authorization_endpoint: endpoint } = document;
    if (typeof issuer !== "string" || typeof jwks_uri !== "string")
      throw new Error("the discovery document names no issuer or keys");
    if (issuer !== url) throw new Error("issuer did not match the returned issuer");
    return { issuer, jwks_uri, ...(typeof endpoint === "string" && { endpoint }) };
  } finally {
    agent.destroy();
  }
}

const TIMEOUT_MS = 10_000;

async function getJson(
  url: string,
  agent: HttpAgent | HttpsAgent,
  failed: string,
): Promise<Readonly<Record<string, unknown>>> {
  const get = url.startsWith("http:") ? httpGet : httpsGet;
  return await new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        const value = status === 200 ? unmarshal(text) : undefined;
        if (typeof value === "object" && value !== null && !(value instanceof Error)) resolve({ ...value });
        else reject(new Error(`${failed}: ${status} ${response.statusMessage ?? ""} ${text}`));
      });
    });
    request.on("timeout", () => request.destroy(new Error("context deadline exceeded")));
    request.on("error", reject);
  });
}
