/** A named behaviour that only some releases have. Ranges as in `>=1.12 <1.15`; a key that is absent never matches. */
export interface Quirk {
  readonly where: {
    readonly vault?: string;
    readonly openbao?: string;
    readonly kubernetes?: string;
    readonly jwt?: string;
    readonly kv?: string;
  };
  /** One sentence: what such a release does. */
  readonly says: string;
  readonly source: string;
}

export const QUIRKS = {
  // core
  "field-error-hides-value": {
    where: { vault: ">=1.16.20 <1.17 || >=1.17.16 <1.18 || >=1.18.9 <1.19 || >=1.19.3", openbao: "*" },
    says: "An error about a field that cannot be converted does not repeat the value.",
    source:
      "HCSEC-2025-09 (CVE-2025-4166); hashicorp/vault sdk/framework/field_data.go: with it in sdk v0.15.2, without in v0.16.0",
  },
  "conversion-error-hides-value": {
    where: { openbao: "*" },
    says: "The reason why a field cannot be converted does not repeat the value either.",
    source: "recorded with OpenBao 2.6",
  },
  "unknown-parameters-are-warned-of": {
    where: { vault: ">=1.11", openbao: "*" },
    says: "Parameters that a path does not know, and those that the path itself replaces, are named in the reply's warnings.",
    source: "hashicorp/vault PR 14962",
  },
  "reply-has-mount-type": {
    where: { vault: ">=1.16" },
    says: "Replies end with the mount_type of the mount that answered.",
    source: "absent from recorded 1.14.9, present in recorded 1.18; unverified for 1.16 and 1.17",
  },
  "tokens-are-signed": {
    where: { vault: ">=1.10" },
    says: "Service tokens are signed and begin with hvs.CAESI, batch tokens with hvb.; before, they began with s. and b.",
    source: "hashicorp/vault CHANGELOG 1.10.0; OpenBao kept the old form (recorded)",
  },
  "missing-token-is-400": {
    where: { vault: "<1.10" },
    says: "A request without a token is answered with 400 `missing client token` instead of 403.",
    source: "hashicorp/vault CHANGELOG 1.10.0",
  },
  "foreign-namespace-token-is-500": {
    where: { vault: "*" },
    says: "A token that names a namespace which does not exist fails with 500 instead of 403.",
    source: "recorded with 1.14.9 (500) and OpenBao 2.6 (403)",
  },
  "redirects-are-307": {
    where: { openbao: "*" },
    says: "Paths that need cleaning are redirected with 307 instead of 301.",
    source: "recorded with OpenBao 2.6",
  },
  "json-errors-are-explained": {
    where: { openbao: "*" },
    says: "A body that is not JSON is refused with the decoder's own words instead of `error parsing JSON`.",
    source: "recorded with OpenBao 2.6",
  },
  "json-errors-are-explained-too": {
    where: { vault: ">=1.20.3" },
    says: "A body that is not JSON is refused with `error parsing JSON` and after it the decoder's own words.",
    source: "hashicorp/vault v1.20.2 and v1.20.4, http/logical.go; unverified for 1.20.3 and older lines",
  },
  "json-is-checked-first": {
    where: { vault: ">=1.21" },
    says: "Bodies that begin as JSON are held to limits before anything else looks at them: what is not closed, twice there, too deep or too long is a 500.",
    source:
      "hashicorp/vault v1.21.4, http/util.go wrapJSONLimitsHandler; 1.20.3, CVE-2025-6203, has limits in other words",
  },
  "encoded-paths-are-kept": {
    where: { vault: ">=1.17" },
    says: "Dot segments behind an encoded slash are no reason for a redirect.",
    source: "Go 1.22 net/http, whose ServeMux cleans the path as it was sent; hashicorp/vault v1.17.6 go.mod",
  },
  "rekey-cancel-reads-a-body": {
    where: { vault: ">=1.20" },
    says: "Cancelling a rekey takes a JSON body with its nonce.",
    source: "hashicorp/vault v1.19.5 and v1.20.2, http/sys_rekey.go",
  },
  "health-has-more-codes": {
    where: { vault: ">=1.19" },
    says: "sys/health takes haunhealthycode and removedcode.",
    source: "hashicorp/vault v1.18.5 and v1.19.5, http/sys_health.go",
  },
  "resultant-acl-tells-chroot": {
    where: { vault: ">=1.15" },
    says: "sys/internal/ui/resultant-acl tells the chroot_namespace.",
    source: "hashicorp/vault v1.14.8 and v1.15.6, vault/logical_system.go",
  },
  "policy-lists-are-compared-by-element": {
    where: { vault: ">=1.21" },
    says: "A list that is sent keeps to a policy's parameters if each of its elements does; before, it had to be in there as a whole.",
    source: "hashicorp/vault v1.20.4 and v1.21.4, vault/acl.go",
  },
  "activity-counts-acme": {
    where: { vault: ">=1.17" },
    says: "sys/internal/counters/activity counts secret syncs and ACME clients, and keeps 48 months by default.",
    source: "hashicorp/vault v1.16.3 and v1.17.6, vault/activity_log.go; unverified: since when 48 months",
  },
  "ui-shows-effective-ttls": {
    where: { vault: ">=1.17" },
    says: "sys/internal/ui/mounts shows the lease times that hold, not 0 for the system's.",
    source: "hashicorp/vault v1.16.3 and v1.17.6, vault/logical_system.go mountInfo",
  },
  "plugins-have-artifacts": {
    where: { vault: ">=1.20" },
    says: "A plugin may be registered by its version alone.",
    source: "recorded: 1.14.8 and 1.21.4; unverified: since which release",
  },
  "namespaces-are-checked": {
    where: { openbao: "*" },
    says: "A namespace header that names no namespace is refused; a community Vault ignores it.",
    source: "recorded with OpenBao 2.6",
  },
  "has-namespaces": {
    where: { openbao: ">=2.3" },
    says: "Namespaces can be made; of Vault only Enterprise has them.",
    source: "OpenBao CHANGELOG 2.3.0",
  },
  "no-performance-standby": {
    where: { openbao: "*" },
    says: "sys/health does not speak of performance standbys.",
    source: "recorded with OpenBao 2.6",
  },
  "health-tells-more": {
    where: { vault: ">=1.17" },
    says: "sys/health also tells enterprise, echo_duration_ms, clock_skew_ms and replication_primary_canary_age_ms.",
    source: "replies of 1.18 and later in public files; unverified for 1.17",
  },
  "health-tells-removal": {
    where: { vault: ">=2.0.0" },
    says: "sys/health also tells removed_from_cluster.",
    source: "facts gathered from public replies of 2.0; unverified",
  },
  "ceremonies-need-a-token": {
    where: { openbao: "*" },
    says: "Generating a root token and rekeying are not open to strangers.",
    source: "recorded with OpenBao 2.6",
  },
  "encoded-dots-are-refused": {
    where: { openbao: "*" },
    says: "Dot segments behind an encoded slash are refused with 400 instead of being cleaned away.",
    source: "recorded with OpenBao 2.6",
  },
  "invalid-token-is-named": {
    where: { vault: ">=1.17.0" },
    says: "An unknown token is refused with two errors, `permission denied` and `invalid token`, instead of one.",
    source: "hashicorp/vault CHANGELOG 1.17.0, GH-25953",
  },
  "audience-error-is-500": {
    where: { kubernetes: "<0.15" },
    says: "A failed audience, issuer, time or algorithm check answers 500 instead of 403.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.15.0, PR 179",
  },
  // audit devices
  "audit-devices-are-declared": {
    where: { openbao: ">=2.3.2" },
    says: "Audit devices come from the server's configuration; the API enables none.",
    source: "recorded with OpenBao 2.6; OpenBao CHANGELOG 2.3.2, CVE-2025-54997",
  },
  "audit-options-are-checked": {
    where: { vault: ">=1.17" },
    says: "What is wrong with an audit device's options is called an invalid configuration, and options of Enterprise are refused.",
    source: "hashicorp/vault v1.16.3 and v1.17.6, audit/backend_file.go and others",
  },
  "audit-prefix-is-forbidden": {
    where: { vault: ">=1.20.2" },
    says: "A file device takes a prefix only where the server's configuration allows it.",
    source: "hashicorp/vault v1.19.5 and v1.20.4, allow_audit_log_prefixing; unverified: which of 1.20.0 to 1.20.4",
  },
  "audit-has-default-headers": {
    where: { vault: ">=1.17" },
    says: "Audit entries hold correlation-id, x-correlation-id and user-agent without being told to.",
    source: "hashicorp/vault CHANGELOG 1.17.0, GH-26777; unverified: which release added which of the three",
  },
  "audit-keys-are-sorted": {
    where: { vault: ">=1.18" },
    says: "The keys of an audit entry stand in the order of the alphabet.",
    source: "hashicorp/vault audit/types.go; unverified: since which release",
  },
  "audit-time-is-first": {
    where: { vault: ">=2.0.0" },
    says: "An audit entry begins with its time, whatever the order of the other keys.",
    source: "hashicorp/vault audit/types.go of 2026; unverified: since which release",
  },
  // vault-plugin-auth-kubernetes
  "token-sudo-paths-are-exact": {
    where: { vault: ">=1.15" },
    says: "auth/token/revoke-orphan needs sudo like other root paths, so that a policy without it is refused with 403; before, the token store itself refused with 400.",
    source: "hashicorp/vault v1.14.8 and v1.15.0, vault/token_store.go PathsSpecial",
  },
  "kubernetes-claims-before-signature": {
    where: { kubernetes: "<0.13" },
    says: "Issuer, audience, namespace and name are checked before the signature, each failure a 500 in the old wording, and without pem_keys nobody looks at the times.",
    source: "vault-plugin-auth-kubernetes v0.12.0, path_login.go parseAndValidateJWT",
  },
  "kubernetes-binding-error-is-500": {
    where: { kubernetes: "<0.12.1" },
    says: "A namespace or name that the role does not admit is a 500 instead of a 403.",
    source: "vault-plugin-auth-kubernetes v0.12.1, path_login.go parseAndValidateJWT",
  },
  "kubernetes-default-issuer-is-enforced": {
    where: { kubernetes: "<0.13" },
    says: "With disable_iss_validation=false and no issuer, tokens must come from kubernetes/serviceaccount; later releases check nothing then.",
    source: "vault-plugin-auth-kubernetes v0.12.0 and v0.13.0, path_login.go parseAndValidateJWT",
  },
  "kubernetes-connections-outlive-the-config": {
    where: { kubernetes: ">=0.13" },
    says: "Kept-alive connections to the API server are used after another CA was configured; only new ones are judged by it.",
    source: "vault-plugin-auth-kubernetes v0.12.1 and v0.13.0, token_review.go Review and backend.go updateTLSConfig",
  },
  "kubernetes-issuer-is-validated-by-default": {
    where: { kubernetes: "<0.11" },
    says: "disable_iss_validation is false unless it is set.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.11.0",
  },
  "kubernetes-login-failure-is-logged-as-error": {
    where: { kubernetes: "<0.13" },
    says: "Why a TokenReview refused a login is logged at error level; later releases log it at debug level only.",
    source: "vault-plugin-auth-kubernetes v0.12.0, path_login.go pathLogin",
  },
  "kubernetes-namespace-before-name": {
    where: { kubernetes: "<0.18" },
    says: "The namespace is checked before the service account's name.",
    source: "vault-plugin-auth-kubernetes v0.17.1 and v0.18.0, path_login.go parseAndValidateJWT",
  },
  "kubernetes-namespace-selector": {
    where: { kubernetes: ">=0.18" },
    says: "A role may admit namespaces by label selector.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.18.0",
  },
  "kubernetes-annotations-as-alias-metadata": {
    where: { kubernetes: ">=0.18", openbao: "<0" },
    says: "The config has use_annotations_as_alias_metadata.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.18.0",
  },
  "kubernetes-reviewer-must-be-a-jwt": {
    where: { kubernetes: "<0.17.1" },
    says: "A token_reviewer_jwt that does not parse as a JWT is refused with the parser's own words.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.17.1",
  },
  "kubernetes-ca-must-be-pem": {
    where: { kubernetes: ">=0.19", openbao: "<0" },
    says: "A kubernetes_ca_cert without a PEM block is refused; earlier releases take it and log a warning.",
    source: "vault-plugin-auth-kubernetes v0.19.0, path_config.go pathConfigWrite",
  },
  "kubernetes-system-ca-pool": {
    where: { kubernetes: ">=0.19", openbao: "<0" },
    says: "Without a CA and with disable_local_ca_jwt the system's CA pool is trusted.",
    source: "vault-plugin-auth-kubernetes v0.19.0, backend.go updateTLSConfig",
  },
  "kubernetes-local-ca-needs-a-substitute": {
    where: { kubernetes: ">=0.11 <0.19", openbao: "*" },
    says: "disable_local_ca_jwt=true without kubernetes_ca_cert is refused.",
    source: "vault-plugin-auth-kubernetes v0.18.0, path_config.go pathConfigWrite",
  },
  "kubernetes-local-ca-is-read-on-write": {
    where: { kubernetes: ">=0.13" },
    says: "Writing a config without a CA reads the pod's own CA file at once and fails outside a pod.",
    source: "vault-plugin-auth-kubernetes v0.13.0, path_config.go pathConfigWrite",
  },
  "kubernetes-unreadable-local-ca-is-400": {
    where: { kubernetes: ">=0.14.1" },
    says: "That failure is a 400; in 0.13 and 0.14.0 it is a 500.",
    source: "vault-plugin-auth-kubernetes v0.14.1, path_config.go pathConfigWrite",
  },
  "kubernetes-algorithms-are-listed": {
    where: { kubernetes: ">=0.20" },
    says: "PS256, PS384 and PS512 are accepted, and without pem_keys any other algorithm than RS, ES and PS is refused when the token is parsed.",
    source: "vault-plugin-auth-kubernetes v0.20.0, path_login.go allowedSigningAlgs",
  },
  "kubernetes-es384-is-forgotten": {
    where: { kubernetes: ">=0.13 <0.14" },
    says: "ES384 is missing in the list of algorithms (RS384 stands there twice).",
    source: "vault-plugin-auth-kubernetes v0.13.0, path_login.go supportedJwtAlgs",
  },
  "kubernetes-review-asks-for-the-role-audience": {
    where: { kubernetes: ">=0.15" },
    says: "The TokenReview asks for the role's audience where there is one, and one of those asked for must come back.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.15.0, PR 179",
  },
  "kubernetes-review-has-creation-timestamp": {
    where: { kubernetes: "<0.22.4", openbao: "<0" },
    says: 'The TokenReview\'s metadata is {"creationTimestamp":null}; with k8s.io/apimachinery 0.34 it is {}.',
    source: "recorded: plugins 0.14.1, 0.16.0, 0.22.2 against 0.23.1, 0.24.1; go.mod of v0.22.4",
  },
  "kubernetes-audience-will-be-required": {
    where: { kubernetes: ">=0.20.1 <0.21 || >=0.21.1 <0.22 || >=0.22.2 <0.22.3" },
    says: "Writing or using a role without audience warns that Vault 1.21 will require one (which it did not).",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.22.2, GH-301",
  },
  "kubernetes-audience-is-advised": {
    where: { kubernetes: ">=0.22.3" },
    says: "Writing a role without audience answers with a warning that recommends one.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.23.0, PR 330",
  },
  "kubernetes-audience-advice-is-logged-as-warning": {
    where: { kubernetes: ">=0.22.3 <0.22.4 || >=0.23.0 <0.23.1" },
    says: "That recommendation is logged at warn level instead of debug.",
    source: "vault-plugin-auth-kubernetes CHANGELOG 0.23.1, PR 336",
  },
  "role-has-alias-metadata": {
    where: { kubernetes: ">=0.24", jwt: ">=0.26.1" },
    says: "Roles have a field alias_metadata.",
    source: "recorded: auth-kubernetes 0.24.1, auth-jwt 0.26.1",
  },
  "jose-is-square-with-keys": {
    where: { kubernetes: "<0.16" },
    says: "Errors of the JWT library begin with square/go-jose where the plugin has keys to verify with.",
    source: "vault-plugin-auth-kubernetes go.mod: hashicorp/cap v0.3.0 since v0.16.0",
  },
  "jose-is-square-without-keys": {
    where: { kubernetes: "<0.19" },
    says: "Errors of the JWT library begin with square/go-jose where the plugin only parses.",
    source: "vault-plugin-auth-kubernetes go.mod: go-jose since v0.19.0",
  },
  "jwt-has-jwks-pairs": {
    where: { jwt: ">=0.20" },
    says: "Several JWKS URLs can be configured (`jwks_pairs`), and errors about a JWKS name its URL.",
    source: "vault-plugin-auth-jwt CHANGELOG 0.20.0; recorded: auth-jwt 0.26.1",
  },
  "jwt-may-overlook-extensions": {
    where: { jwt: ">=0.24" },
    says: "The config has unsupported_critical_cert_extensions.",
    source: "vault-plugin-auth-jwt v0.16.0 and v0.24.1, path_config.go; unverified for the releases in between",
  },
  "jwt-remote-algorithms-are-listed": {
    where: { jwt: ">=0.20.3" },
    says: "Where keys are behind a URL, a token of an algorithm other than RS, ES, PS and EdDSA is called malformed.",
    source:
      "coreos/go-oidc v3.10.0 with go-jose 4, in go.mod of vault-plugin-auth-jwt v0.20.3; unverified for 0.17 to 0.20.2",
  },
  "jwt-string-audience-must-be-bound": {
    where: { vault: ">=1.15.9 <1.16 || >=1.16.3 <1.17", jwt: ">=0.20.3", openbao: "*" },
    says: "A token whose audience is a plain string needs a role with bound_audiences too, not only one with a list.",
    source: "vault-plugin-auth-jwt CHANGELOG 0.20.3, PR 295; hashicorp/vault #27343",
  },
  "jwt-numbers-are-compared": {
    where: { jwt: ">=0.17", openbao: "*" },
    says: "Bound claims may be numbers; 0.16 refuses a number claim as neither string nor list.",
    source: "recorded: auth-jwt 0.16.0 against 0.26.1; the release in between is unverified",
  },
  "kv-remembers-who": {
    where: { kv: ">=0.25" },
    says: "Metadata says who made, deleted and last changed a version: created_by, deleted_by, last_updated_by.",
    source: "vault-plugin-secrets-kv CHANGELOG 0.25.0, PR 206",
  },
  "users-are-locked-out": {
    where: { vault: ">=1.13", openbao: "*" },
    says: "Five failed logins in a row lock a user of userpass, or a role id of approle, for 15 minutes.",
    source: "hashicorp/vault CHANGELOG 1.13.0, user lockout",
  },
  "approle-names-missing-role-id": {
    where: { openbao: "*" },
    says: "A login without a role id fails with 500 `missing role_id` instead of `failed to determine alias name from login request`.",
    source: "recorded with Vault 1.14.9 and OpenBao 2.6",
  },
  "lockout-tells-case-apart": {
    where: {
      vault: ">=1.13 <1.16.24 || >=1.17 <1.18.13 || >=1.19 <1.19.8 || >=1.20 <1.20.2",
      openbao: "<2.3.2",
    },
    says: "Failed logins of a userpass user are counted by the name as it was sent, so that another spelling is not locked out.",
    source:
      "HCSEC-2025-16 (CVE-2025-6004); hashicorp/vault v1.20.0 and v1.21.4, builtin/credential/userpass/path_login.go",
  },
  "userpass-password-may-be-hashed": {
    where: { vault: ">=1.17" },
    says: "A user may be created with a password_hash, and errors name both fields.",
    source: "hashicorp/vault v1.16.0 and v1.17.0, builtin/credential/userpass/path_users.go",
  },
  "userpass-missing-password-is-invalid": {
    where: { vault: ">=1.18" },
    says: "A login without a password is refused with 400 `invalid credentials` instead of 500 `missing password`.",
    source: "hashicorp/vault v1.17.0 and v1.18.0, builtin/credential/userpass/path_login.go",
  },
  "userpass-takes-password-hash": {
    where: { openbao: "*" },
    says: "A user may be created with a password_hash, and the error about neither says so.",
    source: "recorded with OpenBao 2.6",
  },
  "kubernetes-config-tells-of-reviewer": {
    where: { kubernetes: ">=0.18" },
    says: "Reading the config tells whether a reviewer token is set.",
    source: "vault-plugin-auth-kubernetes v0.18.0, path_config.go pathConfigRead",
  },
  "kubernetes-keys-of-any-kind": {
    where: { openbao: "*" },
    says: "A pem_keys entry without a key is refused without naming RSA and ECDSA.",
    source: "recorded with OpenBao 2.6",
  },
  "decoding-errors-are-plain": {
    where: { openbao: "*" },
    says: "Claims of the wrong type are reported in the words of mapstructure 2.",
    source: "recorded with OpenBao 2.6",
  },
  "jwt-roles-have-callbacks": {
    where: { openbao: "*" },
    says: "JWT roles have callback_mode, oauth2_metadata, oidc_disable_confirmation and token_policies_template_claims.",
    source: "recorded with OpenBao 2.6",
  },
  "cert-has-ocsp": {
    where: { vault: ">=1.13", openbao: "*" },
    says: "Certificate roles have settings for OCSP, and the method's config a size for its cache.",
    source: "hashicorp/vault CHANGELOG 1.13.0, GH-17093",
  },
  "cert-failures-are-one-text": {
    where: { vault: ">=1.18" },
    says: "A certificate that no role takes is refused with one text, whatever the reason.",
    source: "hashicorp/vault v1.17.0 and v1.18.0, builtin/credential/cert/path_login.go certAuthFailMsg",
  },
  "cert-ocsp-has-ages-and-retries": {
    where: { vault: ">=1.16" },
    says: "Roles have ocsp_this_update_max_age and ocsp_max_retries, and the method's config role_cache_size.",
    source: "hashicorp/vault v1.15.0 and v1.16.0, builtin/credential/cert/path_certs.go and path_config.go",
  },
  "cert-metadata-on-failures": {
    where: { vault: ">=1.19" },
    says: "The method's config has enable_metadata_on_failures.",
    source: "hashicorp/vault v1.18.0 and v1.19.0, builtin/credential/cert/path_config.go",
  },
  "cert-roles-bind-organizations": {
    where: { vault: ">=1.21" },
    says: "Roles have allowed_organizations.",
    source:
      "hashicorp/vault v1.20.0 and v1.21.4, builtin/credential/cert/path_certs.go; unverified for the releases in between",
  },
  "cert-renewal-needs-both-key-ids": {
    where: { vault: ">=1.21" },
    says: "A renewal must show a certificate with both the subject's and the authority's key id of the login; before, one of them did.",
    source:
      "hashicorp/vault v1.20.0 and v1.21.4, builtin/credential/cert/path_login.go pathLoginRenew; unverified for the releases in between",
  },
  "cert-login-errors-are-short": {
    where: { openbao: "*" },
    says: "A refused certificate login does not list what was tried, and a request without TLS is told the same as one without a certificate.",
    source: "recorded with OpenBao 2.6",
  },
  "pki-is-openbaos": {
    where: { openbao: "*" },
    says: "PKI roles have bounds on a certificate's times, IP ranges and globs in templates; replies tell not_before; a request may choose the key under a role for any key.",
    source: "recorded with OpenBao 2.6",
  },
  "pki-roles-choose-serial-numbers": {
    where: { vault: ">=1.19" },
    says: "PKI roles say with serial_number_source whether a CSR may bring the subject's serial number.",
    source: "hashicorp/vault CHANGELOG 1.19.0, GH-29369",
  },
  "pki-signature-bits-fit-the-issuer": {
    where: { vault: ">=1.21.3" },
    says: "A PKI role's signature_bits are checked against its issuer's key instead of the role's key type, key sizes that do not fit are a 500, and an empty issuer_ref stays empty.",
    source: "hashicorp/vault v1.21.2 and v1.21.3, builtin/logical/pki/path_roles.go validateRole",
  },
  "pki-names-authority-keys": {
    where: { vault: ">=1.21.1" },
    says: "Replies with a certificate tell its authority_key_id, and a certificate must not begin before its issuer, nor end before it begins.",
    source: "hashicorp/vault v1.21.0 and v1.21.1, builtin/logical/pki path_issue_sign.go, issuing/issue_common.go",
  },
  "pki-has-metadata": {
    where: { vault: ">=1.17" },
    says: "Requests for certificates may have cert_metadata, which only Vault Enterprise keeps.",
    source: "hashicorp/vault v1.16.0 and v1.17.0, builtin/logical/pki/path_issue_sign.go",
  },
  "pki-intermediates-do-not-outlive": {
    where: { vault: ">=1.17" },
    says: "The life of a signed intermediate is cut to its issuer's, or goes by the issuer's behaviour where the request asks for that.",
    source: "hashicorp/vault v1.16.0 and v1.17.0, builtin/logical/pki/path_root.go",
  },
  "pki-constrains-all-names": {
    where: { vault: ">=1.19" },
    says: "Authorities may be constrained in all kinds of names, not only permitted DNS domains.",
    source: "hashicorp/vault CHANGELOG 1.19.0, GH-29245",
  },
  "pki-authorities-have-key-usages": {
    where: { vault: ">=1.18.8 <1.19 || >=1.19.2" },
    says: "Generating and signing authorities knows key_usage, and warns of what is wrong in it, even if nothing is.",
    source: "hashicorp/vault CHANGELOG 1.18.8 and 1.19.2, GH-30034",
  },
  "pki-limits-revocation-lists": {
    where: { vault: ">=1.19" },
    says: "The settings of revocation have max_crl_entries.",
    source: "hashicorp/vault CHANGELOG 1.19.0, GH-28654",
  },
  "pki-issuers-tell-of-templating": {
    where: { vault: ">=1.19" },
    says: "An issuer without URLs of its own tells enable_aia_url_templating, too.",
    source: "hashicorp/vault v1.18.0 and v1.19.0, builtin/logical/pki/path_fetch_issuers.go",
  },
  "pki-tells-of-delta-lists": {
    where: { vault: ">=1.20", openbao: "*" },
    says: "Certificates may say where delta revocation lists are: delta_crl_distribution_points.",
    source: "hashicorp/vault v1.19.0 and v1.20.0, builtin/logical/pki/path_config_urls.go",
  },
  "pki-tidies-after-start": {
    where: { vault: ">=1.18" },
    says: "Tidying by the clock waits for a random while after a start: min_ and max_startup_backoff_duration.",
    source: "hashicorp/vault CHANGELOG 1.18.0, GH-28488",
  },
  "pki-acme-limits-lifetimes": {
    where: { vault: ">=1.17" },
    says: "The settings of ACME have max_ttl.",
    source: "hashicorp/vault v1.16.0 and v1.17.0, builtin/logical/pki/path_config_acme.go",
  },
  "pki-manual-chains-are-tried": {
    where: { vault: ">=1.19" },
    says: "No manual chain can be set on an issuer that issues certificates: the attempt to issue one with it always fails.",
    source:
      "hashicorp/vault v1.18.0 and v1.19.0, builtin/logical/pki/path_fetch_issuers.go issueSignEmptyCert; tried with 1.21.4",
  },
  "pki-warns-twice": {
    where: { vault: ">=1.16" },
    says: "A TTL that is cut is warned of twice, and what is no PEM is called so when a self-issued certificate is signed.",
    source:
      "hashicorp/vault v1.14.8 and v1.16.0, builtin/logical/pki path_issue_sign.go, path_root.go; unverified for 1.15",
  },
  "pki-takes-constraints-of-requests": {
    where: { vault: ">=1.21.1" },
    says: "sign-verbatim takes over a CSR's basic constraints, and refuses those of an authority.",
    source: "hashicorp/vault sdk v0.9.2 and v0.21.0, helper/certutil signCertificate; unverified between",
  },
  "transit-keys-have-chains": {
    where: { vault: ">=1.15" },
    says: "Transit's signing keys may have certificate chains, which are shown and exported.",
    source: "hashicorp/vault v1.14.8 and v1.16.0, builtin/logical/transit/path_keys.go; unverified for 1.15",
  },
  "transit-keys-may-be-hybrid": {
    where: { vault: ">=1.19" },
    says: "Transit knows of hybrid and post-quantum keys, which only Vault Enterprise has; encrypting may make RSA keys; inputs that are no base64 are refused in other words.",
    source:
      "hashicorp/vault v1.18.0 and v1.19.0, builtin/logical/transit path_keys.go, path_sign_verify.go; unverified which release lets encrypting make RSA keys",
  },
  "transit-knows-cmacs": {
    where: { vault: ">=1.17" },
    says: "Transit's verify speaks of CMACs, too, where it says what is missing.",
    source: "hashicorp/vault v1.16.0 and v1.17.0, builtin/logical/transit/path_sign_verify.go",
  },
  "transit-batches-tell-validity": {
    where: { vault: ">=1.16.22 <1.17 || >=1.17.18 <1.18 || >=1.18.11 <1.19 || >=1.19.6" },
    says: "Batches of HMACs tell of every element whether it is valid, even of those that failed.",
    source: "hashicorp/vault CHANGELOG 1.20.0, 1.19.6, 1.18.11 and 1.17.18, GH-30852; unverified for 1.16",
  },
  "transit-pads-rsa": {
    where: { vault: ">=1.19" },
    says: "Transit's RSA encryption has a padding_scheme.",
    source: "hashicorp/vault CHANGELOG 1.19.0, GH-25486",
  },
  "roles-bind-addresses-strictly": {
    where: { openbao: "*" },
    says: "Roles have a field token_strictly_bind_ip.",
    source: "recorded with OpenBao 2.6",
  },
  "lists-have-pages": {
    where: { openbao: "*" },
    says: "Many lists take after and limit and answer with a part.",
    source: "OpenBao CHANGELOG 2.0.0, paginated lists",
  },
  "paths-are-scanned": {
    where: { openbao: ">=2.2" },
    says: "SCAN, or GET with scan=true, lists a folder of KV with all below it, for which policies have a capability; KV version 2 has detailed-metadata.",
    source: "OpenBao CHANGELOG 2.2.0, GH-763 and GH-766",
  },
  "lists-need-the-folder": {
    where: { openbao: ">=2.6" },
    says: "Whether a folder may be listed is decided by the rule for its path with the slash, before the one for the path without.",
    source: "OpenBao CHANGELOG 2.6.0, GH-3389",
  },
  "policies-have-versions": {
    where: { openbao: ">=2.3" },
    says: "Policies have versions with check-and-set, may expire, and can be patched.",
    source: "OpenBao CHANGELOG 2.3.1, GH-1142 and GH-1162; PATCH and what templates may hold since 2.6",
  },
  "namespaces-tell-their-state": {
    where: { openbao: "*" },
    says: "A namespace tells its uuid, and whether it is locked or being removed; its metadata is patched; names that are reserved or taken are refused.",
    source: "OpenBao 2.6, vault/logical_system_namespaces.go",
  },
  "control-groups-are-unknown": {
    where: { openbao: "*" },
    says: "The default policy allows neither the old sys/renew nor asking for control groups, and there is no sys/replication/status.",
    source: "tried with OpenBao 2.6",
  },
  "leases-tell-their-path": {
    where: { openbao: ">=2.6" },
    says: "Looking up a lease also tells its path; the older paths of leases without sys/leases are gone.",
    source: "OpenBao CHANGELOG 2.6.0, GH-1906, and 2.5.4, GH-3152",
  },
  "quotas-may-be-inherited": {
    where: { openbao: "*" },
    says: "Rate limit quotas tell whether child namespaces inherit them.",
    source: "tried with OpenBao 2.6; unverified: since which release",
  },
  "transit-keys-are-soft-deleted": {
    where: { openbao: "*" },
    says: "Transit keys tell whether they are soft-deleted.",
    source: "tried with OpenBao 2.6; unverified: since which release",
  },
  "kv-takes-any-path": {
    where: { openbao: "*" },
    says: "A slash at the end of a KV version 2 data path is part of the secret's name.",
    source: "tried with OpenBao 2.6",
  },
  "jwt-config-tells-its-state": {
    where: { openbao: "*" },
    says: "The JWT method's config tells whether its keys could be loaded, and has override_allowed_server_names and skip_jwks_validation.",
    source: "OpenBao 2.6, builtin/credential/jwt/path_config.go",
  },
  "kv-guards-metadata": {
    where: { openbao: "*" },
    says: "KV version 2 has check-and-set for metadata: metadata_cas_required and current_metadata_version.",
    source: "recorded with OpenBao 2.6",
  },
  "kv-v1-knows-its-parameters": {
    where: { kv: "<0.17" },
    says: "Reading a KV version 1 path with parameters warns of them, and two dots in a path that is read are a 500 instead of a 400.",
    source: "vault-plugin-secrets-kv v0.15.0 and v0.17.0, passthrough.go",
  },
  "kv-patches-need-an-object": {
    where: { vault: "<1.21" },
    says: "Patching KV version 2 data with null fails with 500 `Invalid JSON Patch`; later releases store null.",
    source:
      "hashicorp/vault go.mod: evanphx/json-patch v5.6.0 in v1.20.0, v5.9.11 in v1.21.0; tried with 1.14.8 and 1.21.4",
  },
  "kv-takes-dots-in-paths": {
    where: { openbao: "*" },
    says: "Two dots inside a KV version 1 path do no harm unless they make a segment of their own.",
    source: "recorded with OpenBao 2.6",
  },
} as const satisfies Record<string, Quirk>;

export type QuirkId = keyof typeof QUIRKS;
