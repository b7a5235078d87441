/** Where on the page of checks a source stands. */
export interface CheckSection {
  /** As the journal calls the server. */
  readonly server: string;
  readonly title: string;
  readonly intro?: string;
  /** Files below `src`, or folders with a slash at their end, in the order in which the checks are run. */
  readonly files: readonly string[];
  /** Checks that are recorded where they happen, without a table. */
  readonly recorded?: readonly (readonly [id: string, doc: string])[];
}

export const CHECK_SECTIONS: readonly CheckSection[] = [
  {
    server: "every server with TLS",
    title: "ClientHello",
    files: ["transport/tls/admission.ts"],
    recorded: [["client-certificate", "A client certificate, where one is asked for, is sent and comes from the CA."]],
  },
  {
    server: "vault",
    title: "Access to a path",
    intro: "Vault's core, before a backend sees the request (vault/request_handling.go).",
    files: [],
    recorded: [
      ["rate-limit", "No more requests than the quota of the path allows (`sys/quotas/rate-limit`)."],
      ["cluster", "This server is its cluster's active node, or another answers for it (http/handler.go)."],
      ["seal", "Vault is initialised and unsealed."],
      ["path", "A path that is written to does not end in a slash."],
      ["token", "The request has a token that is known, not expired, not revoked and not used up."],
      ["token-bound-cidrs", "The request comes from an address that the token is bound to."],
      ["entity", "The token's entity is neither disabled nor deleted."],
      ["parameters", "The values fit their fields; Vault looks at this before the policies where a write may create."],
      ["policy", "The token's policies grant the capability on the path, with these parameters and this wrapping TTL."],
      ["sudo", "A path that Vault keeps for root is granted with `sudo`."],
      ["mount", "Something is mounted at the path."],
      ["wrapping-token", "What is unwrapped is a wrapping token that was not used before."],
    ],
  },
  {
    server: "vault",
    title: "Kubernetes login",
    intro:
      "In this order since plugin 0.13; before, claims and bindings came before the signature (vault-plugin-auth-kubernetes path_login.go).",
    files: [
      "vault/auth/kubernetes/checks.ts",
      "vault/auth/kubernetes/checks-signature.ts",
      "vault/auth/kubernetes/checks-claims.ts",
      "vault/auth/kubernetes/checks-times.ts",
      "vault/auth/kubernetes/checks-binding.ts",
      "vault/auth/kubernetes/checks-review.ts",
    ],
  },
  { server: "vault", title: "JWT login", files: ["vault/auth/jwt/"] },
  { server: "vault", title: "AppRole login", files: ["vault/auth/approle/"] },
  { server: "vault", title: "Userpass login", files: ["vault/auth/userpass/"] },
  { server: "vault", title: "TLS certificate login", files: ["vault/auth/cert/"] },
  {
    server: "vault",
    title: "PKI: sign and issue",
    files: ["vault/secrets/pki/"],
    recorded: [
      ["lifetime", "The certificate ends before its issuer does, unless `leaf_not_after_behavior` allows it."],
    ],
  },
  {
    server: "kubernetes",
    title: "Bearer tokens and TokenReview",
    intro:
      "The journal puts `bearer-` before an id where the token is the request's own, and `token-` where it is reviewed.",
    files: ["kubernetes/tokens/checks.ts"],
    recorded: [
      ["bearer", "The request has a bearer token; without one it is anonymous."],
      ["rbac", "A role that is bound to the user, or to a group of it, grants the verb on the resource."],
    ],
  },
  { server: "kubernetes", title: "TokenRequest", files: ["kubernetes/tokens/issue.ts"] },
  { server: "spire", title: "Callers of a socket", files: ["spire/agent.ts"] },
  {
    server: "spire",
    title: "Secret discovery",
    files: [],
    recorded: [
      ["validator-style", "All bundles in one validator are asked for only where the SPIFFE validator is used."],
      ["resource-name", "A name is a SPIFFE ID, a trust domain or an alias that the caller's view has."],
    ],
  },
  { server: "spire", title: "JWT-SVIDs", files: ["spire/workload/jwt.ts"] },
  { server: "spire", title: "ValidateJWTSVID", files: ["spire/workload/validate.ts"] },
  { server: "spire", title: "Delegated identity", files: ["spire/delegated.ts"] },
  {
    server: "istio-agent",
    title: "Secret discovery",
    files: [],
    recorded: [
      [
        "resource-name",
        "A name stands for files that are there; others need the mesh's CA, which a foreign workload socket turns off.",
      ],
    ],
  },
];

/** Objects with an `id` and a `doc` that are no checks. */
export const NOT_CHECKS = /^transport\/tls\/fronts\//;
