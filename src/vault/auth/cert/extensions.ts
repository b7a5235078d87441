import type { CertificateFields } from "../../../pki/index.js";
import { glob } from "../../../runtime/index.js";

/** Tags of ASN.1's kinds of text: UTF8String, PrintableString, TeletexString, IA5String, GeneralString, BMPString. */
const TEXT_TAGS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1e]);

/** An extension's value as text, where that is what it is; "" otherwise. (Go: asn1.Unmarshal into a string) */
function textOf(value: Buffer): string {
  const [tag = 0, length = 0] = value;
  const head = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return TEXT_TAGS.has(tag) ? value.subarray(head).toString("utf8") : "";
}

/** Does the certificate have all of a role's `required_extensions`: `<oid>:<glob>` or `hex:<oid>:<glob>`? (path_login.go) */
export function hasExtensions(required: readonly string[], { extensions }: CertificateFields): boolean {
  return required.every((wanted) => {
    const isHex = wanted.startsWith("hex:");
    const [oid = "", ...rest] = (isHex ? wanted.slice("hex:".length) : wanted).split(":");
    const found = extensions.find(({ id }) => id === oid);
    if (found === undefined) return false;
    const pattern = rest.join(":");
    return isHex ? glob(pattern.toLowerCase(), found.value.toString("hex")) : glob(pattern, textOf(found.value));
  });
}

/** The extensions that a role lets into the metadata, by their OID with dashes. (path_login.go: certificateExtensionsMetadata) */
export function extensionMetadata(
  allowed: readonly string[],
  { extensions }: CertificateFields,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    extensions
      .filter(({ id }) => allowed.includes(id))
      .map(({ id, value }) => [id.replaceAll(".", "-"), textOf(value)]),
  );
}
