export {
  adoptAuthority,
  type Authority,
  type AuthorityOptions,
  type Certificate,
  type CertificateRequest,
  createAuthority,
  type KeyedCertificate,
  type KeyedRequest,
  randomSerial,
  type Usage,
} from "./authority.js";
export { type CertificateDraft, type Hash, hashFor, signCertificate } from "./certificate.js";
export { createSigningRequest, type SigningRequestOptions } from "./csr.js";
export { type Aspect, type Defect, type DefectId, DEFECT_IDS, DEFECTS, type Judge } from "./defects.js";
export { pem } from "./der.js";
export {
  authorityInfoAccess,
  authorityKeyId,
  basicConstraints,
  type CertificatePolicy,
  certificatePolicies,
  crlDistributionPoints,
  EXTENDED_KEY_USAGES,
  type ExtendedKeyUsage,
  extendedKeyUsage,
  type Extension,
  EXTENSION,
  KEY_USAGES,
  type KeyUsage,
  keyUsage,
  freshestCrl,
  keyIdOf,
  type NameConstraints,
  nameConstraints,
  subjectAltName,
  subjectKeyId,
} from "./extensions.js";
export { generateKey, KeyPool, keyPem, type KeyType } from "./keys.js";
export { type AlternativeNames, ipText, nameOf, type OtherName, type Subject, subjectText } from "./names.js";
export {
  type CertificateFields,
  chainPem,
  decimalSerial,
  isSignedBy,
  parseCertificate,
  parseChain,
  parseSigningRequest,
  colonHex,
  type SigningRequest,
} from "./parse.js";
export type { Revocation, RevokedCertificate } from "./revocation.js";
export { generateRsaKey } from "./rsa.js";
export {
  type ChainShape,
  mintServerCertificate,
  type ServerCertificate,
  type ServerCertificateOptions,
} from "./server-certificate.js";
