import type { KeyObject } from "node:crypto";
import { createPublic, sealed } from "./certificate.js";
import { decode, encode, integer, oid, pem, sequence, set, tagged } from "./der.js";
import { extensionDer, type Extension, subjectAltName } from "./extensions.js";
import { type AlternativeNames, nameOf, type Subject } from "./names.js";

export interface SigningRequestOptions extends AlternativeNames {
  readonly subject?: Subject;
  readonly extensions?: readonly Extension[];
}

/** A PKCS#10 request for a certificate for `key`, as Go's x509.CreateCertificateRequest makes it. */
export function createSigningRequest(key: KeyObject, options: SigningRequestOptions): { der: Buffer; pem: string } {
  const names = subjectAltName(options);
  const extensions = [...(names === undefined ? [] : [names]), ...(options.extensions ?? [])];
  const attribute = sequence(oid("1.2.840.113549.1.9.14"), set(sequence(...extensions.map(extensionDer))));
  const info = sequence(
    integer(0),
    nameOf(options.subject ?? {}),
    decode(createPublic(key).export({ type: "spki", format: "der" })),
    tagged(0, extensions.length === 0 ? [] : [attribute]),
  );
  // encode once so that what is signed is what is sent
  const der = sealed(decode(encode(info)), key);
  return { der, pem: pem("CERTIFICATE REQUEST", der) };
}
