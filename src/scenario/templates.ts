import { MistrustError, nearest } from "../runtime/index.js";

/** One name that may stand in `{{…}}`. */
export interface TemplateName {
  /** What it stands for, one sentence; the reference page shows it. */
  readonly doc: string;
  /** What follows the name after a dot, where something must. */
  readonly argument?: string;
  /** The part of the world that it comes from. */
  readonly of: "vault" | "kubernetes" | "spire" | "istio" | "lab";
}

/** Every name that may stand in `{{…}}`. */
export const TEMPLATES = {
  "vault.url": { of: "vault", doc: "Vault's address as clients use it, https://127.0.0.1:PORT" },
  "vault.host": { of: "vault", doc: "Vault's HOST:PORT" },
  "vault.port": { of: "vault", doc: "Vault's port, for an address by another name: https://localhost:PORT" },
  "vault.ca": { of: "vault", doc: "PEM of the CA that Vault's certificate comes from" },
  "vault.ca.base64": { of: "vault", doc: "The same in base64, as caBundle wants it" },
  "vault.ca.base64Twice": { of: "vault", doc: "That in base64 once more, as a caBundle holds it by mistake" },
  "vault.ca.quoted": {
    of: "vault",
    doc: "The PEM on one line with its line breaks escaped, as Go quotes it in messages",
  },
  "vault.token": { of: "vault", doc: "Vault's root token" },
  "kubernetes.url": { of: "kubernetes", doc: "The API server's address, https://127.0.0.1:PORT" },
  "kubernetes.host": { of: "kubernetes", doc: "The API server's HOST:PORT" },
  "kubernetes.ca": { of: "kubernetes", doc: "PEM of the CA that the API server's certificate comes from" },
  "kubernetes.ca.base64": { of: "kubernetes", doc: "The same in base64" },
  "kubernetes.issuer": { of: "kubernetes", doc: "The issuer of service account tokens" },
  "kubernetes.key": { of: "kubernetes", doc: "PEM of the public key that service account tokens are signed with" },
  "kubernetes.token": {
    of: "kubernetes",
    doc: "A token of that service account for the API server's own audience, valid for a year",
    argument: "NAMESPACE/NAME",
  },
  "kubernetes.shortToken": {
    of: "kubernetes",
    doc: "The same as `kubectl create token` makes it, valid for an hour",
    argument: "NAMESPACE/NAME",
  },
  "spire.socket": { of: "spire", doc: "Path of the workload socket" },
  "spire.url": { of: "spire", doc: "The workload socket as SPIFFE_ENDPOINT_SOCKET has it, unix:///…" },
  "spire.adminSocket": { of: "spire", doc: "Path of the admin socket of the first workload that has one" },
  "spire.trustDomain": { of: "spire", doc: "The trust domain's name" },
  "spire.bundle": { of: "spire", doc: "PEM of the trust domain's CA" },
  "istio.certificate": {
    of: "istio",
    doc: "PEM of a certificate for example.com, for a file in the proxy's container",
  },
  "istio.key": { of: "istio", doc: "PEM of its private key" },
  "istio.ca": { of: "istio", doc: "PEM of the CA that it comes from" },
  "lab.time": { of: "lab", doc: "The lab's time, as 2026-11-23T12:00:00Z" },
  "lab.clientCa": { of: "lab", doc: "PEM of a CA for client certificates, which signs nothing else" },
  "lab.clientCertificate": { of: "lab", doc: "PEM of a client certificate from that CA" },
  "lab.clientKey": { of: "lab", doc: "PEM of its key" },
  "lab.strangerCa": { of: "lab", doc: "PEM of a CA that nobody in the lab trusts" },
  "lab.strangerCa.base64": { of: "lab", doc: "The same in base64" },
  "lab.strangerCertificate": { of: "lab", doc: "PEM of a client certificate from the stranger's CA" },
  "lab.strangerKey": { of: "lab", doc: "PEM of its key" },
} as const satisfies Record<string, TemplateName>;

export type TemplateId = keyof typeof TEMPLATES;

/** Where the values come from. `undefined` means that this world has no such thing. */
export type TemplateLookup = (name: TemplateId, argument: string) => string | undefined;

/** One `{{…}}` in a text. */
export interface TemplateUse {
  /** As written between the braces, trimmed. */
  readonly text: string;
  readonly name: TemplateId | undefined;
  readonly argument: string;
  /** Where in the text it starts. */
  readonly at: number;
}

/** Not what Vault's templated policies (`identity.`) and Go's templates (`.`) have between their braces. */
const BRACES = /\{\{\s*(?!identity\.|[.\s}])([^{}]*?)\s*\}\}/g;

/** The templates in a text, known or not. */
export function templatesIn(text: string): TemplateUse[] {
  if (!text.includes("{{")) return [];
  return Array.from(text.matchAll(BRACES), (match) => ({ ...read(match[1] ?? ""), at: match.index }));
}

/**
 * A copy of `value` with each template in its strings (keys too) replaced.
 * @throws MISTRUST_TEMPLATE_UNKNOWN for a name that is not in the table, or that this world has no value for
 */
export function resolve<T>(value: T, lookup: TemplateLookup): T {
  // Only strings change, and strings stay strings, so the shape is the same.
  return walk(value, lookup) as T;
}

/** Why `use` cannot be resolved, by the table alone; `undefined` if it can. */
export function templateProblem(use: TemplateUse): { readonly sentence: string; readonly remedy: string } | undefined {
  if (use.name === undefined) {
    const close = nearest(use.text, Object.keys(TEMPLATES));
    return {
      sentence: `unknown template {{${use.text}}}`,
      remedy: close === undefined ? `known are ${Object.keys(TEMPLATES).join(", ")}` : `did you mean {{${close}}}?`,
    };
  }
  const { argument }: TemplateName = TEMPLATES[use.name];
  if (argument === undefined || use.argument !== "") return undefined;
  return { sentence: `{{${use.text}}} lacks its ${argument}`, remedy: `write {{${use.name}.${argument}}}` };
}

function read(text: string): Omit<TemplateUse, "at"> {
  if (isTemplate(text)) return { text, name: text, argument: "" };
  for (const name of Object.keys(TEMPLATES).filter(isTemplate)) {
    const { argument }: TemplateName = TEMPLATES[name];
    if (argument !== undefined && text.startsWith(`${name}.`))
      return { text, name, argument: text.slice(name.length + 1) };
  }
  return { text, name: undefined, argument: "" };
}

function isTemplate(text: string): text is TemplateId {
  return Object.hasOwn(TEMPLATES, text);
}

function walk(value: unknown, lookup: TemplateLookup): unknown {
  if (typeof value === "string") return fill(value, lookup);
  if (Array.isArray(value)) return value.map((item) => walk(item, lookup));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [fill(key, lookup), walk(item, lookup)]));
}

function fill(text: string, lookup: TemplateLookup): string {
  if (!text.includes("{{")) return text;
  return text.replace(BRACES, (_, inner: string) => {
    const use = { ...read(inner), at: 0 };
    const problem = templateProblem(use);
    const found = use.name === undefined || problem !== undefined ? undefined : lookup(use.name, use.argument);
    if (found !== undefined) return found;
    throw new MistrustError(
      "MISTRUST_TEMPLATE_UNKNOWN",
      problem?.sentence ?? `{{${inner}}} has no value in this world`,
      {
        remedy: problem?.remedy ?? `add the part of the world that it names, or take it out`,
      },
    );
  });
}
