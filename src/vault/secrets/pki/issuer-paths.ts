import type { BackendReply, BackendRequest, Field, Path } from "../../core/backend.js";
import { VaultError } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import type { Issuer, PkiStore } from "./store.js";

const ISSUER_FIELDS: Readonly<Record<string, Field>> = {
  issuer_ref: { type: "string" },
  issuer_name: { type: "string" },
  leaf_not_after_behavior: { type: "string", default: "err" },
  issuing_certificates: { type: "comma-list" },
  crl_distribution_points: { type: "comma-list" },
  ocsp_servers: { type: "comma-list" },
  revocation_signature_algorithm: { type: "string", default: "" },
};

/** The default issuer, and each issuer's settings. */
export function issuerPaths(store: PkiStore): Path[] {
  return [
    {
      pattern: "config/issuers",
      summary: "The default issuer.",
      fields: { default: { type: "string" }, default_follows_latest_issuer: { type: "bool", default: false } },
      operations: { read: () => shownDefault(store), update: (request) => writeDefault(store, request) },
    },
    {
      pattern: "issuer/(?<issuer_ref>[^/]+)",
      summary: "An issuer's settings.",
      fields: ISSUER_FIELDS,
      operations: {
        read: (request) => shownIssuer(store, named(store, request)),
        update: (request) => writeIssuer(store, request),
        delete: (request) => deleteIssuer(store, request),
      },
    },
  ];
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
  const urls = issuer.urls ?? { issuing_certificates: [], crl_distribution_points: [], ocsp_servers: [] };
  const rsa = issuer.certificate.publicKey.asymmetricKeyType === "rsa";
  return {
    data: {
      ca_chain: store.chainOf(issuer).map((one) => `${one.pem}\n`),
      certificate: `${issuer.pem}\n`,
      issuer_id: issuer.id,
      issuer_name: issuer.name,
      key_id: issuer.keyId,
      leaf_not_after_behavior: issuer.leafNotAfter,
      manual_chain: null,
      ...urls,
      ...(issuer.urls !== undefined && { enable_aia_url_templating: false }),
      revocation_signature_algorithm: issuer.revocationAlgorithm ?? (rsa ? "SHA256WithRSA" : "ECDSAWithSHA256"),
      revoked: false,
      usage: "crl-signing,issuing-certificates,ocsp-signing,read-only",
    },
  };
}

/** (path_fetch_issuers.go: pathUpdateIssuer) */
function writeIssuer(store: PkiStore, request: BackendRequest): BackendReply {
  const { data } = request;
  const issuer = named(store, request);
  const name = data.string("issuer_name").trim();
  const wrong = data.has("issuer_name") ? nameError(store, name, issuer) : undefined;
  if (wrong !== undefined) return { error: wrong };
  const behaviour = data.string("leaf_not_after_behavior");
  if (behaviour !== "err" && behaviour !== "truncate" && behaviour !== "permit") {
    return {
      error: `Unknown value for field \`leaf_not_after_behavior\`. Possible values are \`err\`, \`truncate\`, and \`permit\`.`,
    };
  }
  for (const field of URL_LISTS) {
    const bad = data.list(field).find((url) => !URL.canParse(url));
    if (bad !== undefined) {
      return { error: `invalid URL found in Authority Information Access (AIA) parameter ${field}: ${bad}` };
    }
  }
  const [issuing_certificates, crl_distribution_points, ocsp_servers] = URL_LISTS.map((field) => data.list(field));
  const lists = [issuing_certificates, crl_distribution_points, ocsp_servers];
  if (issuer.urls !== undefined || lists.some((list = []) => list.length > 0)) {
    issuer.urls = {
      issuing_certificates: issuing_certificates ?? [],
      crl_distribution_points: crl_distribution_points ?? [],
      ocsp_servers: ocsp_servers ?? [],
    };
  }
  issuer.leafNotAfter = behaviour;
  issuer.name = name;
  issuer.revocationAlgorithm = data.string("revocation_signature_algorithm");
  return shownIssuer(store, issuer);
}

const URL_LISTS = ["issuing_certificates", "crl_distribution_points", "ocsp_servers"] as const;
const NAME = new RegExp(`^${genericName("name")}$`);

/** (util.go: getIssuerName) */
function nameError(store: PkiStore, name: string, issuer: Issuer): string | undefined {
  if (name === "") return "expected non-empty issuer name";
  if (name.toLowerCase() === "default") return "reserved keyword 'default' can not be used as issuer name";
  if (!NAME.test(name)) return "issuer name contained invalid characters";
  return store.findIssuer(name) !== undefined && issuer.name !== name ? "issuer name already in use" : undefined;
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
