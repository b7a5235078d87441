import { nearest } from "../../runtime/index.js";
import type { Rule } from "../examine.js";
import { at, isObject, type JsonObject, listAt, objectAt, type Path, sameJson, stringAt } from "../path.js";
import type { Finding } from "../problem.js";

/** Ids of the checks of each fake. */
export type KnownChecks = Readonly<Partial<Record<string, readonly string[]>>>;

/** What a fake's requests look like, and which statuses its real server ever sends. */
interface Server {
  readonly world: string;
  readonly statuses: readonly number[];
  /** How the path of a request starts; absent where requests are gRPC methods. */
  readonly paths?: RegExp;
}

const GRPC_CODES = Array.from({ length: 17 }, (_, code) => code);

const SERVERS: Readonly<Partial<Record<string, Server>>> = {
  vault: {
    world: "vault",
    // Vault's http package and sys/health (API documentation of /sys/health).
    statuses: [200, 204, 307, 400, 403, 404, 405, 412, 413, 415, 429, 472, 473, 500, 501, 502, 503, 530],
    paths: /^(?:\*|\/\*|\/v1\b|\/ui\b)/,
  },
  kubernetes: {
    world: "kubernetes",
    statuses: [200, 201, 202, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 503, 504],
    paths: /^(?:\*|\/(?!v1\/))/,
  },
  spire: { world: "spire", statuses: GRPC_CODES },
  "istio-agent": { world: "istio", statuses: GRPC_CODES },
};

/** What is expected must be able to come out. */
export function expectationsCanBeMet(checks: KnownChecks): Rule {
  return function* (experiment) {
    yield* clientsExist(experiment);
    for (const list of ["observed", "never"] as const) {
      for (const i of listAt(experiment, ["expect", list]).keys()) {
        yield* observation(experiment, ["expect", list, i], checks);
      }
    }
    yield* contradictions(experiment);
  };
}

function* clientsExist(experiment: JsonObject): Generator<Finding> {
  if (stringAt(experiment, ["expect", "says"]) !== undefined && !isObject(experiment.client)) {
    yield { path: ["expect", "says"], sentence: "expect.says has no client that could say it", remedy: "add a client" };
  }
  const names = Object.keys(objectAt(experiment, ["clients"]));
  for (const name of Object.keys(objectAt(experiment, ["expect", "clients"]))) {
    if (names.includes(name)) continue;
    const path = ["expect", "clients", name];
    yield { path, onKey: true, sentence: `there is no client "${name}"`, remedy: suggestion(name, names) };
  }
}

function* observation(experiment: JsonObject, path: Path, checks: KnownChecks): Generator<Finding> {
  const wanted = objectAt(experiment, path);
  const name = String(wanted.server);
  const server = SERVERS[name];
  if (server === undefined) return;
  if (at(experiment, ["world", server.world]) === undefined) {
    yield { path: [...path, "server"], sentence: `this world has no ${name}`, remedy: `add world.${server.world}` };
    return;
  }
  yield* status(experiment, wanted, name, server, path);
  yield* request(wanted, name, server, path);
  const known = checks[name];
  if (typeof wanted.refusedBy === "string" && known?.includes(wanted.refusedBy) === false) {
    const sentence = `the fake ${name} has no check "${wanted.refusedBy}"`;
    yield { path: [...path, "refusedBy"], sentence, remedy: suggestion(wanted.refusedBy, known) };
  }
}

function* status(
  experiment: JsonObject,
  wanted: JsonObject,
  name: string,
  server: Server,
  path: Path,
): Generator<Finding> {
  const { status } = wanted;
  if (typeof status !== "number") return;
  const place = [...path, "status"];
  const forced = listAt(experiment, ["faults"]).some((fault) => at(fault, ["on", "server"]) === name);
  if (!server.statuses.includes(status) && !forced) {
    yield {
      path: place,
      sentence: `${name} never answers with ${status}`,
      remedy: `it sends ${server.statuses.join(", ")}`,
    };
  } else if (typeof wanted.refusedBy === "string" && name === "vault" && status < 300) {
    yield {
      path: place,
      sentence: `a request that is refused does not end in ${status}`,
      remedy: "state the refusal's status",
    };
  }
}

function* request(wanted: JsonObject, name: string, server: Server, path: Path): Generator<Finding> {
  const [, target] = /^\S+ (\S+)/.exec(typeof wanted.request === "string" ? wanted.request : "") ?? [];
  if (target === undefined || server.paths === undefined || server.paths.test(target)) return;
  const remedy = name === "vault" ? "its API starts at /v1/" : "that is a path of Vault's API";
  yield { path: [...path, "request"], sentence: `${name} serves nothing at ${target}`, remedy };
}

function* contradictions(experiment: JsonObject): Generator<Finding> {
  const never = listAt(experiment, ["expect", "never"]);
  for (const [i, unwanted] of never.entries()) {
    if (!listAt(experiment, ["expect", "observed"]).some((wanted) => sameJson(wanted, unwanted))) continue;
    yield { path: ["expect", "never", i], sentence: "expected both to happen and never to happen", remedy: "drop one" };
  }
}

function suggestion(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined ? `known are ${known.join(", ") || "none"}` : `did you mean "${close}"?`;
}
