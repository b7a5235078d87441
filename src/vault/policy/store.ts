import type { Clock } from "../../runtime/index.js";
import type { IdentityStore } from "../core/identity.js";
import { hasQuirk, type Release } from "../release.js";
import { Acl } from "./acl.js";
import { CONTROL_GROUP_POLICY, defaultPolicy, RESPONSE_WRAPPING_POLICY } from "./default-policy.js";
import { parsePolicy, type Policy, type PolicyDialect } from "./policy.js";
import { renderTemplate } from "./template.js";

/** Whose permissions are wanted. */
export interface AclSubject {
  readonly policies: readonly string[];
  readonly entityId: string;
}

/** What OpenBao keeps with a policy. */
export interface PolicyAbout {
  readonly version: number;
  readonly casRequired: boolean;
  /** Milliseconds since the epoch. */
  readonly expiration: number | undefined;
  readonly modified: number;
  readonly allowWildcards: boolean;
  readonly allowSlashes: boolean;
}

interface StoredPolicy {
  readonly text: string;
  readonly about: PolicyAbout;
  /** Read when first needed where the text is Vault's own: most labs only use root tokens, and all have to start. */
  policy?: Policy;
}

const UNTOLD: PolicyAbout = {
  version: 0,
  casRequired: false,
  expiration: undefined,
  modified: 0,
  allowWildcards: false,
  allowSlashes: false,
};
const NOTHING: Policy = { rules: [], templated: false };

/** The named ACL policies and the ACLs that tokens get from them. (vault/policy_store.go) */
export class PolicyStore {
  readonly #identity: IdentityStore;
  readonly #byElement: boolean;
  readonly #slashFirst: boolean;
  readonly #dialect: PolicyDialect;
  readonly #policies = new Map<string, StoredPolicy>();
  /** ACLs by policy names (and entity, where a policy is templated), until a policy or an entity changes. */
  readonly #acls = new Map<string, Acl>();
  #identityRevision = 0;

  constructor(identity: IdentityStore, release: Release, clock: Pick<Clock, "now"> = { now: () => 0 }) {
    this.#identity = identity;
    this.#byElement = hasQuirk(release, "policy-lists-are-compared-by-element");
    this.#slashFirst = hasQuirk(release, "lists-need-the-folder");
    this.#dialect = { openbao: hasQuirk(release, "paths-are-scanned"), now: () => clock.now() };
    const about = { ...UNTOLD, version: 1, modified: this.#dialect.now() };
    this.#policies.set("default", { text: defaultPolicy(release), about });
    this.#policies.set("response-wrapping", { text: RESPONSE_WRAPPING_POLICY, about });
    this.#policies.set("control-group", { text: CONTROL_GROUP_POLICY, about });
  }

  /** @throws PolicyError */
  set(name: string, text: string, about: Partial<PolicyAbout> = {}): void {
    const version = this.about(name).version + 1;
    const kept = { ...UNTOLD, ...about, version, modified: this.#dialect.now() };
    this.#policies.set(name, { text, policy: this.parse(text), about: kept });
    this.#acls.clear();
  }

  /** @throws PolicyError */
  parse(text: string, render?: (path: string) => string | undefined): Policy {
    return parsePolicy(text, render, this.#dialect);
  }

  delete(name: string): void {
    this.#policies.delete(name);
    this.#acls.clear();
  }

  has(name: string): boolean {
    return name === "root" || this.#get(name) !== undefined;
  }

  /** What is kept with the policy; version 0 where there is none. */
  about(name: string): PolicyAbout {
    return this.#get(name)?.about ?? UNTOLD;
  }

  /** The text as it was written; `root` has an empty one. */
  text(name: string): string | undefined {
    return name === "root" ? "" : this.#get(name)?.text;
  }

  /** Names as they are listed. */
  names(): string[] {
    const hidden = new Set(["response-wrapping", "control-group"]);
    const there = [...this.#policies.keys()].filter((name) => !hidden.has(name) && this.#get(name) !== undefined);
    return [...there.sort(), "root"];
  }

  acl(subject: AclSubject): Acl {
    if (this.#identityRevision !== this.#identity.revision) {
      this.#acls.clear();
      this.#identityRevision = this.#identity.revision;
    }
    const key =
      subject.entityId === "" ? subject.policies.join("\n") : `${subject.entityId}\n${subject.policies.join("\n")}`;
    let acl = this.#acls.get(key);
    if (acl === undefined) {
      acl = this.#build(subject);
      this.#acls.set(key, acl);
    }
    return acl;
  }

  /** A policy that has expired is gone. */
  #get(name: string): StoredPolicy | undefined {
    const known = this.#policies.get(name);
    const expiration = known?.about.expiration;
    if (expiration === undefined || expiration > this.#dialect.now()) return known;
    this.delete(name);
    return undefined;
  }

  #build({ policies, entityId }: AclSubject): Acl {
    const names = [...new Set([...policies, ...this.#identity.policiesOf(entityId)])];
    const entity = this.#identity.get(entityId);
    const groups = this.#identity.groupsOf(entityId);
    return new Acl(
      names.map((name) => {
        const known = this.#get(name.toLowerCase());
        if (known === undefined) return { name, policy: NOTHING };
        known.policy ??= this.parse(known.text);
        if (!known.policy.templated) return { name, policy: known.policy };
        return { name, policy: this.parse(known.text, (path) => renderTemplate(path, entity, groups)) };
      }),
      { byElement: this.#byElement, slashFirst: this.#slashFirst },
    );
  }
}
