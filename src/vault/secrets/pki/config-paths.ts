import type { BackendReply, BackendRequest, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName, listReply, NOT_FOUND } from "../../core/sdk.js";
import { cnValidationsError, type Role, roleFields, roleOf, withKeySizes } from "./role.js";
import type { Issuer, PkiStore, Urls } from "./store.js";

/** Roles, URLs, the default issuer, and an issuer's settings. */
export function configPaths(store: PkiStore): Path[] {
  const issuerFields = {
    issuer_ref: { type: "string" },
    issuer_name: { type: "string" },
    leaf_not_after_behavior: { type: "string", default: "err" },
  } as const;
  return [
    { pattern: "roles/?", summary: "Names of roles.", operations: { list: () => listReply(store.roles.keys()) } },
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
      fields: {
        issuing_certificates: { type: "comma-list" },
        crl_distribution_points: { type: "comma-list" },
        ocsp_servers: { type: "comma-list" },
        enable_templating: { type: "bool", default: false },
      },
      operations: { read: () => ({ data: { ...store.urls } }), update: (request) => writeUrls(store, request) },
    },
    {
      pattern: "config/issuers",
      summary: "The default issuer.",
      fields: { default: { type: "string" }, default_follows_latest_issuer: { type: "bool", default: false } },
      operations: { read: () => shownDefault(store), update: (request) => writeDefault(store, request) },
    },
    {
      pattern: "issuer/(?<issuer_ref>[^/]+)",
      summary: "An issuer's settings.",
      fields: issuerFields,
      operations: {
        read: (request) => shownIssuer(store, named(store, request)),
        update: (request) => writeIssuer(store, request),
        delete: (request) => deleteIssuer(store, request),
      },
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

/** The steps of Vault's pathRoleCreate, in its order. */
function writeRole(store: PkiStore, { data }: BackendRequest, old: Role | undefined): BackendReply {
  const wanted = roleOf(roleFields(store.context), data, old);
  const otherSan = wanted.allowed_other_sans.find((san) => san !== "*" && !san.includes(";"));
  if (otherSan !== undefined) {
    return { error: `error parsing allowed_other_sans: expected a semicolon in other SAN ${JSON.stringify(otherSan)}` };
  }
  if (wanted.max_ttl > 0 && wanted.ttl > wanted.max_ttl)
    return { error: '"ttl" value must be less than "max_ttl" value' };
  const role = withKeySizes(wanted);
  if (typeof role === "string") return { error: role };
  const oid = role.ext_key_usage_oids.find((text) => !/^\d+(\.\d+)+$/.test(text));
  if (oid !== undefined) return { error: `"${oid}" could not be parsed as a valid oid for an extended key usage` };
  const wrong = cnValidationsError(role.cn_validations);
  if (wrong !== undefined) throw new VaultError(500, wrong);
  store.roles.set(data.string("name"), role);
  return { data: { ...role }, warnings: issuerWarning(store, role.issuer_ref) };
}

function issuerWarning(store: PkiStore, reference: string): string[] {
  if (store.findIssuer(reference) !== undefined) return [];
  return [
    reference === "default"
      ? "Issuing Certificate was set to default, but no default issuing certificate (configurable at /config/issuers) is currently set"
      : `Issuing Certificate was set to ${reference} but no issuing certificate currently has that name`,
  ];
}

const URL_LISTS = ["issuing_certificates", "crl_distribution_points", "ocsp_servers"] as const;

/** Lists that are not sent keep their value. */
function writeUrls(store: PkiStore, { data }: BackendRequest): BackendReply {
  const urls: Urls = { ...store.urls };
  for (const name of URL_LISTS) {
    if (!data.has(name)) continue;
    const wrong = data.list(name).find((url) => !URL.canParse(url));
    if (wrong !== undefined) {
      return { error: `invalid URL found in Authority Information Access (AIA) parameter ${name}: ${wrong}` };
    }
    urls[name] = data.list(name);
  }
  if (data.has("enable_templating")) urls.enable_templating = data.bool("enable_templating");
  store.urls = urls;
  return { data: { ...urls } };
}

function shownDefault(store: PkiStore): BackendReply {
  return { data: { default: store.defaultIssuer, default_follows_latest_issuer: store.defaultFollowsLatest } };
}

function writeDefault(store: PkiStore, { data }: BackendRequest): BackendReply {
  const reference = data.string("default");
  const issuer = store.resolve(reference);
  if (typeof issuer === "string") return { error: `Error resolving issuer reference: ${issuer}` };
  store.defaultIssuer = issuer.id;
  store.defaultFollowsLatest = data.bool("default_follows_latest_issuer");
  return shownDefault(store);
}

/** @throws VaultError */
function named(store: PkiStore, { data }: BackendRequest): Issuer {
  const issuer = store.resolve(data.string("issuer_ref"));
  if (typeof issuer === "string") throw new VaultError(500, issuer);
  return issuer;
}

function shownIssuer(store: PkiStore, issuer: Issuer): BackendReply {
  const { issuing_certificates, crl_distribution_points, ocsp_servers } = store.urls;
  const rsa = issuer.certificate.publicKey.asymmetricKeyType === "rsa";
  return {
    data: {
      ca_chain: store.chainOf(issuer).map((one) => `${one.pem}\n`),
      certificate: `${issuer.pem}\n`,
      crl_distribution_points,
      issuer_id: issuer.id,
      issuer_name: issuer.name,
      issuing_certificates,
      key_id: issuer.keyId,
      leaf_not_after_behavior: issuer.leafNotAfter,
      manual_chain: null,
      ocsp_servers,
      revocation_signature_algorithm: rsa ? "SHA256WithRSA" : "ECDSAWithSHA256",
      revoked: false,
      usage: "crl-signing,issuing-certificates,ocsp-signing,read-only",
    },
  };
}

function writeIssuer(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = named(store, request);
  const behaviour = request.data.string("leaf_not_after_behavior");
  if (behaviour !== "err" && behaviour !== "truncate" && behaviour !== "permit") {
    return {
      error: `Unknown value for field \`leaf_not_after_behavior\`. Possible values are \`err\`, \`truncate\`, and \`permit\`.`,
    };
  }
  issuer.leafNotAfter = behaviour;
  issuer.name = request.data.string("issuer_name");
  return shownIssuer(store, issuer);
}

function deleteIssuer(store: PkiStore, request: BackendRequest): BackendReply {
  const issuer = named(store, request);
  store.issuers.delete(issuer.id);
  if (store.defaultIssuer !== issuer.id) return undefined;
  store.defaultIssuer = "";
  return {
    warnings: [
      `Deleted issuer ${issuer.id} (via issuer_ref ${request.data.string("issuer_ref")}); this was configured as the default issuer. Operations without an explicit issuer will not work until a new default is configured.`,
    ],
  };
}

function deleteAll(store: PkiStore): BackendReply {
  store.issuers.clear();
  store.keys.clear();
  store.defaultIssuer = "";
  return {
    warnings: [
      "DELETE /root deletes all keys and issuers; prefer the new DELETE /key/:key_ref and DELETE /issuer/:issuer_ref for finer granularity, unless removal of all keys and issuers is desired.",
    ],
  };
}
