import type { IdentityStore } from "../core/identity.js";
import { hasQuirk, type Release } from "../release.js";
import { Acl } from "./acl.js";
import { CONTROL_GROUP_POLICY, DEFAULT_POLICY, RESPONSE_WRAPPING_POLICY } from "./default-policy.js";
import { parsePolicy, type Policy } from "./policy.js";
import { renderTemplate } from "./template.js";

/** Whose permissions are wanted. */
export interface AclSubject {
  readonly policies: readonly string[];
  readonly entityId: string;
}

interface StoredPolicy {
  readonly text: string;
  /** Read when first needed where the text is Vault's own: most labs only use root tokens, and all have to start. */
  policy?: Policy;
}

const NOTHING: Policy = { rules: [], templated: false };

/** The named ACL policies and the ACLs that tokens get from them. (vault/policy_store.go) */
export class PolicyStore {
  readonly #identity: IdentityStore;
  readonly #byElement: boolean;
  readonly #policies = new Map<string, StoredPolicy>();
  /** ACLs by policy names (and entity, where a policy is templated), until a policy or an entity changes. */
  readonly #acls = new Map<string, Acl>();
  #identityRevision = 0;

  constructor(identity: IdentityStore, release: Release) {
    this.#identity = identity;
    this.#byElement = hasQuirk(release, "policy-lists-are-compared-by-element");
    this.#policies.set("default", { text: DEFAULT_POLICY });
    this.#policies.set("response-wrapping", { text: RESPONSE_WRAPPING_POLICY });
    this.#policies.set("control-group", { text: CONTROL_GROUP_POLICY });
  }

  /** @throws PolicyError */
  set(name: string, text: string): void {
    this.#policies.set(name, { text, policy: parsePolicy(text) });
    this.#acls.clear();
  }

  delete(name: string): void {
    this.#policies.delete(name);
    this.#acls.clear();
  }

  has(name: string): boolean {
    return name === "root" || this.#policies.has(name);
  }

  /** The text as it was written; `root` has an empty one. */
  text(name: string): string | undefined {
    return name === "root" ? "" : this.#policies.get(name)?.text;
  }

  /** Names as they are listed. */
  names(): string[] {
    const hidden = new Set(["response-wrapping", "control-group"]);
    return [...[...this.#policies.keys()].filter((name) => !hidden.has(name)).sort(), "root"];
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

  #build({ policies, entityId }: AclSubject): Acl {
    const names = [...new Set([...policies, ...this.#identity.policiesOf(entityId)])];
    const entity = this.#identity.get(entityId);
    const groups = this.#identity.groupsOf(entityId);
    return new Acl(
      names.map((name) => {
        const known = this.#policies.get(name.toLowerCase());
        if (known === undefined) return { name, policy: NOTHING };
        known.policy ??= parsePolicy(known.text);
        if (!known.policy.templated) return { name, policy: known.policy };
        return { name, policy: parsePolicy(known.text, (path) => renderTemplate(path, entity, groups)) };
      }),
      this.#byElement,
    );
  }
}
