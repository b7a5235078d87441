import type { BackendReply, BackendRequest, Field } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { rfc3339Nano } from "../core/go.js";
import { wrapTtlOf } from "../http/operation.js";
import type { StoredToken } from "../token/entry.js";
import type { SysPaths } from "./context.js";

const TOKEN: Readonly<Record<string, Field>> = { token: { type: "string" } };
const NOTHING_FOUND: BackendReply = {
  error: "no information found; wrapping token may be from a previous Vault version",
};

/**
 * `wrapping/*`. That the token is a wrapping token has been checked before the request got here.
 * (vault/logical_system.go: handleWrapping…)
 */
export const wrappingPaths: SysPaths = (core) => [
  {
    pattern: "wrapping/wrap$",
    takesArbitraryInput: true,
    operations: {
      update: (request) => {
        if (wrapTtlOf(request.headers) === 0) return { error: "endpoint requires response wrapping to be used" };
        return { data: request.body };
      },
    },
    summary: "Wrap arbitrary data",
  },
  {
    pattern: "wrapping/unwrap$",
    fields: TOKEN,
    operations: { update: (request) => unwrap(core(), request) },
    summary: "Unwrap a reply",
  },
  {
    pattern: "wrapping/lookup$",
    fields: TOKEN,
    operations: { read: (request) => lookup(core(), request), update: (request) => lookup(core(), request) },
    summary: "Look up a wrapping token",
  },
  {
    pattern: "wrapping/rewrap$",
    fields: TOKEN,
    operations: { update: (request) => rewrap(core(), request) },
    summary: "Renew a wrapping",
  },
];

/** The token in the body, or else the one that made the request. */
function tokenOf(core: Core, { data, token, headers }: BackendRequest): StoredToken | undefined {
  const sent = data.string("token");
  const handed = sent === "" ? (token?.id ?? headers["x-vault-token"]) : sent;
  if (handed === undefined) return undefined;
  const read = core.wrapping.idOf(handed);
  return "id" in read ? core.tokens.lookup(read.id) : undefined;
}

function unwrap(core: Core, request: BackendRequest): BackendReply {
  const token = tokenOf(core, request);
  const wrapped = token === undefined ? undefined : core.wrapping.take(token);
  if (wrapped === undefined) return NOTHING_FOUND;
  const { status, contentType, body } = wrapped;
  return { raw: { status, ...(contentType !== undefined && { contentType }), body } };
}

function lookup(core: Core, request: BackendRequest): BackendReply {
  const token = tokenOf(core, request);
  const wrapped = token === undefined ? undefined : core.wrapping.peek(token);
  if (wrapped === undefined) return NOTHING_FOUND;
  const { creationPath, createdAt, ttl } = wrapped;
  return { data: { creation_path: creationPath, creation_time: rfc3339Nano(createdAt), creation_ttl: ttl } };
}

function rewrap(core: Core, request: BackendRequest): BackendReply {
  const token = tokenOf(core, request);
  const wrapped = token === undefined ? undefined : core.wrapping.take(token);
  if (wrapped === undefined) return NOTHING_FOUND;
  return { wrapped: core.wrapping.wrap(wrapped) };
}
