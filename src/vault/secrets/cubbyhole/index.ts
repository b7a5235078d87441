import {
  type BackendFactory,
  type BackendReply,
  type BackendRequest,
  type Handler,
  type Path,
  VaultError,
} from "../../core/backend.js";
import { refuseRelative } from "../relative.js";

/** What one token keeps for itself; nobody else sees it, and it goes with the token. */
type Hole = Map<string, Readonly<Record<string, unknown>>>;

/** The secrets engine of every token's own. (vault/logical_cubbyhole.go) */
export const cubbyhole: BackendFactory = (context) => {
  // Keyed by the token's own entry, so that what a revoked token kept is gone with it.
  const holes = new WeakMap<object, Hole>();
  const holeOf = (request: BackendRequest): Hole => {
    const { token } = request;
    if (token === undefined) throw new VaultError(500, "client token empty");
    const known = holes.get(token);
    if (known !== undefined) return known;
    const hole: Hole = new Map();
    holes.set(token, hole);
    return hole;
  };
  const write = (request: BackendRequest): BackendReply => {
    if (Object.keys(request.body).length === 0) throw new VaultError(500, "missing data fields");
    if (request.path === "") throw new VaultError(500, "missing path");
    holeOf(request).set(request.path, request.body);
    return undefined;
  };
  return {
    paths: [
      {
        pattern: "(?<path>.*)",
        fields: { path: { type: "string" } },
        takesArbitraryInput: true,
        exists: (request) => {
          refuseRelative(context, request.path, "existence check failed: ");
          return holeOf(request).has(request.path);
        },
        operations: ofServiceTokens({
          read: (request) => {
            if (request.path === "") throw new VaultError(500, "missing path");
            refuseRelative(context, request.path, "read failed: ");
            const data = holeOf(request).get(request.path);
            return data === undefined ? undefined : { data };
          },
          create: write,
          update: write,
          delete: (request) => {
            refuseRelative(context, request.path, "");
            holeOf(request).delete(request.path);
            return undefined;
          },
          list: (request) => {
            refuseRelative(context, request.path, "");
            return { data: { keys: keysBelow(holeOf(request), request.path) } };
          },
        }),
        summary: "Pass-through secret storage of one token",
      },
    ],
  };
};

const NOT_FOR_BATCH: BackendReply = { error: 'cubbyhole operations are only supported by "service" type tokens' };

/** Batch tokens have nothing that would outlive a request. (vault/logical_cubbyhole.go) */
function ofServiceTokens(operations: Path["operations"]): Path["operations"] {
  return Object.fromEntries(
    Object.entries(operations).map(([name, handler]): [string, Handler] => [
      name,
      (request) => (request.token?.type === "batch" ? NOT_FOR_BATCH : handler(request)),
    ]),
  );
}

function keysBelow(hole: Hole, prefix: string): string[] {
  const keys = [...hole.keys()]
    .filter((path) => path.startsWith(prefix))
    .map((path) => firstOf(path.slice(prefix.length)));
  return [...new Set(keys)].sort();
}

function firstOf(rest: string): string {
  const slash = rest.indexOf("/");
  return slash === -1 ? rest : rest.slice(0, slash + 1);
}
