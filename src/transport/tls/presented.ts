import { X509Certificate } from "node:crypto";

/** What a server sends of itself, in one line: whom the certificate is for, who signed it, how long it lasts. */
export function describePresented(chainPem: string): string {
  const leaf = new X509Certificate(chainPem);
  const beside = (chainPem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 1) - 1;
  return [
    oneLine(leaf.subject),
    leaf.subjectAltName === undefined ? "no subjectAltName" : `for ${leaf.subjectAltName}`,
    `issued by ${oneLine(leaf.issuer)}`,
    `valid from ${day(leaf.validFrom)} to ${day(leaf.validTo)}`,
    beside === 0 ? "sent alone" : `sent with ${beside} more`,
  ].join("; ");
}

/** Node has nothing, whatever its types say, for a name without parts. */
function oneLine(name: string | undefined): string {
  return name?.split("\n").join(", ") ?? "no name";
}

function day(text: string): string {
  return new Date(text).toISOString().replace(".000Z", "Z");
}

const READ = "read the client's own error: it names what it dislikes in this certificate";

/** By the alert with which a client ends a handshake. Go sends bad_certificate for whatever it dislikes. */
const REMEDIES: Readonly<Record<string, string>> = {
  bad_certificate: READ,
  unsupported_certificate: READ,
  certificate_unknown: READ,
  certificate_expired: "renew the certificate, and have the server read it; or set the client's clock",
  unknown_ca: "tell the client of the CA that issued this certificate, and send the intermediates with it",
  certificate_revoked: "replace the certificate: its CA has revoked it",
};

/** What helps against a client's alert; nothing where it is not about the server's certificate. */
export function remedyFor(alert: string): string | undefined {
  return REMEDIES[alert];
}
