import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { cnValidationsError, hashBitsOf, keyBitsOf, type Role, roleFields, roleOf, withKeySizes } from "./role.js";
import { otherSansError } from "./other-sans.js";
import { keptPolicies, oidError, policiesError } from "./policies.js";
import { isUrl, type Issuer, type PkiStore, URL_LISTS, type Urls } from "./store.js";

/** Roles and URLs. */
export function configPaths(store: PkiStore): Path[] {
  return [
    {
      pattern: "roles/?",
      summary: "Names of roles.",
      paged: true,
      operations: { list: () => listReply(store.roles.keys()) },
    },
    {
      pattern: `roles/${genericName("name")}`,
      summary: "A role: what may be issued under it.",
      fields: { ...roleFields(store.context), name: { type: "string" } },
      operations: {
        read: ({ data }) => shownRole(store.roles.get(data.string("name"))),
        update: (request) => writeRole(store, request, undefined),
        patch: (request) => patchRole(store, request),
        delete: ({ data }) => void store.roles.delete(data.string("name")),
      },
    },
    {
      pattern: "config/urls",
      summary: "Where certificates say that more is to be found.",
      fields: urlFields(store),
      operations: { read: () => ({ data: shownUrls(store) }), update: (request) => writeUrls(store, request) },
    },
    {
      pattern: "config/cluster",
      summary: "Where this cluster is reached.",
      fields: { path: { type: "string" }, aia_path: { type: "string" } },
      operations: { read: () => ({ data: store.cluster }), update: (request) => writeCluster(store, request) },
    },
    { pattern: "root", summary: "Forget all issuers and keys.", operations: { delete: () => deleteAll(store) } },
  ];
}

function shownRole(role: Role | undefined): BackendReply {
  return role === undefined ? NOT_FOUND : { data: { ...role } };
}

function patchRole(store: PkiStore, request: BackendRequest): BackendReply {
  const old = store.roles.get(request.data.string("name"));
  return old === undefined ? { error: "Unable to fetch role entry to patch" } : writeRole(store, request, old);
}

/** The steps of Vault's pathRoleCreate and validateRole, in their order. */
function writeRole(store: PkiStore, { data }: BackendRequest, old: Role | undefined): BackendReply {
  const { context } = store;
  const sent = roleOf(roleFields(context), data, old);
  const asked = {
    ...sent,
    policy_identifiers: keptPolicies(sent.policy_identifiers),
    cn_validations: sent.cn_validations.length === 0 ? ["email", "hostname"] : sent.cn_validations,
    // A later release leaves an empty one empty, and uses the default issuer all the same.
    ...(sent.issuer_ref === "" && !context.quirk("pki-signature-bits-fit-the-issuer") && { issuer_ref: "default" }),
  };
  const wanted = asked.no_store ? { ...asked, generate_lease: false } : asked;
  const { allowed_other_sans: sans, serial_number_source: source } = wanted;
  const otherSan = sans.length === 1 && sans[0] === "*" ? undefined : otherSansError(sans);
  if (otherSan !== undefined) return { error: `error parsing allowed_other_sans: ${otherSan}` };
  if (wanted.max_ttl > 0 && wanted.ttl > wanted.max_ttl)
    return { error: '"ttl" value must be less than "max_ttl" value' };
  const sized = sizedRole(store, wanted);
  if (typeof sized === "string") return { error: sized };
  if (source !== undefined && !["", "json-csr", "json"].includes(source))
    return { error: `unknown serial_number_source ${source}` };
  const { role, warnings } = sized;
  const oid = role.ext_key_usage_oids.find((text) => oidError(text) !== undefined);
  if (oid !== undefined) return { error: `"${oid}" could not be parsed as a valid oid for an extended key usage` };
  const policy = policiesError(role.policy_identifiers);
  if (policy !== undefined) throw new VaultError(500, policy);
  const wrong = cnValidationsError(role.cn_validations);
  if (wrong !== undefined) throw new VaultError(500, wrong);
  store.roles.set(data.string("name"), role);
  return {
    data: { ...role },
    warnings: [
      ...issuerWarning(store, role.issuer_ref === "" ? "default" : role.issuer_ref),
      ...warnings,
      ...leaseWarning(asked),
    ],
  };
}

interface SizedRole {
  readonly role: Role;
  readonly warnings: readonly string[];
}

/** Earlier releases take the hash's size to be the role's key's, later ones the issuer's. */
function sizedRole(store: PkiStore, wanted: Role): SizedRole | string {
  if (!store.context.quirk("pki-signature-bits-fit-the-issuer")) {
    const role = withKeySizes(wanted);
    return typeof role === "string" ? role : { role, warnings: [] };
  }
  const { key_type: type, key_bits: bits } = wanted;
  const key_bits = keyBitsOf(type, bits);
  if (typeof key_bits === "string")
    throw new VaultError(500, `error setting keyBits ${bits} on role for keyType ${type}: ${key_bits}`);
  const issuer = store.findIssuer(wanted.issuer_ref === "" ? "default" : wanted.issuer_ref);
  if (issuer === undefined) {
    return { role: { ...wanted, key_bits, signature_bits: wanted.signature_bits || 256 }, warnings: [] };
  }
  const issuerType = issuerKeyType(issuer);
  const hash = hashBitsOf(issuerType, wanted.signature_bits);
  if (typeof hash === "number") return { role: { ...wanted, key_bits, signature_bits: hash }, warnings: [] };
  const { issuer_ref, signature_bits } = wanted;
  return {
    role: { ...wanted, key_bits },
    warnings: [
      `The Issuing Certificate ${issuer_ref} for this role has a key algorithm, ${issuerType}, incompatible with the set role signature bits, ${signature_bits}`,
    ],
  };
}

/** As Go names the algorithm, in small letters: an elliptic curve's key is `ecdsa`, for which no hash is checked. */
function issuerKeyType({ certificate }: Issuer): string {
  const type = certificate.publicKey.asymmetricKeyType ?? "";
  return type === "ec" ? "ecdsa" : type;
}

function leaseWarning({ generate_lease, no_store }: Role): string[] {
  if (!generate_lease) return [];
  return [
    no_store
      ? "mutually exclusive values no_store=true and generate_lease=true were both specified; no_store=true takes priority"
      : "it is encouraged to disable generate_lease and rely on PKI's native capabilities when possible; this option can cause Vault-wide issues with large numbers of issued certificates",
  ];
}

function issuerWarning(store: PkiStore, reference: string): string[] {
  if (store.findIssuer(reference) !== undefined) return [];
  return [
    reference === "default"
      ? "Issuing Certificate was set to default, but no default issuing certificate (configurable at /config/issuers) is currently set"
      : `Issuing Certificate was set to ${reference} but no issuing certificate currently has that name`,
  ];
}

/** Lists that are not sent keep their value. (path_config_urls.go: pathWriteURL) */
function writeUrls(store: PkiStore, { data }: BackendRequest): BackendReply {
  const urls: Urls = { ...store.urls };
  const lists = URL_LISTS.filter((name) => name in urlFields(store));
  for (const name of lists) if (data.has(name)) urls[name] = data.list(name);
  if (data.has("enable_templating")) urls.enable_templating = data.bool("enable_templating");
  for (const name of urls.enable_templating ? [] : lists) {
    const wrong = urls[name].find((url) => !isUrl(url));
    if (wrong !== undefined) {
      return { error: `invalid URL found in Authority Information Access (AIA) parameter ${name}: ${wrong}` };
    }
  }
  store.urls = urls;
  return { data: shownUrls(store), warnings: urlWarnings(store) };
}

function urlWarnings(store: PkiStore): string[] {
  const { crl_distribution_points: full, delta_crl_distribution_points: delta } = store.urls;
  const [first] = [...store.issuers.keys()].sort();
  const filled = first === undefined ? undefined : store.templated(store.urls, first);
  return [
    ...(delta.length > 0 && full.length === 0
      ? [
          `delta_crl_distribution_points were set: ${delta.join(", ")} but not crl_distribution_points, consider setting crl_distribution_points`,
        ]
      : []),
    ...(typeof filled === "string"
      ? [`issuance may fail: ${filled}\n\nConsider setting the cluster-local address if it is not already set.`]
      : []),
  ];
}

function shownUrls(store: PkiStore): Record<string, unknown> {
  const names = Object.keys(urlFields(store)) as (keyof Urls)[];
  return Object.fromEntries(names.map((name) => [name, store.urls[name]]));
}

function urlFields({ context }: PkiStore): Readonly<Record<string, Field>> {
  const list: Field = { type: "comma-list" };
  return {
    issuing_certificates: list,
    crl_distribution_points: list,
    ...(context.quirk("pki-tells-of-delta-lists") && { delta_crl_distribution_points: list }),
    ocsp_servers: list,
    enable_templating: { type: "bool", default: false },
  };
}

/** (path_config_cluster.go) */
function writeCluster(store: PkiStore, { data }: BackendRequest): BackendReply {
  const cluster = { ...store.cluster };
  for (const name of ["path", "aia_path"] as const) {
    if (!data.has(name)) continue;
    cluster[name] = data.string(name);
    if (!isUrl(cluster[name])) throw new VaultError(500, `invalid, non-URL ${name} given to cluster: ${cluster[name]}`);
  }
  store.cluster = cluster;
  return { data: cluster };
}

function deleteAll(store: PkiStore): BackendReply {
  store.issuers.clear();
  store.keys.clear();
  store.defaultIssuer = "";
  store.defaultKey = "";
  return {
    warnings: [
      "DELETE /root deletes all keys and issuers; prefer the new DELETE /key/:key_ref and DELETE /issuer/:issuer_ref for finer granularity, unless removal of all keys and issuers is desired.",
    ],
  };
}
