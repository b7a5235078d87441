import {
  type BackendContext,
  type BackendReply,
  type BackendRequest,
  type FieldData,
  VaultError,
} from "../../core/backend.js";
import { KEY_KINDS, supports } from "./key-types.js";
import { Keyring, type LateFields } from "./keyring.js";

/** What one transit mount keeps. */
export interface TransitStore {
  readonly context: BackendContext;
  readonly keys: Map<string, Keyring>;
  /** May encrypting make a key that is not there? */
  upserts: boolean;
}

/** What the release tells of each public key beyond the key itself. */
export function lateFields({ context }: TransitStore): LateFields {
  return {
    ...(context.quirk("transit-keys-have-chains") && { certificate_chain: "" }),
    ...(context.quirk("transit-keys-may-be-hybrid") && { hybrid_public_key: "" }),
  };
}

export function shownKey(store: TransitStore, ring: Keyring, context: Buffer = Buffer.alloc(0)): BackendReply {
  return { data: { ...ring.shown(lateFields(store), context), ...softDeleted(store) } };
}

/** unverified: that nothing here can soft-delete a key */
function softDeleted({ context }: TransitStore): Readonly<Record<string, unknown>> {
  return context.quirk("transit-keys-are-soft-deleted") ? { soft_deleted: false } : {};
}

/** How a key shall be made. */
export interface KeyRequest {
  readonly name: string;
  readonly type: string;
  readonly derived: boolean;
  readonly convergent: boolean;
  readonly keySize: number;
}

/** Of Vault Enterprise; what it wants of them is not looked at. */
const ENTERPRISE = ["aes128-cmac", "aes192-cmac", "aes256-cmac", "aes128-cbc", "aes256-cbc"];
const HMAC_SIZES = [32, 512] as const;

/** Writing a key makes it, or leaves the one that is there alone. (builtin/logical/transit/path_keys.go pathPolicyWrite) */
export async function writeKey(store: TransitStore, { data }: BackendRequest): Promise<BackendReply> {
  const wanted: KeyRequest = {
    name: data.string("name"),
    type: data.string("type"),
    derived: data.bool("derived"),
    convergent: data.bool("convergent_encryption"),
    keySize: data.number("key_size"),
  };
  const autoRotate = data.number("auto_rotate_period");
  if (isTooSoon(autoRotate)) return { error: TOO_SOON };
  if (wanted.convergent && !wanted.derived) {
    return { error: "convergent encryption requires derivation to be enabled" };
  }
  const isNew = !store.keys.has(wanted.name);
  const ring = await createKey(store, wanted);
  if (typeof ring === "string") return { error: ring };
  if (isNew) {
    ring.exportable = data.bool("exportable");
    ring.allowPlaintextBackup = data.bool("allow_plaintext_backup");
    ring.autoRotate = autoRotate;
  }
  return shownKey(store, ring);
}

/** The key of that name, made where there is none, or the refusal. (keysutil: LockManager.GetPolicy) */
export async function createKey({ context, keys }: TransitStore, wanted: KeyRequest): Promise<Keyring | string> {
  const refusal = typeError(context, wanted.type) ?? sizeError(wanted);
  if (refusal !== undefined) return refusal;
  const known = keys.get(wanted.name);
  if (known !== undefined) return known;
  refuseUnfit(wanted);
  const ring = await Keyring.create(wanted.name, wanted, context.clock.now());
  keys.set(wanted.name, ring);
  return ring;
}

function typeError(context: BackendContext, type: string): string | undefined {
  if (KEY_KINDS[type] !== undefined || type === "managed_key") return undefined;
  return ENTERPRISE.includes(type) && context.quirk("transit-keys-may-be-hybrid")
    ? `key type ${type} is only available in enterprise versions of Vault`
    : `unknown key type ${type}`;
}

function sizeError({ type, keySize }: KeyRequest): string | undefined {
  if (keySize === 0) return undefined;
  if (type !== "hmac") return `key_size is not valid for algorithm ${type}`;
  return keySize < HMAC_SIZES[0] || keySize > HMAC_SIZES[1] ? `invalid key_size ${keySize}` : undefined;
}

/** @throws VaultError */
function refuseUnfit({ type, derived, convergent, keySize }: KeyRequest): void {
  if (type === "managed_key") throw new VaultError(500, "managed keys are supported within enterprise edition only");
  if (derived && !supports(type).derivation) {
    throw new VaultError(500, `key derivation and convergent encryption not supported for keys of type ${type}`);
  }
  if (convergent && !supports(type).convergence) {
    throw new VaultError(500, `convergent encryption not supported for keys of type ${type}`);
  }
  if (type === "hmac" && keySize === 0) {
    throw new VaultError(500, `invalid key size for HMAC key, must be between ${HMAC_SIZES.join(" and ")} bytes`);
  }
}

const TOO_SOON = "auto rotate period must be 0 to disable or at least an hour";

function isTooSoon(seconds: number): boolean {
  return seconds !== 0 && seconds < 3_600;
}

/** (builtin/logical/transit/path_keys_config.go) */
export function configureKey(store: TransitStore, ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
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
  const shown = { ...ring.shown(lateFields(store), Buffer.alloc(0)), ...softDeleted(store) };
  return { data: shown, ...(versions.isForced && { warnings: [FORCED] }) };
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

/** (path_trim.go) */
export function trimKey(store: TransitStore, ring: Keyring | undefined, { data }: BackendRequest): BackendReply {
  if (ring === undefined) return { error: "invalid key name" };
  if (!data.has("min_available_version")) return { error: "missing min_available_version" };
  const wanted = data.number("min_available_version");
  const rule = TRIM_RULES.find(([, broken]) => broken(ring, wanted));
  if (rule !== undefined) return { error: rule[0] };
  ring.minAvailable = wanted;
  return shownKey(store, ring);
}

const TRIM_RULES: readonly (readonly [text: string, broken: (ring: Keyring, wanted: number) => boolean])[] = [
  ["minimum available version cannot be decremented", (ring, wanted) => wanted < ring.minAvailable],
  [
    "minimum available version cannot be set when minimum encryption version is not set",
    ({ minEncryption }) => minEncryption === 0,
  ],
  [
    "minimum available version cannot be greater than minmum encryption version",
    ({ minEncryption }, wanted) => wanted > minEncryption,
  ],
  [
    "minimum available version cannot be greater than minimum decryption version",
    ({ minDecryption }, wanted) => wanted > minDecryption,
  ],
  ["minimum available version should be positive", (_, wanted) => wanted === 0],
];
