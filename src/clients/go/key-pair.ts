import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { pemBlocks } from "../../go/index.js";
import { GoError } from "./error.js";

/** Why a certificate and a key do not go together. */
export class KeyPairError extends GoError {}

export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** crypto/tls X509KeyPair: the pair itself. @throws KeyPairError for what is no certificate with its key, in Go's words */
export function keyPair(pair: KeyPair): KeyPair {
  const certificate = leafOf(pair.certPem);
  const key = keyOf(pair.keyPem);
  if (certificate.publicKey.asymmetricKeyType !== key.asymmetricKeyType) {
    throw new KeyPairError("tls: private key type does not match public key type");
  }
  if (!certificate.checkPrivateKey(key)) throw new KeyPairError("tls: private key does not match public key");
  return pair;
}

function leafOf(text: string): X509Certificate {
  const types = blockTypes(text);
  const at = types.indexOf("CERTIFICATE");
  if (at >= 0) {
    try {
      return new X509Certificate(text);
    } catch {
      // unverified: x509.ParseCertificate has many texts for bytes that are no certificate
      throw new KeyPairError("x509: malformed certificate");
    }
  }
  if (types.length === 0) throw new KeyPairError("tls: failed to find any PEM data in certificate input");
  if (types.length === 1 && types[0]?.endsWith("PRIVATE KEY") === true) {
    throw new KeyPairError(
      "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
    );
  }
  throw new KeyPairError(
    `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(" ")}]`,
  );
}

function keyOf(text: string): KeyObject {
  const types = blockTypes(text);
  const found = types.find((type) => type === "PRIVATE KEY" || type.endsWith(" PRIVATE KEY"));
  if (found !== undefined) {
    try {
      return createPrivateKey(text.slice(text.indexOf(`-----BEGIN ${found}-----`)));
    } catch {
      throw new KeyPairError("tls: failed to parse private key");
    }
  }
  if (types.length === 0) throw new KeyPairError("tls: failed to find any PEM data in key input");
  if (types.length === 1 && types[0] === "CERTIFICATE") {
    throw new KeyPairError("tls: found a certificate rather than a key in the PEM for the private key");
  }
  throw new KeyPairError(
    `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(" ")}]`,
  );
}

/** Types of the PEM blocks of a text, in order. */
function blockTypes(text: string): readonly string[] {
  return pemBlocks(text).map(({ type }) => type);
}
