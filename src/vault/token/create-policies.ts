import { goQuoteList } from "../../runtime/index.js";
import type { FieldData } from "../core/backend.js";
import { type Creator, Refused } from "./creator.js";
import type { StoredToken } from "./entry.js";
import { globFits, sanitizePolicies } from "./policies.js";
import type { TokenRole } from "./roles.js";

/**
 * The policies of a new token, by what was asked for, the role and the parent. (vault/token_store.go: handleCreateCommon)
 * @throws Refused
 */
export function creatorPolicies(data: FieldData, role: TokenRole | undefined, creator: Creator): string[] {
  const asked = data.list("policies");
  const noDefault = data.bool("no_default_policy");
  const policies =
    role !== undefined && isRestricted(role)
      ? byRole(asked, noDefault, role, creator.parent)
      : byParent(asked, noDefault, creator);
  return noDefault ? policies.filter((name) => name !== "default") : policies;
}

function isRestricted(role: TokenRole): boolean {
  const lists = [role.allowedPolicies, role.disallowedPolicies, role.allowedPoliciesGlob, role.disallowedPoliciesGlob];
  return lists.some((list) => list.length > 0);
}

function byParent(asked: readonly string[], noDefault: boolean, { parent, sudo }: Creator): string[] {
  if (asked.length === 0) return sanitizePolicies(parent.policies, false);
  if (sudo) return sanitizePolicies(asked, !noDefault);
  const known = new Set(sanitizePolicies(parent.policies, false));
  if (!sanitizePolicies(asked, false).every((name) => known.has(name)))
    throw new Refused("child policies must be subset of parent");
  return sanitizePolicies(asked, !noDefault && parent.policies.includes("default"));
}

function byRole(asked: readonly string[], noDefault: boolean, role: TokenRole, parent: StoredToken): string[] {
  const isIn = (name: string, list: readonly string[], globs: readonly string[]): boolean =>
    list.includes(name) || globs.some((glob) => globFits(glob, name));
  const addDefault =
    !noDefault && !role.noDefaultPolicy && !isIn("default", role.disallowedPolicies, role.disallowedPoliciesGlob);
  let policies = asked.length === 0 ? [] : sanitizePolicies(asked, addDefault);
  if (role.allowedPolicies.length > 0 || role.allowedPoliciesGlob.length > 0) {
    const allowed = sanitizePolicies(role.allowedPolicies, addDefault);
    const globs = sanitizePolicies(role.allowedPoliciesGlob, false);
    if (policies.length === 0) policies = allowed;
    else if (!policies.every((name) => isIn(name, allowed, globs))) {
      const [p, a, g] = [policies, allowed, globs].map(goQuoteList);
      throw new Refused(
        `token policies (${p ?? ""}) must be subset of the role's allowed policies (${a ?? ""}) or glob policies (${g ?? ""})`,
      );
    }
  } else if (policies.length === 0) policies = sanitizePolicies(parent.policies, addDefault);
  const bad = policies.find((name) => isIn(name, role.disallowedPolicies, role.disallowedPoliciesGlob));
  if (bad !== undefined) throw new Refused(`token policy "${bad}" is disallowed by this role`);
  return policies;
}
