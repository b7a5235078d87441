import { kubernetes } from "./auth/kubernetes/index.js";
import type { BackendRegistry, BackendType } from "./core/core.js";
import type { PluginName, Release } from "./release.js";
import { kv } from "./secrets/kv/index.js";

/** A plugin with a version of its own, or a part of Vault that has Vault's. */
function builtin(plugin?: PluginName): (release: Release) => string {
  return (release) => {
    if (plugin !== undefined && release.product === "vault") return `v${release.plugins[plugin].join(".")}+builtin`;
    return `v${release.text}+builtin.${release.product === "vault" ? "vault" : "bao"}`;
  };
}

/**
 * The types of backends that can be mounted, by the name that people give when they enable one. Those that a scenario rarely
 * needs, or that bring much code along, are loaded when the first of them is mounted.
 */
export const BACKENDS: BackendRegistry = {
  secrets: new Map<string, BackendType>([
    ["kv", { load: () => kv, runningVersion: builtin("kv") }],
    ["pki", { load: async () => (await import("./secrets/pki/index.js")).pki, runningVersion: builtin() }],
    ["transit", { load: async () => (await import("./secrets/transit/index.js")).transit, runningVersion: builtin() }],
  ]),
  auth: new Map<string, BackendType>([
    ["approle", { load: async () => (await import("./auth/approle/index.js")).approle, runningVersion: builtin() }],
    ["userpass", { load: async () => (await import("./auth/userpass/index.js")).userpass, runningVersion: builtin() }],
    ["kubernetes", { load: () => kubernetes, runningVersion: builtin("kubernetes") }],
    ["cert", { load: async () => (await import("./auth/cert/index.js")).cert, runningVersion: builtin() }],
    ["jwt", { load: async () => (await import("./auth/jwt/index.js")).jwt, runningVersion: builtin("jwt") }],
    ["oidc", { load: async () => (await import("./auth/jwt/index.js")).jwt, runningVersion: builtin("jwt") }],
  ]),
};
