import { compareVersions, parseVersion, type Version } from "../../../runtime/index.js";
import { isObject, type JsonObject, objectAt } from "../../path.js";
import certManager from "./cert-manager.json" with { type: "json" };
import externalSecrets from "./external-secrets.json" with { type: "json" };
import istio from "./istio.json" with { type: "json" };

/**
 * The fields of the products' custom resources by release. The tables of cert-manager and external-secrets are made
 * from their CRDs by scripts/crd-fields.mjs; Istio's (networking/v1/{destination_rule,gateway}.proto) is by hand.
 */

/** Whose manifests a group's are. */
export const PRODUCT_OF_GROUP: Readonly<Partial<Record<string, string>>> = {
  "cert-manager.io": "cert-manager",
  "external-secrets.io": "external-secrets",
  "networking.istio.io": "istio-proxy",
};

const TABLES: JsonObject = { ...certManager, ...externalSecrets, ...istio };

/** What a table says of one field, or of a whole kind. */
export interface FieldNode {
  readonly type: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly fields: JsonObject | undefined;
  readonly items: unknown;
}

/** The table of a kind; those of a group and kind stand for each of its versions if they say `*`. */
export function crdOf(apiVersion: string, kind: string): FieldNode | undefined {
  const [group = ""] = apiVersion.split("/");
  const entry = TABLES[`${apiVersion}/${kind}`] ?? TABLES[`${group}/*/${kind}`];
  return entry === undefined ? undefined : nodeOf(entry);
}

/** Which `apiVersion/kind` of a group there are. */
export function kindsOf(group: string): string[] {
  return Object.keys(TABLES).filter((key) => key.startsWith(`${group}/`));
}

/** A field is written as its type alone where there is nothing else to say. */
export function nodeOf(entry: unknown): FieldNode {
  const node = isObject(entry) ? entry : { type: entry };
  const text = (key: string): string | undefined => (typeof node[key] === "string" ? node[key] : undefined);
  return {
    type: text("type") ?? "object",
    since: text("since"),
    until: text("until"),
    fields: isObject(node.fields) ? objectAt(node, ["fields"]) : undefined,
    items: node.items,
  };
}

/** When the field exists, in words, if `version` is not such a time. */
export function absence(node: FieldNode, version: Version | undefined): string | undefined {
  if (version === undefined) return undefined;
  const [since, until] = [parseVersion(node.since ?? ""), parseVersion(node.until ?? "")];
  if (since !== undefined && compareVersions(version, since) < 0) return `since ${node.since ?? ""}`;
  return until !== undefined && compareVersions(version, until) >= 0 ? `before ${node.until ?? ""}` : undefined;
}
