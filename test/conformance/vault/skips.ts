const OPENBAO = "what OpenBao's own plugin does differently comes with the issue about that method";

/** Conversations that need parts of Vault which are not built yet, by area or by id; the reason is printed. */
export const SKIPS: Readonly<Record<string, string>> = {
  "openbao/approle-login": OPENBAO,
  "openbao/cert-login-errors": OPENBAO,
  "openbao/cert-no-roles": OPENBAO,
  "openbao/cert-self-signed-pinned": OPENBAO,
  "openbao/jwt-login-bound-claims-number": OPENBAO,
  "openbao/jwt-login-bound-claims-object": OPENBAO,
  "openbao/jwt-role-crud": OPENBAO,
  "openbao/pki-issue": OPENBAO,
  "openbao/pki-sign-role-variants": OPENBAO,
  "openbao/userpass-users": OPENBAO,
};

/** Why a conversation is not replayed; `undefined` for those that are. */
export function skipReason(id: string): string | undefined {
  return SKIPS[id] ?? SKIPS[id.split("/")[0] ?? ""];
}
