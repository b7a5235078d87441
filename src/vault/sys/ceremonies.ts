import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Ceremony } from "../core/ceremony.js";
import type { Core } from "../core/core.js";
import { errorReply, NO_CONTENT, structReply } from "../http/reply.js";
import { hasQuirk } from "../release.js";
import { type Struct, structBody } from "../http/struct-body.js";
import { initialRoot } from "../token/root.js";
import { keyBytes, lengthProblem, NOT_A_KEY, WRONG_KEY } from "./key.js";
import { configProblem } from "./operator.js";

const ATTEMPT: Struct = { name: "GenerateRootInitRequest", fields: { otp: "string", pgp_key: "string" } };
const ROOT_UPDATE: Struct = { name: "GenerateRootUpdateRequest", fields: { nonce: "string", key: "string" } };
const REKEY: Struct = {
  name: "RekeyRequest",
  fields: {
    secret_shares: "int",
    secret_threshold: "int",
    stored_shares: "int",
    pgp_keys: "[]string",
    backup: "bool",
    require_verification: "bool",
  },
};
const REKEY_UPDATE: Struct = { name: "RekeyUpdateRequest", fields: { nonce: "string", key: "string" } };

const refuse = (text: string, status = 400): HttpReply => errorReply({ status, text });
const SEALED = "Vault is sealed";
const UNINITIALIZED = "server is not yet initialized";

/** Length of a root token, which is that of the one-time password it is handed out under. */
function otpLength({ tokens }: Core): number {
  return tokens.mint.forms.service.length + 24;
}

function isWrite({ method }: HttpRequest): boolean {
  return method === "PUT" || method === "POST";
}

/** `sys/generate-root/attempt`. (http/sys_generate_root.go; PGP keys are not emulated) */
export function generateRoot(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (request.method === "GET") return rootStatus(core, "");
  if (request.method === "DELETE") {
    if (seal.sealed) return refuse(SEALED, 503);
    seal.rootGeneration = undefined;
    return NO_CONTENT;
  }
  if (!isWrite(request)) return errorReply({ status: 405 });
  const read = request.body.length === 0 ? { data: {} } : structBody(request, ATTEMPT);
  if ("refusal" in read) return read.refusal;
  const sent = typeof read.data.otp === "string" ? read.data.otp : "";
  if (sent !== "" && sent.length !== otpLength(core)) return refuse("OTP string is wrong length");
  if (seal.sealed) return refuse(SEALED, 503);
  if (seal.rootGeneration !== undefined) return refuse("root generation already in progress");
  const otp = sent === "" ? core.ids.base62(otpLength(core)) : sent;
  seal.rootGeneration = { nonce: core.ids.uuid(), given: new Set(), otp };
  return rootStatus(core, sent === "" ? otp : "");
}

function rootStatus(core: Core, otp: string): HttpReply {
  const { seal } = core;
  if (!seal.initialized) return refuse(UNINITIALIZED);
  if (seal.sealed) return refuse(SEALED, 503);
  return structReply(200, {
    nonce: seal.rootGeneration?.nonce ?? "",
    started: seal.rootGeneration !== undefined,
    progress: seal.rootGeneration?.given.size ?? 0,
    required: seal.threshold,
    complete: false,
    encoded_token: "",
    encoded_root_token: "",
    pgp_fingerprint: "",
    otp,
    otp_length: otpLength(core),
  });
}

/** The key and the nonce of an update, or the refusal of a body that has none. */
function offered(request: HttpRequest, struct: Struct): { key: Buffer; nonce: string } | { refusal: HttpReply } {
  const read = structBody(request, struct);
  if ("refusal" in read) return read;
  const { key, nonce } = read.data;
  if (typeof key !== "string" || key === "") {
    return { refusal: refuse("'key' must be specified in request body as JSON") };
  }
  const bytes = keyBytes(key);
  if (bytes === undefined) return { refusal: refuse(NOT_A_KEY) };
  return { key: bytes, nonce: typeof nonce === "string" ? nonce : "" };
}

/** Why a share does not count: the wrong nonce, or one that is there already. */
function shareProblem(ceremony: Ceremony, key: Buffer, nonce: string, what: string): string | undefined {
  if (nonce !== ceremony.nonce) {
    return `incorrect nonce supplied; nonce for this ${what} operation is "${ceremony.nonce}"`;
  }
  if (ceremony.given.has(key.toString("hex"))) {
    return "given key has already been provided during this generation operation";
  }
  return undefined;
}

/** Verbs that the audit log has a word for, which is looked for first. (http/logical.go: handleAuditNonLogical) */
const AUDITED: ReadonlySet<string> = new Set(["GET", "LIST", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** `sys/generate-root/update`. (http/sys_generate_root.go, vault/generate_root.go: GenerateRootUpdate) */
export function generateRootUpdate(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (!AUDITED.has(request.method)) return errorReply({ status: 405 });
  const offer = offered(request, ROOT_UPDATE);
  if ("refusal" in offer) return offer.refusal;
  const length = lengthProblem(offer.key);
  if (length !== undefined) return refuse(`invalid key: ${length}`);
  if (!seal.initialized) return refuse("Vault is not initialized");
  if (seal.sealed) return refuse(SEALED, 503);
  const { rootGeneration } = seal;
  if (rootGeneration === undefined) return refuse("no root generation in progress");
  const problem = shareProblem(rootGeneration, offer.key, offer.nonce, "root generation");
  if (problem !== undefined) return refuse(problem);
  rootGeneration.given.add(offer.key.toString("hex"));
  const progress = rootGeneration.given.size;
  const complete = progress === seal.threshold;
  if (complete && !seal.opensWith(rootGeneration.given)) {
    rootGeneration.given.clear();
    return refuse(`root generation aborted: unable to authenticate: ${WRONG_KEY}`);
  }
  const token = complete ? encodeToken(initialRoot(core), rootGeneration.otp) : "";
  if (complete) seal.rootGeneration = undefined;
  return structReply(200, {
    nonce: offer.nonce,
    started: true,
    progress,
    required: seal.threshold,
    complete,
    encoded_token: token,
    encoded_root_token: token,
    pgp_fingerprint: "",
    otp: "",
    otp_length: 0,
  });
}

/** (sdk/helper/roottoken: EncodeToken) */
function encodeToken(token: string, otp: string): string {
  const pad = Buffer.from(otp);
  const bytes = Buffer.from(token).map((byte, at) => byte ^ (pad[at] ?? 0));
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

/** `sys/rekey/init`. (http/sys_rekey.go, vault/rekey.go: BarrierRekeyInit; PGP keys and verification are not emulated) */
export function rekey(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (request.method === "GET") return rekeyStatus(core);
  if (request.method === "DELETE") {
    return cancelRekey(core, request);
  }
  if (!isWrite(request)) return errorReply({ status: 405 });
  const read = structBody(request, REKEY);
  if ("refusal" in read) return read.refusal;
  const { data } = read;
  const [shares, threshold] = [Number(data.secret_shares ?? 0), Number(data.secret_threshold ?? 0)];
  const pgpKeys = Array.isArray(data.pgp_keys) ? data.pgp_keys.length : 0;
  if (data.backup === true && pgpKeys === 0) {
    return refuse("cannot request a backup of the new keys without providing PGP keys for encryption");
  }
  if (pgpKeys > 0 && pgpKeys !== shares) return refuse("incorrect number of PGP keys for rekey");
  if (threshold > shares) return refuse("provided threshold greater than the total shares");
  const invalid = configProblem(shares, threshold);
  if (invalid !== undefined) return refuse(`invalid rekey seal configuration: ${invalid}`, 500);
  if (seal.sealed) return refuse(SEALED, 503);
  if (seal.rekeying !== undefined) return refuse("rekey already in progress");
  seal.rekeying = { nonce: core.ids.uuid(), given: new Set(), shares, threshold };
  return rekeyStatus(core);
}

const REKEY_DELETE: Struct = { name: "RekeyDeleteRequest", fields: { nonce: "string" } };

function cancelRekey({ seal, release }: Core, request: HttpRequest): HttpReply {
  const read = hasQuirk(release, "rekey-cancel-reads-a-body") ? structBody(request, REKEY_DELETE) : undefined;
  if (read !== undefined && "refusal" in read) return read.refusal;
  if (seal.sealed) return refuse(SEALED, 503);
  if (read !== undefined && seal.rekeying !== undefined && read.data.nonce !== seal.rekeying.nonce) {
    return refuse("invalid request");
  }
  seal.rekeying = undefined;
  return NO_CONTENT;
}

function rekeyStatus({ seal }: Core): HttpReply {
  if (!seal.initialized) return refuse(UNINITIALIZED);
  if (seal.sealed) return refuse(SEALED, 503);
  const { rekeying } = seal;
  return structReply(200, {
    nonce: rekeying?.nonce ?? "",
    started: rekeying !== undefined,
    t: rekeying?.threshold ?? 0,
    n: rekeying?.shares ?? 0,
    progress: rekeying?.given.size ?? 0,
    required: seal.threshold,
    pgp_fingerprints: null,
    backup: false,
    verification_required: false,
  });
}

/** `sys/rekey/update`. (http/sys_rekey.go, vault/rekey.go: BarrierRekeyUpdate) */
export function rekeyUpdate(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  const offer = offered(request, REKEY_UPDATE);
  if ("refusal" in offer) return offer.refusal;
  if (seal.sealed) return refuse(SEALED, 503);
  const length = lengthProblem(offer.key);
  if (length !== undefined) return refuse(length);
  const { rekeying } = seal;
  if (rekeying === undefined) return refuse("no barrier rekey in progress");
  const problem = shareProblem(rekeying, offer.key, offer.nonce, "rekey");
  if (problem !== undefined) return refuse(problem);
  rekeying.given.add(offer.key.toString("hex"));
  if (rekeying.given.size < seal.threshold) return rekeyStatus(core);
  if (!seal.opensWith(rekeying.given)) {
    rekeying.given.clear();
    return refuse(`rekey aborted: ${WRONG_KEY}`); // unverified
  }
  const keys = seal.rekey(rekeying.shares, rekeying.threshold);
  seal.rekeying = undefined;
  return structReply(200, {
    nonce: offer.nonce,
    complete: true,
    keys,
    keys_base64: keys.map((key) => Buffer.from(key, "hex").toString("base64")),
    pgp_fingerprints: null,
    backup: false,
    verification_required: false,
  });
}

const VERIFY: Struct = { name: "RekeyVerificationUpdateRequest", fields: { nonce: "string", key: "string" } };

/** `sys/rekey/verify`, where there is never anything to verify. (http/sys_rekey.go: handleSysRekeyVerify) */
export function rekeyVerify(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (isWrite(request)) {
    const offer = offered(request, VERIFY);
    if ("refusal" in offer) return offer.refusal;
    if (seal.sealed) return refuse(SEALED, 503);
    const length = lengthProblem(offer.key);
    if (length !== undefined) return refuse(length);
    return refuse(seal.rekeying === undefined ? "no rekey in progress" : "no rekey verification in progress");
  }
  if (request.method !== "GET" && request.method !== "DELETE") return errorReply({ status: 405 });
  if (!seal.initialized) return refuse(UNINITIALIZED);
  if (seal.sealed) return refuse(SEALED, 503);
  if (seal.rekeying === undefined) return refuse("no rekey configuration found");
  const { threshold, shares } = seal.rekeying;
  // Giving up begins the verification anew, under another nonce.
  const nonce = request.method === "DELETE" ? core.ids.uuid() : "";
  return structReply(200, { nonce, started: false, t: threshold, n: shares, progress: 0 });
}
