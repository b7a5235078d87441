import { goQuote, goQuoteList } from "../../../runtime/index.js";
import { unmarshal } from "../signed-token.js";
import type { ApiServer } from "./api-server.js";
import { ApiCallError } from "./connections.js";
import type { ApiReply } from "./http-answer.js";
import { statusMessage, statusOf } from "./kube-errors.js";

/** A lookup that failed, in the words that Vault passes on. `isRequestError` marks those that are answered with 400. */
export interface LookupFailure {
  readonly failure: string;
  readonly isRequestError?: true;
}

type Strings = Readonly<Record<string, string>>;

/** The labels of a namespace. (vault-plugin-auth-kubernetes: namespace_validator.go) */
export async function namespaceLabels(
  api: ApiServer,
  namespace: string,
  bearer: string,
): Promise<{ readonly found: Strings } | LookupFailure> {
  if (bearer === "") {
    return { failure: "namespace lookup failed: TokenReviewer JWT needs to be configured to use namespace selectors" };
  }
  return await metadata(api, `/api/v1/namespaces/${namespace}`, bearer, "namespace", "labels");
}

const PREFIX = "vault.hashicorp.com/alias-metadata-";
/** Keys of alias metadata that the plugin sets itself. */
const RESERVED: readonly string[] = [
  "service_account_uid",
  "service_account_name",
  "service_account_namespace",
  "service_account_secret_name",
];

/** Alias metadata from the annotations of a service account. (vault-plugin-auth-kubernetes: service_account_getter.go) */
export async function aliasAnnotations(
  api: ApiServer,
  namespace: string,
  name: string,
  bearer: string,
): Promise<{ readonly found: Strings } | LookupFailure> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
  const reply = await metadata(api, path, bearer, "service account", "annotations");
  if ("failure" in reply) return reply;
  const ours = Object.entries(reply.found)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, value]): [string, string] => [key.slice(PREFIX.length), value]);
  const reserved = ours.map(([key]) => key).filter((key) => RESERVED.includes(key));
  if (reserved.length === 0) return { found: Object.fromEntries(ours) };
  return {
    failure: `entity alias metadata keys for only internal use found from the client token's associated service account annotations: keys=${goQuoteList(reserved)}`,
    isRequestError: true,
  };
}

async function metadata(
  api: ApiServer,
  path: string,
  bearer: string,
  what: string,
  field: "labels" | "annotations",
): Promise<{ readonly found: Strings } | LookupFailure> {
  let reply: ApiReply;
  try {
    reply = await api.get(path, bearer);
  } catch (error) {
    if (error instanceof ApiCallError) return { failure: error.message };
    throw error;
  }
  if (reply.status !== 200) return { failure: statusFailure(reply, what) };
  const value = unmarshal(reply.body);
  if (value instanceof Error) return { failure: value.message };
  return { found: strings(value, field) };
}

function statusFailure({ status, body }: ApiReply, what: string): string {
  const value = unmarshal(body);
  const said = statusOf(value);
  if (said === undefined) {
    const why =
      value instanceof Error
        ? value.message
        : `json: cannot unmarshal ${goQuote(typeof value)} into Go value of type v1.Status`;
    return `failed to parse error status on ${what} retrieval failure err=${why}`;
  }
  return `failed to get ${what} (code ${status} status ${statusMessage(said)})`;
}

function strings(object: unknown, field: string): Strings {
  const found: Record<string, string> = {};
  const meta = inside(object, "metadata");
  for (const [key, value] of Object.entries(inside(meta, field))) if (typeof value === "string") found[key] = value;
  return found;
}

function inside(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return {};
  const found = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === "object" && found !== null && !Array.isArray(found)
    ? (found as Readonly<Record<string, unknown>>)
    : {};
}
