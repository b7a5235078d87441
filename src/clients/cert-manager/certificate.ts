import { createPublicKey } from "node:crypto";
import { isIP } from "node:net";
import { formatGoDuration, parseGoDuration } from "../../runtime/index.js";
import type { Fields } from "../fields.js";
import type { Targets } from "../model.js";
import type { SignParameters } from "./session.js";

const DEFAULT_DURATION = 90 * 24 * 36e5;

/** The request that cert-manager makes of a Certificate: a new key, a CSR, and the parameters that Vault gets. */
export async function signParameters(certificate: Fields, targets: Targets): Promise<SignParameters> {
  const { createSigningRequest, generateKey } = await import("../../pki/index.js");
  const spec = certificate.at("spec");
  const commonName = spec.at("commonName").text;
  const dnsNames = spec.at("dnsNames").texts;
  const ipAddresses = spec.at("ipAddresses").texts.filter((address) => isIP(address) !== 0);
  const uris = spec.at("uris").texts;
  const type = keyType(spec.at("privateKey", "algorithm").text, spec.at("privateKey", "size").text);
  const key = targets.keys?.key(type, "cert-manager") ?? generateKey(type);
  const request = createSigningRequest(key, {
    subject: { ...(commonName !== "" && { commonName }) },
    dns: dnsNames,
    ips: ipAddresses,
    uris,
  });
  return {
    commonName,
    dnsNames,
    ipAddresses,
    uris,
    ttl: formatGoDuration(parseGoDuration(spec.at("duration").text) ?? DEFAULT_DURATION),
    csrPem: request.pem,
    publicKey: createPublicKey(key).export({ type: "spki", format: "der" }),
  };
}

function keyType(algorithm: string, size: string) {
  switch (algorithm) {
    case "ECDSA":
      return size === "384" ? "ec-p384" : size === "521" ? "ec-p521" : "ec-p256";
    case "Ed25519":
      return "ed25519";
    default:
      return size === "3072" ? "rsa-3072" : size === "4096" ? "rsa-4096" : "rsa-2048";
  }
}
