import { parsePemBundle } from "../go/index.js";
import { goQuote } from "../runtime/index.js";
import { Fields } from "./fields.js";
import { GoError } from "./go/error.js";
import { GoHttpClient, type GoResponse } from "./go/http-client.js";
import type { TlsSettings } from "./go/tls-dial.js";
import type { Client, Targets } from "./model.js";

export interface TokenRequest {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** The user's objects as a controller finds them, and the API server for what only it can do. */
export class Cluster {
  readonly #objects: readonly Fields[];

  constructor(
    client: Client,
    readonly targets: Targets,
    /** How the controller speaks TLS; trust is replaced by the cluster's own CA. */
    readonly tls: TlsSettings,
  ) {
    this.#objects = Object.values(client.manifests).map((manifest) => new Fields(manifest));
  }

  /** Objects of a kind, in the order in which they were applied. */
  all(kind: string): readonly Fields[] {
    return this.#objects.filter((object) => object.at("kind").text === kind);
  }

  find(kind: string, namespace: string, name: string): Fields | undefined {
    return this.all(kind).find(
      (object) => object.at("metadata", "name").text === name && namespaceOf(object) === namespace,
    );
  }

  /** A namespace, or one without labels of its own if it is not among the objects. */
  namespace(name: string): Fields {
    const found = this.all("Namespace").find((object) => object.at("metadata", "name").text === name);
    return found ?? new Fields({ metadata: { name } });
  }

  /** A value of a Secret (decoded) or ConfigMap; nothing if the object or the key is not there. */
  value(object: Fields, key: string): string | undefined {
    const plain = object.at("stringData", key);
    if (plain.exists) return plain.text;
    const data = object.at("data", key);
    if (!data.exists) return undefined;
    return object.at("kind").text === "Secret" ? Buffer.from(data.text, "base64").toString("utf8") : data.text;
  }

  /**
   * Asks the API server for a service account's token, as client-go does.
   * @throws GoError with the Status's message, or why the API server could not be reached
   */
  async createToken(namespace: string, serviceAccount: string, spec: TokenRequest): Promise<string> {
    const { kubernetes } = this.targets;
    // A lab without a Kubernetes has no token to give; the words are those of a client without a cluster.
    if (kubernetes === undefined) throw new GoError("the server could not find the requested resource");
    using http = new GoHttpClient({ ...this.tls, roots: parsePemBundle(kubernetes.caPem ?? "") });
    const response = await http.do({
      method: "POST",
      url: new URL(`/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`, kubernetes.url),
      headers: {
        Accept: "application/json, */*",
        Authorization: `Bearer ${kubernetes.token}`,
        "Content-Type": "application/json",
      },
      body: tokenRequestBody(namespace, serviceAccount, spec),
    });
    const reply = statusOf(response);
    if (response.status >= 400) {
      // unverified: client-go has words of its own for some statuses without a Status.
      const bare = `the server responded with the status code ${response.status} but did not return more information`;
      throw new GoError(reply.at("message").text || `${bare} (post serviceaccounts ${serviceAccount})`);
    }
    return reply.at("status", "token").text;
  }
}

export function namespaceOf(object: Fields): string {
  return object.at("metadata", "namespace").text || "default";
}

/**
 * What the API server says of a `[]byte` field that is not base64; nothing if it is.
 * @param path e.g. `spec.vault.caBundle`
 */
export function byteFieldError(object: Fields, group: string, path: string): string | undefined {
  const { text, exists } = object.at(...path.split("."));
  if (!exists || /^(?:[A-Za-z0-9+/\r\n]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?[\r\n]*$/.test(text))
    return undefined;
  const value = goQuote(text);
  const what = `${object.at("kind").text}.${group} ${goQuote(object.at("metadata", "name").text)}`;
  return `${what} is invalid: ${path}: Invalid value: ${value}: ${path} in body must be of type byte: ${value}`;
}

function tokenRequestBody(namespace: string, name: string, { audiences, expirationSeconds }: TokenRequest): string {
  return `${JSON.stringify({
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace },
    spec: { audiences: audiences.length === 0 ? null : audiences, expirationSeconds, boundObjectRef: null },
    status: { token: "", expirationTimestamp: null },
  })}\n`;
}

/** A reply's object; an empty one if it is no JSON. */
function statusOf({ body }: GoResponse): Fields {
  try {
    return new Fields(JSON.parse(body.toString("utf8")));
  } catch {
    return new Fields(undefined);
  }
}
