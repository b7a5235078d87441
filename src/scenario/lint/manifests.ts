import { nearest, parseVersion, type Version } from "../../runtime/index.js";
import type { Rule } from "../examine.js";
import { at, isObject, type JsonObject, listAt, objectAt, type Path, stringAt } from "../path.js";
import type { Finding } from "../problem.js";
import { absence, crdOf, type FieldNode, kindsOf, nodeOf, PRODUCT_OF_GROUP } from "./crds/index.js";
import { goDurationProblem } from "./duration.js";

/** Fields that people write and that do not exist, with what to write in their stead. */
const MISTAKEN: Readonly<Partial<Record<string, string>>> = {
  additionalAudiences: "it never existed; cert-manager 1.15.0 and later take serviceAccountRef.audiences",
};

/** Strings that are durations to the product, which a CRD does not say. */
const DURATIONS = new Set([
  "Certificate spec.duration",
  "Certificate spec.renewBefore",
  "ExternalSecret spec.refreshInterval",
]);

/** A manifest, and what there is to know about it while walking it. */
interface Subject {
  readonly kind: string;
  readonly release: string;
  readonly version: Version | undefined;
  /** Paths below the manifest that the scenario declares as unknown. */
  readonly pruned: readonly unknown[];
  /** The way to the manifest in the scenario. */
  readonly home: Path;
}

/** A manifest has only fields that its CRD has in the client's release: the API server drops others. */
export const manifestsFitTheirCrds: Rule = function* (experiment) {
  const homes: Path[] = [
    ["client"],
    ...Object.keys(objectAt(experiment, ["clients"])).map((name) => ["clients", name]),
  ];
  for (const home of homes) {
    const client = objectAt(experiment, home);
    for (const [key, manifest] of Object.entries(objectAt(client, ["manifests"]))) {
      if (isObject(manifest)) yield* manifestFindings(manifest, client, [...home, "manifests", key], key);
    }
    yield* prunedAreThere(client, home);
  }
};

function* manifestFindings(manifest: JsonObject, client: JsonObject, home: Path, key: string): Generator<Finding> {
  const apiVersion = stringAt(manifest, ["apiVersion"]) ?? "";
  const kind = stringAt(manifest, ["kind"]) ?? "";
  const [group = ""] = apiVersion.split("/");
  const product = PRODUCT_OF_GROUP[group];
  if (product === undefined) return;
  const own = product === client.product ? stringAt(client, ["version"]) : undefined;
  const release = own === undefined ? product : `${product} ${own}`;
  const version = parseVersion(own ?? "");
  const crd = crdOf(apiVersion, kind);
  const since = crd === undefined ? undefined : absence(crd, version);
  if (crd === undefined || since !== undefined) {
    yield unknownKind(home, `${apiVersion}/${kind}`, release, since, kindsOf(group));
    return;
  }
  const subject = { kind, release, version, pruned: listAt(client, ["pruned", key]), home };
  yield* fieldFindings(subject, { ...crd, type: "object" }, manifest.spec, ["spec"]);
}

function unknownKind(
  home: Path,
  kind: string,
  release: string,
  since: string | undefined,
  kinds: readonly string[],
): Finding {
  const close = nearest(kind, kinds);
  return {
    path: [...home, "kind"],
    sentence: `${release} has no ${kind}${since === undefined ? "" : `; there is one ${since}`}`,
    remedy: close === undefined || close === kind ? `known are ${kinds.join(", ")}` : `did you mean ${close}?`,
  };
}

function* fieldFindings(subject: Subject, node: FieldNode, value: unknown, path: Path): Generator<Finding> {
  const here = [...subject.home, ...path];
  if (value === undefined || node.type === "any") return;
  const wrong = wrongType(node.type, value);
  if (wrong !== undefined) {
    yield { path: here, sentence: `${show(path)} of ${a(subject.kind)} ${wrong}`, remedy: "the API server refuses it" };
    return;
  }
  if (DURATIONS.has(`${subject.kind} ${show(path)}`)) {
    const bad = goDurationProblem(value);
    if (bad !== undefined)
      yield { path: here, sentence: `${show(path)}: ${bad}`, remedy: "write one such as 30s, 1h30m or 2160h" };
  }
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* fieldFindings(subject, nodeOf(node.items), item, [...path, i]);
  }
  if (!isObject(value) || node.fields === undefined) return;
  for (const [key, item] of Object.entries(value)) yield* keyFindings(subject, node.fields, key, item, [...path, key]);
}

function* keyFindings(
  subject: Subject,
  fields: JsonObject,
  key: string,
  value: unknown,
  path: Path,
): Generator<Finding> {
  const node = Object.hasOwn(fields, key) ? nodeOf(fields[key]) : undefined;
  const since = node === undefined ? undefined : absence(node, subject.version);
  if (node !== undefined && since === undefined) {
    yield* fieldFindings(subject, node, value, path);
    return;
  }
  if (subject.pruned.includes(show(path))) return;
  const names = Object.keys(fields).filter((name) => absence(nodeOf(fields[name]), subject.version) === undefined);
  const close = nearest(key, names);
  const exists = since === undefined ? "" : `, only ${since}`;
  yield {
    path: [...subject.home, ...path],
    onKey: true,
    sentence: `${subject.release} has no field "${key}" in ${show(path.slice(0, -1))} of ${a(subject.kind)}${exists}`,
    remedy: MISTAKEN[key] ?? (close === undefined ? `it has ${names.join(", ")}` : `did you mean "${close}"?`),
  };
}

/** What is declared as pruned must be there. */
function* prunedAreThere(client: JsonObject, home: Path): Generator<Finding> {
  for (const [key, paths] of Object.entries(objectAt(client, ["pruned"]))) {
    for (const [i, path] of (Array.isArray(paths) ? paths : []).entries()) {
      if (typeof path !== "string" || at(client, ["manifests", key, ...path.split(".")]) !== undefined) continue;
      const place = [...home, "pruned", key, i];
      yield { path: place, sentence: `manifest ${key} has no ${path}`, remedy: "drop it from pruned" };
    }
  }
}

function wrongType(type: string, value: unknown): string | undefined {
  const got = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const fits =
    type === "strings" || type === "object"
      ? got === "object"
      : type === "integer"
        ? Number.isInteger(value)
        : type === got;
  return fits
    ? undefined
    : `is ${got === "null" ? got : a(got)} where the CRD has ${a(type === "strings" ? "object" : type)}`;
}

function show(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

function a(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}
