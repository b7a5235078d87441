import type { Backend, BackendContext, BackendFactory } from "../../core/backend.js";
import { passthrough } from "./passthrough.js";
import { versioned } from "./versioned.js";

/**
 * Vault's key/value store: version 2 where the mount's options say so, else version 1. (hashicorp/vault-plugin-secrets-kv)
 * @see https://developer.hashicorp.com/vault/docs/secrets/kv
 */
export const kv: BackendFactory = (context: BackendContext): Backend =>
  context.mount.options?.version === "2" ? versioned(context) : passthrough(context);
