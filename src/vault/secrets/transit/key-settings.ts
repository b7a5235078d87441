import type { BackendContext, BackendReply, BackendRequest, FieldData } from "../../core/backend.js";
import { isKeyType, Keyring } from "./keyring.js";

/** (builtin/logical/transit/path_keys.go pathPolicyWrite) */
export function createKey(context: BackendContext, keys: Map<string, Keyring>, { data }: BackendRequest): BackendReply {
  const type = data.string("type");
  const isSet = (name: string): boolean => data.has(name) && data.bool(name);
  const autoRotate = data.has("auto_rotate_period") ? data.number("auto_rotate_period") : 0;
  if (isTooSoon(autoRotate)) return { error: TOO_SOON };
  if (isSet("convergent_encryption") && !isSet("derived")) {
    return { error: "convergent encryption requires derivation to be enabled" };
  }
  if (!isKeyType(type)) return { error: `unknown key type ${type}` };
  const id = data.string("name");
  const known = keys.get(id);
  if (known !== undefined) return { data: known.shown(), warnings: [`key ${id} already existed`] };
  const ring = new Keyring(id, type, context.clock.now());
  ring.exportable = isSet("exportable");
  ring.allowPlaintextBackup = isSet("allow_plaintext_backup");
  ring.autoRotate = autoRotate;
  keys.set(id, ring);
  return { data: ring.shown() };
}

const TOO_SOON = "auto rotate period must be 0 to disable or at least an hour";

function isTooSoon(seconds: number): boolean {
  return seconds !== 0 && seconds < 3_600;
}

/** (builtin/logical/transit/path_keys_config.go) */
export function configureKey(ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  if (ring === undefined) return { error: `no existing key named ${data.string("name")} could be found` };
  const versions = minimums(ring, data);
  if ("error" in versions) return versions;
  const autoRotate = data.has("auto_rotate_period") ? data.number("auto_rotate_period") : ring.autoRotate;
  if (isTooSoon(autoRotate)) return { error: TOO_SOON };
  ring.minDecryption = versions.decryption;
  ring.minEncryption = versions.encryption;
  ring.autoRotate = autoRotate;
  if (data.has("deletion_allowed")) ring.deletionAllowed = data.bool("deletion_allowed");
  if (data.has("exportable")) ring.exportable ||= data.bool("exportable");
  if (data.has("allow_plaintext_backup")) ring.allowPlaintextBackup ||= data.bool("allow_plaintext_backup");
  return { data: ring.shown(), ...(versions.isForced && { warnings: [FORCED] }) };
}

const FORCED = "since Vault 0.3, transit key numbering starts at 1; forcing minimum to 1";

interface Minimums {
  readonly decryption: number;
  readonly encryption: number;
  readonly isForced: boolean;
}

function minimums(ring: Keyring, data: FieldData): Minimums | { readonly error: string } {
  const sent = (name: string, before: number): number => (data.has(name) ? data.number(name) : before);
  const decryption = sent("min_decryption_version", ring.minDecryption);
  const encryption = sent("min_encryption_version", ring.minEncryption);
  const isForced = decryption === 0;
  const wanted = { decryption: isForced ? 1 : decryption, encryption };
  for (const kind of ["decryption", "encryption"] as const) {
    const version = wanted[kind];
    if (version < 0) return { error: `min ${kind} version cannot be negative` };
    if (version > ring.latest) {
      return { error: `cannot set min ${kind} version of ${version}, latest key version is ${ring.latest}` };
    }
  }
  if (encryption > 0 && encryption < wanted.decryption) {
    const why = `min encryption version of ${encryption} must be greater than or equal to min decryption version of ${wanted.decryption}`;
    return { error: `cannot set min encryption/decryption values; ${why}` };
  }
  return { ...wanted, isForced };
}
