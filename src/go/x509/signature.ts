import { verify } from "node:crypto";
import { toolchainAtLeast, godebug, type GoBuild } from "../build.js";
import type { Certificate } from "./certificate.js";

interface Algorithm {
  readonly go: string;
  readonly hash: string | null;
  readonly key: "rsa" | "ec" | "ed25519";
  readonly weak?: boolean;
}

/** Signature algorithms by OID with Go's names. (Go: crypto/x509 signatureAlgorithmDetails) */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  "1.2.840.113549.1.1.4": { go: "MD5-RSA", hash: "md5", key: "rsa", weak: true },
  "1.2.840.113549.1.1.5": { go: "SHA1-RSA", hash: "sha1", key: "rsa", weak: true },
  "1.2.840.113549.1.1.11": { go: "SHA256-RSA", hash: "sha256", key: "rsa" },
  "1.2.840.113549.1.1.12": { go: "SHA384-RSA", hash: "sha384", key: "rsa" },
  "1.2.840.113549.1.1.13": { go: "SHA512-RSA", hash: "sha512", key: "rsa" },
  "1.2.840.10045.4.1": { go: "ECDSA-SHA1", hash: "sha1", key: "ec", weak: true },
  "1.2.840.10045.4.3.2": { go: "ECDSA-SHA256", hash: "sha256", key: "ec" },
  "1.2.840.10045.4.3.3": { go: "ECDSA-SHA384", hash: "sha384", key: "ec" },
  "1.2.840.10045.4.3.4": { go: "ECDSA-SHA512", hash: "sha512", key: "ec" },
  "1.3.101.112": { go: "Ed25519", hash: null, key: "ed25519" },
};

const FAILURES = {
  rsa: "crypto/rsa: verification error",
  ec: "x509: ECDSA verification failure",
  ed25519: "x509: Ed25519 verification failure",
} as const;

const GO_KEY_NAMES = { rsa: "RSA", ec: "ECDSA", ed25519: "Ed25519" } as const;
const CERT_SIGN = 1 << 5;

/** Why `parent` did not sign `child` in Go's eyes; nothing if it did. (Go: Certificate.CheckSignatureFrom) */
export function signatureError(child: Certificate, parent: Certificate, build: GoBuild): string | undefined {
  const { basicConstraints, keyUsage, publicKey } = parent;
  const mayNotSign =
    (parent.version === 3 && basicConstraints === undefined) ||
    basicConstraints?.isCa === false ||
    (keyUsage !== 0 && (keyUsage & CERT_SIGN) === 0);
  if (mayNotSign) return "x509: invalid signature: parent certificate cannot sign this kind of certificate";
  const algorithm = ALGORITHMS[child.signatureAlgorithm];
  if (algorithm === undefined || publicKey === undefined) {
    return "x509: cannot verify signature: algorithm unimplemented";
  }
  if (algorithm.weak === true && !(algorithm.hash === "sha1" && godebug(build, "x509sha1") === "1")) {
    return insecure(algorithm, build);
  }
  const actual = publicKey.asymmetricKeyType;
  if (actual !== algorithm.key) {
    const held = actual === "rsa" ? "*rsa.PublicKey" : actual === "ec" ? "*ecdsa.PublicKey" : "ed25519.PublicKey";
    return `x509: signature algorithm specifies an ${GO_KEY_NAMES[algorithm.key]} public key, but have public key of type ${held}`;
  }
  return verify(algorithm.hash, child.tbs, publicKey, child.signature) ? undefined : FAILURES[algorithm.key];
}

function insecure(algorithm: Algorithm, build: GoBuild): string {
  const text = `x509: cannot verify signature: insecure algorithm ${algorithm.go}`;
  const canBeOverridden = algorithm.hash === "sha1" && !toolchainAtLeast(build, "1.24");
  return canBeOverridden ? `${text} (temporarily override with GODEBUG=x509sha1=1)` : text;
}
