export { BACKENDS } from "./backends.js";
export type { BackendRegistry, BackendType } from "./core/core.js";
export { goOf } from "./built-with.js";
export { QUIRKS } from "./quirks.js";
export { hasQuirk, type Release, releaseOf } from "./release.js";
export { type ListenerStanza, listenersOf } from "./config-file.js";
export type { PodIdentity } from "./core/backend.js";
export { createVault, DEFAULT_VERSION, type Vault, type VaultOptions } from "./vault.js";
