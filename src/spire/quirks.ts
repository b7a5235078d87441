import { inRange, MistrustError, parseVersion, type Version } from "../runtime/index.js";

/** A named behaviour that only some releases of the SPIRE agent or server have. Ranges as in `>=1.2.4` (blank = and). */
export interface Quirk {
  readonly where: string;
  /** One sentence: what such a release does. */
  readonly says: string;
  readonly source: string;
}

export const QUIRKS = {
  "sds-unknown-names-are-dropped": {
    where: "<0.12.2",
    says: "SDS leaves names that it does not know out of its answer and says nothing.",
    source: "spiffe/spire CHANGELOG 0.12.2, #2020",
  },
  "sds-unknown-name-is-code-unknown": {
    where: "<1.0.2",
    says: "The refusal of a name has gRPC code 2 (Unknown).",
    source: "spiffe/spire sdsv3/handler.go; code InvalidArgument since 1.0.2, #2435",
  },
  "sds-refusal-prints-a-map": {
    where: "<1.3.0",
    says: "The refusal reads `unable to retrieve all requested identities, missing map[NAME:true]`.",
    source: "spiffe/spire #2916; recorded on 1.2.0",
  },
  "sds-spiffe-validator": {
    where: ">=1.0.2",
    says: "Bundles are sent as SPIFFE validator where the Envoy can use it, and there is a name for all bundles.",
    source: "spiffe/spire CHANGELOG 1.0.2, #2435 #2460",
  },
  "sds-validator-can-be-disabled": {
    where: ">=1.0.4 <1.1.0 || >=1.1.5 <1.2.0 || >=1.2.4",
    says: "`disable_spiffe_cert_validation` is read from the agent's configuration and from the node's metadata.",
    source: "spiffe/spire #3009 #3014 #3020",
  },
  "sds-keeps-node": {
    where: ">=1.8.5",
    says: "A request without node is answered as the earlier one with a node was.",
    source: "spiffe/spire #4611; before it, an ACK without node turned the validator off (#4608)",
  },
  "sds-validator-is-default": {
    where: ">=1.8.5",
    says: "An Envoy that does not tell its version gets the SPIFFE validator.",
    source: "spiffe/spire #4618",
  },
  "sds-logs-clean-close": {
    where: "<1.11.2",
    says: "A stream that the client ends leaves an error with the text <nil> in the log.",
    source: "spiffe/spire #5709, #5835",
  },
  "sds-v2": {
    where: "<1.7.0",
    says: "The v2 secret discovery service is there too.",
    source: "spiffe/spire #4444",
  },
  "sds-v2-deprecated": {
    where: ">=1.7.0 <1.8.0",
    says: "The v2 secret discovery service answers Unavailable, unless enable_deprecated_v2_api is set.",
    source: "spiffe/spire sdsv2/handler.go 1.7.0",
  },
  "attestation-failure-is-unavailable": {
    where: ">=1.15.2",
    says: "A caller that cannot be attested is refused with 14 `workload attestation failed`.",
    source: "spiffe/spire #7045; before it, failing attestors counted as no selectors",
  },
  "rate-limits": { where: ">=1.15.2", says: "Calls can be limited by selector set.", source: "spiffe/spire #6724" },
  "apis-can-be-disabled": {
    where: ">=1.15.3",
    says: "`disable_sds_api` and `disable_workload_api` leave a service out.",
    source: "spiffe/spire #7122",
  },
  health: { where: ">=1.0.0", says: "The socket serves grpc.health.v1.Health.", source: "spiffe/spire endpoints.go" },
  "health-list": {
    where: ">=1.12.1",
    says: "Health.List exists, unimplemented, instead of being an unknown method.",
    source: "recorded on 1.11.0 and 1.15.3; grpc-go has it since 1.72, SPIRE uses that since 1.12.1",
  },
  reflection: { where: ">=1.9.2", says: "The socket serves gRPC reflection.", source: "spiffe/spire endpoints.go" },
  "waits-for-half-close": {
    where: ">=1.13.1",
    says: "A server-streaming call is answered after the client's half-close, not after its message.",
    source: "recorded on 1.11.0 and 1.15.3; grpc-go does so since 1.75, SPIRE uses that since 1.13.1",
  },
  wit: {
    where: ">=1.15.2",
    says: "The WIT calls exist, unimplemented, instead of being unknown methods.",
    source: "spiffe/spire workload/handler.go 1.15.2",
  },
  hints: { where: ">=1.6.4", says: "Entries have hints.", source: "spiffe/spire #3993" },
  "hints-go-by-age": {
    where: ">=1.12.0",
    says: "Of entries with one hint the oldest is given; before, no agent knew their ages and the lowest id won.",
    source: "spiffe/spire #5764, entryOutputMask; recorded on 1.8.0 and 1.13.0",
  },
  "bundle-streams-skip-repeats": {
    where: ">=1.3.1",
    says: "The bundle streams send nothing when the message would be the same as the last one.",
    source: "spiffe/spire workload/handler.go 1.3.1; recorded on 1.2.0 and 1.11.0",
  },
  "jwt-svid-ttl": {
    where: ">=1.5.0",
    says: "JWT-SVIDs have a time to live of their own; before, the entry's one ttl held for both kinds.",
    source: "spiffe/spire CHANGELOG 1.5.0",
  },
  "ca-subject-has-serial": {
    where: ">=1.8.5",
    says: "The subject of the server's CA holds its serial number.",
    source: "spiffe/spire credtemplate/builder.go 1.8.5",
  },
  "ca-signs-digitally": {
    where: "<1.6.0",
    says: "The key usage of the server's CA includes digitalSignature.",
    source: "spiffe/spire ca/templates.go; recorded on 1.2.0",
  },
  "svid-subject-has-unique-id": {
    where: ">=1.4.2 <1.9.0",
    says: "The subject of an X509-SVID holds a x500UniqueIdentifier made from the SPIFFE ID.",
    source: "spiffe/spire #3367, #4862",
  },
  "jwt-validation-by-algorithm-list": {
    where: ">=1.9.6",
    says: "Refusals of a JWT name what could not be parsed, and the algorithms that are allowed.",
    source: "spiffe/spire jwtsvid/validate.go 1.9.6 (go-jose v4)",
  },
  "go-jose-prefixes-algorithm": {
    where: ">=1.9.6 <1.12.1",
    says: "go-jose puts its name before the complaint about an algorithm.",
    source: "recorded on 1.11.0 and 1.15.3; gone in go-jose 4.1.0, which SPIRE uses since 1.12.1",
  },
  "square-go-jose": {
    where: "<1.8.7",
    says: "Refusals of a JWT name square/go-jose.",
    source: "spiffe/spire jwtsvid/validate.go; recorded on 1.2.0",
  },
  "jwt-critical-header-is-not-named": {
    where: "<1.13.3",
    says: "A JWT with a critical header that is not understood is refused as one with a wrong signature.",
    source: "go-jose 4.1.3 signing.go, which SPIRE uses since 1.13.3; recorded on 1.13.0 and 1.15.3",
  },
  "jwk-without-kind-is-unknown": {
    where: "<1.13.1",
    says: "A JWK without `kty` in a JWT's header has an unknown type instead of none.",
    source: "go-jose 4.1.2 jwk.go, which SPIRE uses since 1.13.1; recorded on 1.13.0 and 1.15.3",
  },
  "jwt-needs-exp": {
    where: ">=1.11.3 <1.12.0 || >=1.12.3",
    says: "A JWT without exp is refused.",
    source: "spiffe/spire jwtsvid/validate.go",
  },
  "jwt-aud-is-always-a-list": {
    where: ">=1.8.7",
    says: "The claim aud of a validated JWT is a list even where the token has a string.",
    source: "spiffe/spire workload/handler.go 1.8.7; recorded on 1.2.0",
  },
  "delegated-identity": {
    where: ">=1.1.2",
    says: "The admin socket serves delegated identity.",
    source: "spiffe/spire pkg/agent/api",
  },
  "delegated-jwt": {
    where: ">=1.3.0",
    says: "Delegated identity has JWT-SVIDs and JWT bundles.",
    source: "spiffe/spire delegatedidentity/v1/service.go 1.3.0",
  },
  "delegated-jwt-of-anybody": {
    where: "<1.15.2",
    says: "Delegated identity gives JWT-SVIDs of admins and downstream servers away, whose X509-SVIDs it keeps.",
    source: "spiffe/spire #6972; recorded on 1.13.0 and 1.15.3",
  },
  "admin-passes-for-downstream": {
    where: ">=1.12.4 <1.14.4",
    says: "The server tells agents of each entry that it is a downstream server's if it is an admin's.",
    source: "spiffe/spire #6034, #6636; recorded on 1.13.0",
  },
  "delegated-by-pid": {
    where: ">=1.10.2",
    says: "Delegated identity takes selectors or a pid, and refuses neither and both.",
    source: "spiffe/spire delegatedidentity/v1/service.go 1.10.2",
  },
} as const satisfies Record<string, Quirk>;

export type QuirkId = keyof typeof QUIRKS;

/** The newest release whose behaviour was recorded. */
export const NEWEST = "1.15.3";

/** What a fake SPIRE pretends to be. */
export interface Release {
  readonly text: string;
  readonly version: Version;
}

/**
 * Reads `1.15.3`.
 * @throws MISTRUST_VERSION_UNKNOWN
 */
export function releaseOf(text: string): Release {
  const version = parseVersion(text);
  if (version === undefined || inRange(version, "<0.12.0")) {
    throw new MistrustError("MISTRUST_VERSION_UNKNOWN", `"${text}" is not a SPIRE release that can be emulated`, {
      remedy: `name one from 0.12.0 on, such as "${NEWEST}"`,
    });
  }
  return { text: version.join("."), version };
}

/** Does `release` behave as the quirk says? */
export function hasQuirk(release: Release, id: QuirkId): boolean {
  return inRange(release.version, QUIRKS[id].where);
}
