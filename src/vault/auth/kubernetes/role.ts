import type { BackendContext, BackendRequest, Field, Path } from "../../core/backend.js";
import { genericName, listReply } from "../../core/sdk.js";
import {
  DEPRECATED_FIELDS,
  deprecatedData,
  type DeprecatedParams,
  tokenData,
  tokenFields,
  type TokenParams,
} from "../token-params.js";
import { writeRole } from "./role-write.js";
import type { LabelSelector } from "./selector.js";

/** Who may log in with a role and what they get. (vault-plugin-auth-kubernetes: roleStorageEntry) */
export interface KubernetesRole {
  readonly names: readonly string[];
  /** `undefined` until they are set for the first time. */
  readonly namespaces: readonly string[] | undefined;
  readonly namespaceSelector: string;
  readonly labels: LabelSelector;
  readonly audience: string;
  /** Not Vault's: which audiences a token must meet one of, where the lab enforces it. */
  readonly boundAudiences: readonly string[];
  readonly aliasNameSource: string;
  readonly aliasMetadata: Readonly<Record<string, string>>;
  readonly token: TokenParams;
  readonly deprecated: DeprecatedParams;
}

/** Roles by lower-cased name. */
export type Roles = Map<string, KubernetesRole>;

/** `role` and `role/<name>`. */
export function rolePaths(context: BackendContext, roles: Roles): Path[] {
  const find = ({ data }: BackendRequest) => roles.get(data.string("name").toLowerCase());
  const write = (request: BackendRequest) => writeRole(context, roles, request);
  return [
    {
      pattern: "role/?",
      summary: "Lists all the roles registered with the backend.",
      paged: true,
      operations: { list: () => listReply(roles.keys()) },
    },
    {
      pattern: `role/${genericName("name")}`,
      summary: "Register an role with the backend.",
      fields: roleFields(context),
      exists: (request) => find(request) !== undefined,
      operations: {
        create: write,
        update: write,
        read: (request) => {
          const role = find(request);
          return role === undefined ? undefined : { data: roleData(context, role) };
        },
        delete: ({ data }) => {
          roles.delete(data.string("name").toLowerCase());
          return undefined;
        },
      },
    },
  ];
}

function roleFields(context: BackendContext): Record<string, Field> {
  return {
    name: { type: "string", description: "Name of the role" },
    bound_service_account_names: { type: "comma-list", description: "Service accounts that may log in; * for all" },
    bound_service_account_namespaces: { type: "comma-list", description: "Namespaces that may log in; * for all" },
    ...(context.quirk("kubernetes-namespace-selector") && {
      bound_service_account_namespace_selector: {
        type: "string",
        description: "Label selector of namespaces, JSON or YAML",
      },
    }),
    audience: { type: "string", description: "Audience that the token must have" },
    ...(context.boundAudiences === "enforce" && {
      bound_audiences: {
        type: "comma-list",
        description: "Audiences of which the token must have one; not in a real Vault",
      },
    }),
    alias_name_source: {
      type: "string",
      default: "serviceaccount_uid",
      description: "serviceaccount_uid or serviceaccount_name",
    },
    ...(context.quirk("role-has-alias-metadata") && {
      alias_metadata: { type: "key-values", description: "Metadata of the entity alias" },
    }),
    ...tokenFields(context),
    ...DEPRECATED_FIELDS,
  };
}

function roleData(context: BackendContext, role: KubernetesRole): Record<string, unknown> {
  const token = tokenData(role.token, context);
  return {
    bound_service_account_names: role.names,
    bound_service_account_namespaces: role.namespaces ?? null,
    ...(context.quirk("kubernetes-namespace-selector") && {
      bound_service_account_namespace_selector: role.namespaceSelector,
    }),
    ...(role.audience !== "" && { audience: role.audience }),
    ...(role.boundAudiences.length > 0 && { bound_audiences: role.boundAudiences }),
    ...(context.quirk("role-has-alias-metadata") && { alias_metadata: role.aliasMetadata }),
    alias_name_source: role.aliasNameSource,
    ...token,
    ...deprecatedData(role.deprecated, token),
  };
}
