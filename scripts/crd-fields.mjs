// Reads the CRDs of a product's releases from a clone and writes which fields a manifest may have, since when and until
// when, for `mistrust lint`. Usage: node scripts/crd-fields.mjs cert-manager|external-secrets CLONE
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parse } from "yaml";

/** Parts that lint looks into; a field beside them that has fields of its own is "any". */
const PRODUCTS = {
  "cert-manager": {
    tags: /^v1\.(?:[5-9]|\d\d)\.0$/,
    files: (kind) => [`deploy/crds/crd-${kind}s.yaml`, `deploy/crds/cert-manager.io_${kind}s.yaml`],
    kinds: { Issuer: "issuer", ClusterIssuer: "clusterissuer", Certificate: "certificate" },
    closed: /^spec\.(?:acme|venafi|ca|selfSigned)$/,
  },
  "external-secrets": {
    tags: /^v(?:0\.[5-9]\.0|0\.9\.\d+|0\.\d\d\.0|[1-9]\.\d+\.0)$/,
    files: (kind) => [`config/crds/bases/external-secrets.io_${kind}s.yaml`],
    kinds: {
      SecretStore: "secretstore",
      ClusterSecretStore: "clustersecretstore",
      ExternalSecret: "externalsecret",
      PushSecret: "pushsecret",
    },
    closed: /^spec\.provider\.(?!vault$)[^.]+$/,
  },
};

const [name, clone] = process.argv.slice(2);
const product = PRODUCTS[name];
const git = (...args) =>
  execFileSync("git", ["-C", clone, ...args], { encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" });
const order = (tag) =>
  tag
    .slice(1)
    .split(".")
    .reduce((sum, part) => sum * 1000 + Number(part), 0);
const tags = git("tag")
  .split("\n")
  .filter((tag) => product.tags.test(tag))
  .sort((a, b) => order(a) - order(b));

/** path → { type, tags }, for each kind. */
const found = {};
for (const tag of tags) {
  for (const [kind, file] of Object.entries(product.kinds)) {
    const crd = read(tag, product.files(file));
    for (const version of crd?.spec.versions ?? []) {
      if (!version.served || !version.schema) continue;
      const key = `${crd.spec.group}/${version.name}/${kind}`;
      const spec = version.schema.openAPIV3Schema.properties.spec;
      visit(spec, "spec", tag, (found[key] ??= new Map()));
    }
  }
}
const table = Object.fromEntries(
  Object.entries(found).map(([kind, fields]) => [kind, { ...seen(fields, "spec"), fields: tree(fields) }]),
);
const target = new URL(`../src/scenario/lint/crds/${name}.json`, import.meta.url);
writeFileSync(target, `${JSON.stringify(table, null, 1)}\n`);

function read(tag, files) {
  for (const file of files) {
    try {
      return parse(
        git("show", `${tag}:${file}`)
          .split("\n")
          .filter((line) => !/^\s*{{/.test(line) && !/: .*{{/.test(line))
          .join("\n"),
      );
    } catch (error) {
      if (!String(error.stderr).includes("exist")) throw error;
    }
  }
  return undefined;
}

function visit(schema, path, tag, fields) {
  const entry = fields.get(path) ?? { tags: new Set() };
  fields.set(path, entry);
  entry.tags.add(tag);
  entry.type = schema["x-kubernetes-int-or-string"] ? "any" : (schema.type ?? "any");
  if (schema.type === "array") return visit(schema.items, `${path}[]`, tag, fields);
  if (schema.type !== "object") return;
  if (product.closed.test(path)) entry.type = "any";
  else if (schema.properties === undefined)
    entry.type = schema.additionalProperties?.type === "string" ? "strings" : "any";
  else for (const [key, value] of Object.entries(schema.properties)) visit(value, `${path}.${key}`, tag, fields);
}

function tree(fields) {
  const nodes = new Map();
  for (const [path, entry] of fields) {
    const cut = Math.max(path.lastIndexOf("."), path.endsWith("[]") ? path.length - 2 : -1);
    const node = { ...range(entry), type: entry.type };
    nodes.set(path, node);
    if (cut === -1) continue;
    const parent = nodes.get(path.slice(0, cut));
    if (path.endsWith("[]")) parent.items = node;
    else (parent.fields ??= {})[path.slice(cut + 1)] = node;
  }
  return shorten(nodes.get("spec")).fields;
}

function seen(fields, path) {
  return range(fields.get(path));
}

/** Absent where it is as old, or as young, as the releases that were read. */
function range({ tags: has }) {
  const since = tags.findIndex((tag) => has.has(tag));
  const last = tags.findLastIndex((tag) => has.has(tag));
  return {
    ...(since > 0 && { since: tags[since].slice(1) }),
    ...(last < tags.length - 1 && { until: tags[last + 1].slice(1) }),
  };
}

/** A field is written as its type alone where there is nothing else to say, and without what its parent says already. */
function shorten(node, parent = {}) {
  const { since, until, type, items, fields } = node;
  const out = {
    ...(since !== undefined && since !== parent.since && { since }),
    ...(until !== undefined && until !== parent.until && { until }),
    type,
    ...(items && { items: shorten(items, node) }),
    ...(fields && {
      fields: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shorten(value, node)])),
    }),
  };
  return Object.keys(out).length === 1 ? type : out;
}
