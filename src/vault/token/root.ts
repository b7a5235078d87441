import type { Core } from "../core/core.js";

/** The root token that initialisation hands out: it never ends, has no lease and no parent. @returns the token */
export function initialRoot(core: Core): string {
  const token = core.tokens.create({
    type: "service",
    path: "auth/token/root",
    policies: ["root"],
    displayName: "root",
    meta: null,
    ttl: 0,
    renewable: false,
    unleased: true,
  });
  return token?.id ?? "";
}

/** A dev server's root token under the name that was asked for: an ordinary created one. */
export function devRoot(core: Core, id: string): string {
  const token = core.tokens.create({
    type: "service",
    id,
    path: "auth/token/create",
    policies: ["root"],
    displayName: "token",
    meta: null,
    ttl: 0,
    renewable: false,
  });
  return token?.id ?? "";
}
