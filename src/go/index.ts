/**
 * How Go programs judge certificates and word what goes wrong. Vault, the Kubernetes API's clients and every modelled product
 * are Go programs, so servers and clients here both speak through this folder; it knows nothing of either.
 */
export { alertNumber, remoteAlert } from "./alerts.js";
export { godebug, type GoBuild, toolchainAtLeast } from "./build.js";
export { connectionError, dialError, type Ends, networkAddress, SYSTEM_ERRORS } from "./net-errors.js";
export { type PemBlock, pemBlocks } from "./pem.js";
export { type Certificate, parseCertificate, parsePemBundle } from "./x509/certificate.js";
export { peerChain } from "./x509/peer-chain.js";
export { verifyServerChain, type VerifyOptions } from "./x509/verify.js";
