import { formatGoDuration, goQuote } from "../../../runtime/index.js";
import type { BackendContext, BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { logLine } from "../../log-line.js";
import {
  InvalidRole,
  NO_TOKEN_PARAMS,
  parseTokenFields,
  type TokenParams,
  upgradeTokenFields,
} from "../token-params.js";
import type { KubernetesRole, Roles } from "./role.js";
import { parseSelector } from "./selector.js";

const NEW_ROLE: KubernetesRole = {
  names: [],
  namespaces: undefined,
  namespaceSelector: "",
  labels: {},
  audience: "",
  boundAudiences: [],
  aliasNameSource: "",
  aliasMetadata: {},
  token: NO_TOKEN_PARAMS,
  deprecated: {},
};

/** A write to `role/<name>`: what is left out stays, and what a real Vault would warn of is said. */
export async function writeRole(context: BackendContext, roles: Roles, request: BackendRequest): Promise<BackendReply> {
  const name = request.data.string("name");
  try {
    const role = await mergeRole(context, request.data, roles.get(name.toLowerCase()) ?? NEW_ROLE);
    roles.set(name.toLowerCase(), role);
    const warnings = roleWarnings(context, name, role, request);
    return warnings.length === 0 ? undefined : { data: null, warnings };
  } catch (error) {
    if (error instanceof InvalidRole) return { error: error.message };
    throw error;
  }
}

/** The role after a write, validated in Vault's order. @throws InvalidRole */
async function mergeRole(context: BackendContext, data: FieldData, before: KubernetesRole): Promise<KubernetesRole> {
  const { params: token, deprecated } = upgradeTokenFields(
    data,
    parseTokenFields(data, before.token),
    before.deprecated,
  );
  checkSpans(context, token);
  const list = (name: string, kept: readonly string[] | undefined) => (data.has(name) ? data.list(name) : kept);
  const names = list("bound_service_account_names", before.names) ?? [];
  if (names.length === 0) throw new InvalidRole('"bound_service_account_names" can not be empty');
  refuseMixedStar(names);
  const namespaces = list("bound_service_account_namespaces", before.namespaces);
  const selector = await readSelector(context, data, namespaces);
  refuseMixedStar(namespaces ?? []);
  const aliasNameSource = aliasSource(data, before.aliasNameSource);
  return {
    names,
    namespaces,
    ...selector,
    audience: data.has("audience") ? data.string("audience") : before.audience,
    boundAudiences:
      context.boundAudiences === "enforce"
        ? (list("bound_audiences", before.boundAudiences) ?? [])
        : before.boundAudiences,
    aliasNameSource,
    aliasMetadata: aliasMetadata(context, data, before.aliasMetadata),
    token,
    deprecated,
  };
}

function checkSpans(context: BackendContext, token: TokenParams): void {
  const longest = context.maxLeaseTtl();
  if (token.period > longest) {
    const quoted = (seconds: number) => `'${goQuote(formatGoDuration(seconds * 1000))}'`;
    throw new InvalidRole(
      `token period of ${quoted(token.period)} is greater than the backend's maximum lease TTL of ${quoted(longest)}`,
    );
  }
  if (token.maxTtl > 0 && token.ttl > token.maxTtl)
    throw new InvalidRole("token ttl should not be greater than token max ttl");
}

function refuseMixedStar(values: readonly string[]): void {
  if (values.length > 1 && values.includes("*")) throw new InvalidRole('can not mix "*" with values');
}

/** The selector falls back to nothing on every write that does not send it. */
async function readSelector(
  context: BackendContext,
  data: FieldData,
  namespaces: readonly string[] | undefined,
): Promise<Pick<KubernetesRole, "namespaceSelector" | "labels">> {
  const none = (namespaces ?? []).length === 0;
  if (!context.quirk("kubernetes-namespace-selector")) {
    if (none) throw new InvalidRole('"bound_service_account_namespaces" can not be empty');
    return { namespaceSelector: "", labels: {} };
  }
  const namespaceSelector = data.string("bound_service_account_namespace_selector");
  if (none && namespaceSelector === "") {
    throw new InvalidRole(
      '"bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set',
    );
  }
  const labels = namespaceSelector === "" ? {} : await parseSelector(namespaceSelector);
  if (labels === undefined) throw new InvalidRole('invalid "bound_service_account_namespace_selector" configured');
  return { namespaceSelector, labels };
}

const ALIAS_SOURCES: readonly string[] = ["serviceaccount_uid", "serviceaccount_name"];

function aliasSource(data: FieldData, before: string): string {
  const sent = data.has("alias_name_source") ? data.string("alias_name_source") : undefined;
  const source =
    sent !== undefined && (sent !== "" || before !== "") ? sent : before !== "" ? before : "serviceaccount_uid";
  if (!ALIAS_SOURCES.includes(source)) {
    throw new InvalidRole(`invalid alias_name_source, must be one of: ${ALIAS_SOURCES.join(", ")}`);
  }
  return source;
}

function aliasMetadata(
  context: BackendContext,
  data: FieldData,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!context.quirk("role-has-alias-metadata") || !data.has("alias_metadata")) return before;
  return Object.fromEntries(Object.entries(data.map("alias_metadata")).map(([key, value]) => [key, String(value)]));
}

function roleWarnings(
  context: BackendContext,
  name: string,
  role: KubernetesRole,
  { exchange, data }: BackendRequest,
): string[] {
  const warnings: string[] = [];
  if (role.token.maxTtl > context.maxLeaseTtl()) {
    warnings.push(
      "max_ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL value will be truncated",
    );
  }
  const advice = role.audience.trim() === "" ? audienceAdvice(context) : undefined;
  if (advice !== undefined) {
    exchange.log(
      advice.level,
      logLine(`auth.kubernetes.${context.mount.accessor}`, `This role ${advice.text}`, { role_name: name }),
    );
    warnings.push(`Role ${name} ${advice.text}`);
  }
  if (data.has("bound_audiences") && role.boundAudiences.length > 0) warnings.push(BOUND_AUDIENCES_WARNING);
  return warnings;
}

const BOUND_AUDIENCES_WARNING =
  "mistrust enforces bound_audiences on this role. A real Vault's Kubernetes auth method has no such field: it would drop " +
  'it without a word and let tokens of any audience log in. Use "audience", or start the fake with boundAudiences: ignore.';

interface Advice {
  readonly level: "warn" | "debug";
  readonly text: string;
}

function audienceAdvice(context: BackendContext): Advice | undefined {
  if (context.quirk("kubernetes-audience-will-be-required")) {
    return {
      level: "warn",
      text: "does not have an audience. In Vault v1.21+, specifying an audience on roles will be required.",
    };
  }
  if (!context.quirk("kubernetes-audience-is-advised")) return undefined;
  return {
    level: context.quirk("kubernetes-audience-advice-is-logged-as-warning") ? "warn" : "debug",
    text: "does not have an audience configured. While audiences are not required, consider specifying one if your use case would benefit from additional JWT claim verification.",
  };
}
