import type { FieldData } from "../../core/backend.js";
import { genericName } from "../../core/sdk.js";
import type { Issuer, PkiStore, StoredKey } from "./store.js";

const NAME = new RegExp(`^${genericName("name")}$`);

/** What is wrong with a sent issuer_name, if one was sent. (util.go: getIssuerName) */
export function issuerNameError(store: PkiStore, data: FieldData, own?: Issuer): string | undefined {
  if (!data.has("issuer_name")) return undefined;
  const name = data.string("issuer_name").trim();
  if (name === "") return "expected non-empty issuer name";
  if (name.toLowerCase() === "default") return "reserved keyword 'default' can not be used as issuer name";
  if (!NAME.test(name)) return "issuer name contained invalid characters";
  return store.findIssuer(name) !== undefined && own?.name !== name ? "issuer name already in use" : undefined;
}

/** What is wrong with a sent key_name, if one was sent. (util.go: getKeyName) */
export function keyNameError(store: PkiStore, data: FieldData, own?: StoredKey): string | undefined {
  if (!data.has("key_name")) return undefined;
  const name = data.string("key_name").trim();
  if (name.toLowerCase() === "default") return "reserved keyword 'default' can not be used as key name";
  if (!NAME.test(name)) return "key name contained invalid characters";
  return typeof store.resolveKey(name) !== "string" && own?.name !== name ? "key name already in use" : undefined;
}
