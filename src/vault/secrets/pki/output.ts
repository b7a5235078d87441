import type { KeyObject } from "node:crypto";
import type { FieldData } from "../../core/backend.js";

/** How certificates and keys are printed. */
export type Format = "pem" | "der" | "pem_bundle";

/** The request's `format`, or `undefined` where it is none. */
export function formatOf(data: FieldData): Format | undefined {
  const format = data.string("format");
  return format === "pem" || format === "der" || format === "pem_bundle" ? format : undefined;
}

export interface Printed {
  readonly der: Buffer;
  readonly pem: string;
}

/** A certificate in the form that was asked for. */
export function printed(format: Format, certificate: Printed): string {
  return format === "der" ? certificate.der.toString("base64") : certificate.pem;
}

/** `private_key` and `private_key_type` of a reply: SEC 1 and PKCS #1, unless PKCS #8 is asked for. */
export function printedKey(
  format: Format,
  key: KeyObject,
  asPkcs8: boolean,
): { private_key: string; private_key_type: string } {
  const type = key.asymmetricKeyType ?? "";
  const form = asPkcs8 || type === "ed25519" ? "pkcs8" : type === "rsa" ? "pkcs1" : "sec1";
  const private_key =
    format === "der" ? exported(key, form, "der").toString("base64") : exported(key, form, "pem").toString().trim();
  return { private_key, private_key_type: type };
}

function exported(key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1", format: "der" | "pem"): Buffer | string {
  return format === "der" ? key.export({ type, format }) : key.export({ type, format });
}
