import { goQuote } from "../../runtime/index.js";
import type { BackendReply, BackendRequest } from "../core/backend.js";
import { VaultError } from "../core/backend.js";
import { type Core, coreQuirk } from "../core/core.js";
import { encodeJson } from "../core/json.js";
import type { Mounted, MountEntry } from "../core/mounts.js";
import type { Acl, Permissions } from "../policy/index.js";
import type { SysPaths } from "./context.js";
import { mountView, shownPath } from "./mount-view.js";

/** `internal/ui/*`: what the UI and the CLI ask before they ask. (vault/logical_system.go: pathInternalUI…) */
export const internalUiPaths: SysPaths = (core) => [
  {
    pattern: "internal/ui/mounts",
    operations: { read: (request) => mounts(core(), request) },
    summary: "Mounts that the caller may see",
  },
  {
    pattern: "internal/ui/mounts/(?<path>.+)",
    fields: { path: { type: "string" } },
    operations: { read: (request) => mountOf(core(), request) },
    summary: "The mount behind a path",
  },
  {
    pattern: "internal/ui/namespaces",
    operations: {
      read: (request) => {
        if (tokenSent(request) === "") throw new VaultError(500, "client token empty");
        return { data: { keys: [""] } };
      },
    },
    summary: "Namespaces of the caller",
  },
  {
    pattern: "internal/specs/openapi",
    fields: { context: { type: "string" }, generic_mount_paths: { type: "bool", default: false } },
    operations: { read: (request) => document(core(), request), update: (request) => document(core(), request) },
    summary: "Generate an OpenAPI 3 document of all mounted paths.",
  },
  {
    pattern: "internal/ui/resultant-acl",
    operations: { read: (request) => resultantAcl(core(), request) },
    summary: "What the caller may do, path by path",
  },
];

/** These paths need no token, and check one themselves if there is one. */
function aclOf(core: Core, request: BackendRequest): Acl | undefined {
  const sent = tokenSent(request);
  const token = request.token === undefined ? undefined : core.tokens.lookup(request.token.id);
  if (token !== undefined) return core.policies.acl(token);
  if (sent === "") return undefined;
  throw new VaultError(403, "permission denied");
}

function tokenSent({ headers }: BackendRequest): string {
  return headers["x-vault-token"] ?? headers.authorization ?? "";
}

/** The mounts that the caller may know of. */
function visible(core: Core, acl: Acl | undefined): Mounted[] {
  return core.mounts
    .list()
    .filter(({ mount }) => mount.tune.listingVisibility === "unauth" || acl?.hasAccessBelow(mount.path) === true);
}

/** What of the API the caller may see. (vault/logical_system.go: pathInternalOpenAPI) */
async function document(core: Core, request: BackendRequest): Promise<BackendReply> {
  const { openApi } = await import("../core/openapi.js");
  const shown = visible(core, aclOf(core, request)).map(({ mount, framework }) => ({
    mount,
    backend: framework.backend,
  }));
  const body = encodeJson(openApi(shown, core.release.text));
  return { raw: { status: 200, contentType: "application/json", body } };
}

function mounts(core: Core, request: BackendRequest): BackendReply {
  const acl = aclOf(core, request);
  const [secret, auth]: Record<string, unknown>[] = [{}, {}];
  for (const { mount } of visible(core, acl)) {
    const view = acl === undefined ? strangerView(mount) : uiView(core, mount);
    Object.assign((mount.class === "auth" ? auth : secret) ?? {}, { [shownPath(mount)]: view });
  }
  return { data: { secret, auth } };
}

function uiView(core: Core, mount: MountEntry): Record<string, unknown> {
  const view = mountView(core, mount);
  if (!coreQuirk(core, "ui-shows-effective-ttls")) return view;
  const ttls = {
    default_lease_ttl: core.mounts.defaultLeaseTtl(mount),
    max_lease_ttl: core.mounts.maxLeaseTtl(mount),
  };
  return { ...view, config: { ...(view.config as Readonly<Record<string, unknown>>), ...ttls } };
}

function strangerView({ type, description, options }: MountEntry): Record<string, unknown> {
  return { type, description, options };
}

function mountOf(core: Core, request: BackendRequest): BackendReply {
  const path = `${request.data.string("path").replace(/^\/+|\/+$/g, "")}/`;
  const acl = aclOf(core, request);
  if (acl === undefined) throw new VaultError(403, "permission denied");
  const mounted = core.mounts.match(path);
  if (mounted === undefined || !acl.hasAccessBelow(mounted.mount.path)) {
    const words = "preflight capability check returned 403, please ensure client's policies grant access to path";
    return { error: `${words} ${goQuote(path)}`, status: 403 };
  }
  return { data: { ...uiView(core, mounted.mount), path: shownPath(mounted.mount) } };
}

function resultantAcl(core: Core, request: BackendRequest): BackendReply {
  const acl = aclOf(core, request);
  if (acl === undefined) return undefined;
  const chroot = coreQuirk(core, "resultant-acl-tells-chroot") ? { chroot_namespace: "" } : {};
  if (acl.root) return { data: { root: true, ...chroot } };
  return { data: { root: false, exact_paths: shown(acl.exact), glob_paths: shown(acl.prefixes), ...chroot } };
}

const ORDER = ["create", "delete", "list", "read", "sudo", "update", "patch", "scan"] as const;

function shown(rules: ReadonlyMap<string, Permissions>): Record<string, unknown> {
  return Object.fromEntries([...rules].map(([path, permissions]) => [path, permissionView(permissions)]));
}

function permissionView({
  deny,
  capabilities,
  allowed,
  denied,
  required,
  minWrapTtl,
  maxWrapTtl,
}: Permissions): Record<string, unknown> {
  const names = ORDER.filter((name) => capabilities.has(name));
  return {
    capabilities: deny || names.length === 0 ? ["deny"] : names,
    ...(minWrapTtl !== 0 && { min_wrapping_ttl: minWrapTtl }),
    ...(maxWrapTtl !== 0 && { max_wrapping_ttl: maxWrapTtl }),
    ...(allowed.size > 0 && { allowed_parameters: Object.fromEntries(allowed) }),
    ...(denied.size > 0 && { denied_parameters: Object.fromEntries(denied) }),
    ...(required.length > 0 && { required_parameters: required }),
  };
}
