import type { BackendReply, BackendRequest, Field, FieldData, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { KEYLESS } from "./import.js";
import { goTime } from "./mint.js";
import { algorithmName } from "./sign-self-issued.js";
import { issuerNameError } from "./reference-names.js";
import { isUrl, type Issuer, ISSUER_USAGES, type IssuerUsage, NO_URLS, type PkiStore, URL_LISTS } from "./store.js";

const list: Field = { type: "comma-list" };
const ISSUER_FIELDS: Readonly<Record<string, Field>> = {
  issuer_ref: { type: "string" },
  issuer_name: { type: "string" },
  leaf_not_after_behavior: { type: "string", default: "err" },
  manual_chain: list,
  usage: { type: "comma-list", default: ["read-only", "issuing-certificates", "crl-signing", "ocsp-signing"] },
  issuing_certificates: list,
  crl_distribution_points: list,
  ocsp_servers: list,
  enable_aia_url_templating: { type: "bool", default: false },
  revocation_signature_algorithm: { type: "string", default: "" },
};

/** The default issuer, and each issuer's settings. */
export function issuerPaths(store: PkiStore): Path[] {
  const delta = store.context.quirk("pki-tells-of-delta-lists") ? { delta_crl_distribution_points: list } : {};
  const reference = { issuer_ref: { type: "string" } } as const;
  return [
    {
      pattern: "config/issuers",
      summary: "The default issuer.",
      fields: { default: { type: "string" }, default_follows_latest_issuer: { type: "bool", default: false } },
      operations: {
        read: () => shownDefault(store),
        update: ({ data }) => writeDefault(store, data.string("default"), data),
      },
    },
    {
      pattern: "root/replace",
      summary: "Make the issuer called next, or another, the default.",
      fields: { default: { type: "string", default: "next" } },
      operations: { update: ({ data }) => writeDefault(store, data.string("default"), undefined) },
    },
    {
      pattern: "issuer/(?<issuer_ref>[^/]+)/revoke",
      summary: "Let an issuer sign no more certificates.",
      fields: reference,
      operations: { update: (request) => revokeIssuer(store, request) },
    },
    {
      pattern: "issuer/(?<issuer_ref>[^/]+)",
      summary: "An issuer's settings.",
      fields: { ...ISSUER_FIELDS, ...delta },
      operations: {
        read: (request) => shownIssuer(store, named(store, request)),
        update: (request) => writeIssuer(store, request, () => true),
        patch: (request) => writeIssuer(store, request, (field) => request.data.has(field)),
        delete: (request) => deleteIssuer(store, request),
      },
    },
  ];
}

function shownDefault(store: PkiStore): BackendReply {
  return { data: { default: store.defaultIssuer, default_follows_latest_issuer: store.defaultFollowsLatest } };
}

/** (path_config_ca.go: pathCAIssuersWrite) Without `data` the follower stays as it is. */
function writeDefault(store: PkiStore, reference: string, data: FieldData | undefined): BackendReply {
  if (reference === "" || reference === "default") {
    return { error: "Invalid issuer specification; must be non-empty and can't be 'default'." };
  }
  const issuer = store.resolve(reference);
  if (typeof issuer === "string") return { error: `Error resolving issuer reference: ${issuer}` };
  store.defaultIssuer = issuer.id;
  if (data !== undefined) store.defaultFollowsLatest = data.bool("default_follows_latest_issuer");
  const shown = { default: store.defaultIssuer, default_follows_latest_issuer: store.defaultFollowsLatest };
  return { data: shown, ...(issuer.keyId === "" && { warnings: [KEYLESS] }) };
}

/** @throws VaultError */
function named(store: PkiStore, { data }: BackendRequest): Issuer {
  const issuer = store.resolve(data.string("issuer_ref"));
  if (typeof issuer === "string") throw new VaultError(500, issuer);
  return issuer;
}

function shownIssuer(store: PkiStore, issuer: Issuer, warnings: readonly string[] = []): BackendReply {
  const { context } = store;
  const { enable_templating, delta_crl_distribution_points, ...urls } = issuer.urls ?? NO_URLS;
  const { revokedAt } = issuer;
  return {
    data: {
      ca_chain: store.chainOf(issuer).map((one) => `${one.pem}\n`),
      certificate: `${issuer.pem}\n`,
      issuer_id: issuer.id,
      issuer_name: issuer.name,
      key_id: issuer.keyId,
      leaf_not_after_behavior: issuer.leafNotAfter,
      manual_chain: issuer.manualChain.length === 0 ? null : issuer.manualChain,
      ...urls,
      ...(context.quirk("pki-tells-of-delta-lists") && { delta_crl_distribution_points }),
      ...((issuer.urls !== undefined || context.quirk("pki-issuers-tell-of-templating")) && {
        enable_aia_url_templating: enable_templating,
      }),
      revocation_signature_algorithm: issuer.revocationAlgorithm,
      revoked: revokedAt !== undefined,
      ...(revokedAt !== undefined && {
        revocation_time: Math.floor(revokedAt / 1_000),
        revocation_time_rfc3339: goTime(revokedAt),
      }),
      usage: issuer.usage.join(","),
    },
    warnings,
  };
}

const BEHAVIOURS = ["err", "always_enforce_err", "truncate", "permit"] as const;

/** (path_fetch_issuers.go: pathUpdateIssuer, pathPatchIssuer) What is not `sent` stays as it is. */
function writeIssuer(store: PkiStore, request: BackendRequest, sent: (field: string) => boolean): BackendReply {
  const { data, operation } = request;
  const issuer = named(store, request);
  const name = data.string("issuer_name").trim();
  // A patch may take the name away.
  const isNameless = operation === "patch" && name === "";
  const wrongName = isNameless ? undefined : issuerNameError(store, data, issuer);
  if (wrongName !== undefined) return { error: wrongName };
  const behaviour = BEHAVIOURS.find((one) => one === data.string("leaf_not_after_behavior"));
  if (behaviour === undefined) {
    return {
      error: `Unknown value for field \`leaf_not_after_behavior\`. Possible values are \`err\`, \`truncate\`, and \`permit\`.`,
    };
  }
  const usage = usagesOf(data.list("usage"));
  if (usage === undefined) {
    const asked = data.list("usage").join(" ");
    return { error: `Unable to parse specified usages: [${asked}] - valid values are ${ISSUER_USAGES.join(",")}` };
  }
  const unfit = algorithmError(issuer, data.string("revocation_signature_algorithm"));
  if (unfit !== undefined) return unfit;
  const urls = { ...(issuer.urls ?? NO_URLS) };
  if (sent("enable_aia_url_templating")) urls.enable_templating = data.bool("enable_aia_url_templating");
  for (const field of URL_LISTS) {
    if (!(field in store.urls) || !sent(field) || (field === URL_LISTS[2] && !data.has(field))) continue;
    const bad = urls.enable_templating ? undefined : data.list(field).find((url) => !isUrl(url));
    if (bad !== undefined) {
      return { error: `invalid URL found in Authority Information Access (AIA) parameter ${field}: ${bad}` };
    }
    urls[field] = data.list(field);
  }
  const changed = sent("usage") ? usageError(issuer, usage) : undefined;
  if (changed !== undefined) return { error: changed };
  const chain = sent("manual_chain") ? chainOf(store, issuer, data.list("manual_chain")) : issuer.manualChain;
  if (typeof chain === "string") return { error: chain };
  const isTried = chain.length > 0 && chain.join() !== issuer.manualChain.join();
  if (isTried && usage.includes("issuing-certificates") && store.context.quirk("pki-manual-chains-are-tried")) {
    return { error: UNUSABLE };
  }
  if (sent("leaf_not_after_behavior")) issuer.leafNotAfter = behaviour;
  if (sent("issuer_name")) issuer.name = name;
  if (sent("usage")) issuer.usage = usage;
  if (sent("revocation_signature_algorithm")) {
    issuer.revocationAlgorithm = data.string("revocation_signature_algorithm");
  }
  issuer.manualChain = chain;
  if (URL_LISTS.some((field) => urls[field].length > 0)) issuer.urls = urls;
  else delete issuer.urls;
  return shownIssuer(store, issuer);
}

/** Vault issues a certificate to see whether the chain works, and forgets to say by which issuer. */
const UNUSABLE =
  "other changes to issuer may be persisted.  Error setting manual chain, issuer would be unusuable with this chain: certificate path set on issuer  is not functional: missing issuer reference";

function usagesOf(names: readonly string[]): readonly IssuerUsage[] | undefined {
  const known: readonly string[] = ISSUER_USAGES;
  if (names.some((name) => !known.includes(name))) return undefined;
  // Whatever is asked for, an issuer can be read.
  return ISSUER_USAGES.filter((usage) => usage === "read-only" || names.includes(usage));
}

function usageError(issuer: Issuer, wanted: readonly IssuerUsage[]): string | undefined {
  if (wanted.join() === issuer.usage.join()) return undefined;
  if (issuer.revokedAt !== undefined && wanted.includes("issuing-certificates")) {
    return "This issuer was revoked; unable to modify its usage to include certificate signing again. Reissue this certificate (preferably with a new key) and modify that entry instead.";
  }
  return wanted.includes("crl-signing") && !issuer.certificate.keyUsage.includes("crlSign")
    ? "This issuer's underlying certificate lacks the CRLSign KeyUsage value; unable to set CRLSigningUsage on this issuer as a result."
    : undefined;
}

const ALGORITHMS = [
  "sha256withrsa",
  "sha384withrsa",
  "sha512withrsa",
  "ecdsawithsha256",
  "ecdsawithsha384",
  "ecdsawithsha512",
  "sha256withrsapss",
  "sha384withrsapss",
  "sha512withrsapss",
  "pureed25519",
  "ed25519",
];

/** @throws VaultError where the algorithm is none for the issuer's key */
function algorithmError({ certificate }: Issuer, asked: string): BackendReply {
  const name = asked.toLowerCase();
  if (name === "") return undefined;
  if (!ALGORITHMS.includes(name)) {
    // Go prints the names in the order of a map, which is none.
    return { error: `Unknown signature algorithm value: 0 - valid values are ${ALGORITHMS.join(", ")}` };
  }
  const type = certificate.publicKey.asymmetricKeyType ?? "";
  const wanted = name.includes("rsa") ? "rsa" : name.startsWith("ecdsa") ? "ec" : "ed25519";
  if (type === wanted || (name.startsWith("ecdsa") && type === "ec")) return undefined;
  throw new VaultError(500, `unable to use issuer of type ${algorithmName(type)} to sign with ${asked} key type`);
}

/** The ids of a chain that is given by hand, or why it is none. */
function chainOf(store: PkiStore, issuer: Issuer, references: readonly string[]): readonly string[] | string {
  const ids: string[] = [];
  for (const [at, reference] of references.entries()) {
    const found = at === 0 && reference === "self" ? issuer : store.resolve(reference);
    if (typeof found === "string") throw new VaultError(500, found);
    if (at === 0 && found.id !== issuer.id) {
      return `expected first cert in chain to be a self-reference, but was: ${reference}/${found.id}`;
    }
    ids.push(found.id);
  }
  return ids;
}

const ROOT =
  "This issuer is a self-signed (potentially root) certificate. This means it may not be considered revoked if there is not an external, cross-signed variant of this certificate. This issuer's serial number will not appear on its own CRL.";
const ALONE =
  "This issuer lacks another parent issuer within the mount. This means it will not appear on any other CRLs and may not be considered revoked by clients. Consider adding this issuer to its issuer's CRL as well if it is not self-signed.";
const CHOSEN =
  "This issuer is currently configured as the default issuer for this mount; operations such as certificate issuance may not work until a new default issuer is selected.";

/** (path_manage_issuers.go: pathRevokeIssuer) */
function revokeIssuer(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = named(store, request);
  if (issuer.revokedAt !== undefined) return shownIssuer(store, issuer);
  issuer.revokedAt = store.context.clock.now();
  issuer.usage = issuer.usage.filter((usage) => usage !== "issuing-certificates");
  store.crlNumber++;
  const { subjectDer, issuerDer } = issuer.certificate;
  const isAlone = store.chainOf(issuer).length === 1;
  return shownIssuer(store, issuer, [
    ...(subjectDer.equals(issuerDer) ? [ROOT] : []),
    ...(isAlone ? [ALONE] : []),
    ...(store.defaultIssuer === issuer.id ? [CHOSEN] : []),
  ]);
}

/** An issuer that is not there counts as deleted. (path_fetch_issuers.go: pathDeleteIssuer) */
function deleteIssuer(store: PkiStore, { data }: BackendRequest): BackendReply {
  const reference = data.string("issuer_ref");
  const issuer = store.findIssuer(reference);
  if (issuer === undefined) return { data: null };
  const { id, name } = issuer;
  const named = [...(name === "" ? [] : [name]), id].flatMap((one) => rolesWarning(store, one));
  store.issuers.delete(id);
  store.crlNumber++;
  if (store.defaultIssuer !== id) return { data: null, warnings: named };
  store.defaultIssuer = "";
  const chosen = `Deleted issuer ${id} (via issuer_ref ${reference}); this was configured as the default issuer. Operations without an explicit issuer will not work until a new default is configured.`;
  return { data: null, warnings: [...named, chosen, ...rolesWarning(store, "default")] };
}

function rolesWarning({ roles }: PkiStore, reference: string): string[] {
  const users = [...roles.values()].filter(({ issuer_ref }) => issuer_ref === reference);
  return users.length === 0 ? [] : [`${users.length} roles reference ${reference}`];
}
