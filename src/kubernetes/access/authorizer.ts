import { goQuote } from "../../runtime/index.js";
import { type KubernetesObject, objectsAt, textAt, textsAt } from "../objects.js";
import { RESOURCES } from "../resources.js";
import { notFound } from "../status.js";
import type { ObjectStore } from "../store.js";
import type { User } from "../tokens/authenticator.js";
import type { PolicyRule } from "./bootstrap-roles.js";

/** What somebody wants to do, in RBAC's terms. */
export interface Attributes {
  readonly verb: string;
  /** Off the API: the path. Then all of the rest is left out. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface Authorization {
  readonly allowed: boolean;
  /** Which binding allows it, or which role could not be found; empty where nothing applies. */
  readonly reason: string;
}

/** Roles and bindings of a cluster. (plugin/pkg/auth/authorizer/rbac) */
export class Authorizer {
  readonly #objects: ObjectStore;
  #revision = -1;
  #clusterWide: readonly Binding[] = [];
  #namespaced = new Map<string, readonly Binding[]>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  authorize(user: User, wanted: Attributes): Authorization {
    if (user.groups.includes("system:masters")) return { allowed: true, reason: "" };
    this.#refresh();
    const missing = new Set<string>();
    for (const binding of this.#bindings(wanted.namespace ?? "")) {
      const subject = binding.subjects.find((candidate) => candidate.covers(user));
      if (subject === undefined) continue;
      if (binding.rules === undefined) missing.add(binding.missing);
      else if (binding.rules.some((rule) => allows(rule, wanted))) {
        return { allowed: true, reason: `RBAC: allowed by ${binding.text} to ${subject.text}` };
      }
    }
    return { allowed: false, reason: missing.size === 0 ? "" : `RBAC: ${aggregate(missing)}` };
  }

  /** All that somebody may do in a namespace, and the error about roles that are not there. */
  rulesFor(user: User, namespace: string): { readonly rules: readonly PolicyRule[]; readonly error: string } {
    this.#refresh();
    const missing = new Set<string>();
    const rules: PolicyRule[] = [];
    for (const binding of this.#bindings(namespace)) {
      if (!binding.subjects.some((candidate) => candidate.covers(user))) continue;
      if (binding.rules === undefined) missing.add(binding.missing);
      else rules.push(...binding.rules);
    }
    return { rules, error: aggregate(missing) };
  }

  *#bindings(namespace: string): Iterable<Binding> {
    yield* this.#clusterWide;
    if (namespace === "") return;
    let bindings = this.#namespaced.get(namespace);
    if (bindings === undefined) {
      bindings = this.#objects
        .list(RESOURCES.roleBinding, namespace)
        .map((object) => readBinding(object, this.#objects));
      this.#namespaced.set(namespace, bindings);
    }
    yield* bindings;
  }

  #refresh(): void {
    if (this.#revision === this.#objects.revision) return;
    this.#revision = this.#objects.revision;
    this.#clusterWide = this.#objects
      .list(RESOURCES.clusterRoleBinding)
      .map((object) => readBinding(object, this.#objects));
    this.#namespaced = new Map();
  }
}

/** Several errors as one. (apimachinery/pkg/util/errors aggregate) */
function aggregate(errors: ReadonlySet<string>): string {
  const [first = ""] = errors;
  return errors.size < 2 ? first : `[${[...errors].join(", ")}]`;
}

interface Subject {
  readonly text: string;
  covers(user: User): boolean;
}

interface Binding {
  readonly text: string;
  readonly subjects: readonly Subject[];
  /** Absent where the role is. */
  readonly rules: readonly PolicyRule[] | undefined;
  /** The error about the absent role. */
  readonly missing: string;
}

function readBinding(binding: KubernetesObject, objects: ObjectStore): Binding {
  const kind = textAt(binding, "roleRef", "kind");
  const name = textAt(binding, "roleRef", "name");
  const namespace = binding.metadata.namespace ?? "";
  const resource = kind === "Role" ? RESOURCES.role : RESOURCES.clusterRole;
  const role = objects.get(resource, namespace, name);
  const title = binding.metadata.name + (namespace === "" ? "" : `/${namespace}`);
  return {
    text: `${binding.kind} ${goQuote(title)} of ${kind} ${goQuote(name)}`,
    subjects: objectsAt(binding, "subjects").map((subject) => readSubject(subject, namespace)),
    rules: role === undefined ? undefined : objectsAt(role, "rules").map(readRule),
    missing: notFound({ ...resource, plural: resource.kind.toLowerCase() }, name).message,
  };
}

function readSubject(subject: unknown, bindingNamespace: string): Subject {
  const kind = textAt(subject, "kind");
  const name = textAt(subject, "name");
  if (kind === "ServiceAccount") {
    const namespace = textAt(subject, "namespace") || bindingNamespace;
    const username = `system:serviceaccount:${namespace}:${name}`;
    return { text: `ServiceAccount ${goQuote(`${name}/${namespace}`)}`, covers: (user) => user.username === username };
  }
  return {
    text: `${kind} ${goQuote(name)}`,
    covers: (user) => (kind === "Group" ? user.groups.includes(name) : kind === "User" && user.username === name),
  };
}

function readRule(rule: unknown): PolicyRule {
  return {
    verbs: textsAt(rule, "verbs"),
    apiGroups: textsAt(rule, "apiGroups"),
    resources: textsAt(rule, "resources"),
    resourceNames: textsAt(rule, "resourceNames"),
    nonResourceURLs: textsAt(rule, "nonResourceURLs"),
  };
}

/** (pkg/apis/rbac/v1/evaluation_helpers.go) */
function allows(rule: PolicyRule, wanted: Attributes): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  if (wanted.path !== undefined)
    return (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, wanted.path ?? ""));
  const { resource = "", subresource = "", name = "" } = wanted;
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, wanted.group ?? "") &&
    (has(rule.resources, combined) || (subresource !== "" && (rule.resources ?? []).includes(`*/${subresource}`))) &&
    (names.length === 0 || names.includes(name))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, "")));
}

/** Who cannot do what, as a 403 words it. (endpoints/handlers/responsewriters/errors.go forbiddenMessage) */
export function refusalText(user: User, wanted: Attributes): string {
  const who = goQuote(user.username);
  if (wanted.path !== undefined) return `User ${who} cannot ${wanted.verb} path ${goQuote(wanted.path)}`;
  const { resource = "", subresource = "", group = "", namespace = "" } = wanted;
  const what = goQuote(subresource === "" ? resource : `${resource}/${subresource}`);
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace ${goQuote(namespace)}`;
  return `User ${who} cannot ${wanted.verb} resource ${what} in API group ${goQuote(group)} ${scope}`;
}
