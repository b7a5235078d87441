import { inRange, nearest, parseVersion } from "../../runtime/index.js";
import type { Rule } from "../examine.js";
import { at, isObject, type JsonObject, listAt, objectAt, type Path, stringAt } from "../path.js";
import type { Finding } from "../problem.js";
import { vaultDurationProblem } from "./duration.js";
import { AUTH_PATHS, SYS_PATHS, type WritePath } from "./vault-fields.js";

/** What is written into Vault has fields that Vault knows: it ignores others without a word. */
export const writesAreUnderstood: Rule = function* (experiment) {
  const writes = objectAt(experiment, ["world", "vault", "write"]);
  for (const [path, written] of Object.entries(writes)) {
    const known = pathOf(path, writes);
    for (const [body, place] of bodiesOf(path, written)) {
      if (known !== undefined) yield* bodyFindings(experiment, path, body, known, place);
    }
  }
  yield* ignoredAreWritten(experiment, writes);
};

/** The bodies that are written to one path, each with its place. */
function bodiesOf(path: string, written: unknown): (readonly [JsonObject, Path])[] {
  const place = ["world", "vault", "write", path];
  const bodies: readonly unknown[] = Array.isArray(written) ? written : [written];
  const places = Array.isArray(written) ? bodies.map((_, i) => [...place, i]) : [place];
  return bodies.flatMap((body, i) => (isObject(body) ? [[body, places[i] ?? place] as const] : []));
}

function pathOf(path: string, writes: JsonObject): WritePath | undefined {
  const [, mount, rest] = /^auth\/(.+?)\/((?:config|role\/[^/]+))$/.exec(path) ?? [];
  if (mount === undefined || rest === undefined) return SYS_PATHS.find(([pattern]) => pattern.test(path))?.[1];
  const type = stringAt(writes, [`sys/auth/${mount}`, "type"]) ?? mount;
  return AUTH_PATHS[type]?.[rest.replace(/\/.*/, "")];
}

function* bodyFindings(
  experiment: JsonObject,
  path: string,
  body: JsonObject,
  known: WritePath,
  where: Path,
): Generator<Finding> {
  const ignored = listAt(experiment, ["world", "vault", "ignored", path]);
  for (const [key, value] of Object.entries(body)) {
    const place = [...where, key];
    const field = Object.hasOwn(known.fields, key) ? known.fields[key] : undefined;
    if (field === undefined) {
      if (!ignored.includes(key)) yield* unknownField(experiment, place, key, known);
      continue;
    }
    const version = parseVersion(stringAt(experiment, ["world", "vault", "version"]) ?? "");
    if (field.vault !== undefined && version !== undefined && !inRange(version, field.vault)) {
      const sentence = `"${key}" of ${known.what} exists only in Vault ${field.vault}`;
      yield { path: place, onKey: true, sentence, remedy: "emulate such a release, or drop the field" };
    }
    const bad = field.type === "duration" ? vaultDurationProblem(value) : undefined;
    if (bad !== undefined)
      yield { path: place, sentence: `${key}: ${bad}`, remedy: "write seconds, or one such as 30s, 1h30m or 7d" };
  }
}

function* unknownField(experiment: JsonObject, path: Path, key: string, known: WritePath): Generator<Finding> {
  if (key === "bound_audiences" && known.what === "a kubernetes role") {
    if (at(experiment, ["world", "vault", "boundAudiences"]) !== undefined) return;
    yield {
      path,
      onKey: true,
      severity: "note",
      sentence: `"bound_audiences" in ${known.what} is checked by mistrust, while a real Vault drops it silently`,
      remedy: "say which you mean with world.vault.boundAudiences: enforce or ignore",
    };
    return;
  }
  const names = Object.keys(known.fields);
  const close = nearest(key, names);
  yield {
    path,
    onKey: true,
    sentence: `unknown key "${key}" in ${known.what}, which Vault would ignore`,
    remedy:
      known.mistaken?.[key] ?? (close === undefined ? `known are ${names.join(", ")}` : `did you mean "${close}"?`),
  };
}

/** What is declared as ignored must be there, and must be unknown. */
function* ignoredAreWritten(experiment: JsonObject, writes: JsonObject): Generator<Finding> {
  for (const [path, keys] of Object.entries(objectAt(experiment, ["world", "vault", "ignored"]))) {
    const known = pathOf(path, writes);
    for (const [i, key] of (Array.isArray(keys) ? keys : []).entries()) {
      const place = ["world", "vault", "ignored", path, i];
      const name: unknown = key;
      if (typeof name !== "string") continue;
      if (!bodiesOf(path, writes[path]).some(([body]) => body[name] !== undefined)) {
        yield { path: place, sentence: `"${name}" is not written to ${path}`, remedy: "drop it from ignored" };
      } else if (known !== undefined && Object.hasOwn(known.fields, name)) {
        yield { path: place, sentence: `Vault does know "${name}" in ${known.what}`, remedy: "drop it from ignored" };
      }
    }
  }
}
