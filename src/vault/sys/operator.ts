import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import type { Data } from "../http/body.js";
import { errorReply, NO_CONTENT, structReply } from "../http/reply.js";
import { type Struct, structBody } from "../http/struct-body.js";
import { keyBytes, lengthProblem, NOT_A_KEY, WRONG_KEY } from "./key.js";
import { sealStatus } from "./state.js";

function write(request: HttpRequest): boolean {
  return request.method === "PUT" || request.method === "POST";
}

const INIT: Struct = {
  name: "InitRequest",
  fields: {
    secret_shares: "int",
    secret_threshold: "int",
    stored_shares: "int",
    pgp_keys: "[]string",
    recovery_shares: "int",
    recovery_threshold: "int",
    recovery_pgp_keys: "[]string",
    root_token_pgp_key: "string",
  },
};
const UNSEAL: Struct = {
  name: "UnsealRequest",
  fields: { key: "string", reset: "bool", migrate: "bool" },
  untagged: true,
};

/** `sys/init`. (http/sys_init.go, vault/init.go) */
export function init(core: Core, request: HttpRequest, initialRoot: (core: Core) => string): HttpReply {
  const { seal } = core;
  if (request.method === "GET") return structReply(200, { initialized: seal.initialized });
  if (!write(request)) return errorReply({ status: 405 });
  const read = structBody(request, INIT);
  if ("refusal" in read) return read.refusal;
  const shares = Number(read.data.secret_shares ?? 0);
  const threshold = Number(read.data.secret_threshold ?? 0);
  const problem = recoveryProblem(read.data) ?? initProblem(core, shares, threshold, read.data.pgp_keys);
  if (problem !== undefined) return errorReply({ status: 400, text: problem });
  const keys = seal.initialize(shares, threshold);
  return structReply(200, {
    keys,
    keys_base64: keys.map((key) => Buffer.from(key, "hex").toString("base64")),
    root_token: initialRoot(core),
  });
}

/** Shamir's seal has no recovery keys. (http/sys_init.go: validateInitParameters) */
function recoveryProblem(data: Data): string | undefined {
  const isSet = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Number(value ?? 0) !== 0);
  const sent = ["recovery_shares", "recovery_threshold", "recovery_pgp_keys"].filter((name) => isSet(data[name]));
  return sent.length === 0 ? undefined : `parameters ${sent.join(",")} not applicable to seal type shamir`;
}

/** That there is nothing left to initialise is noticed last. */
function initProblem({ seal }: Core, shares: number, threshold: number, pgpKeys: unknown): string | undefined {
  if (Array.isArray(pgpKeys) && pgpKeys.length > 0 && pgpKeys.length !== shares) return "incorrect number of PGP keys";
  const invalid = configProblem(shares, threshold);
  if (invalid !== undefined) return `invalid seal configuration: ${invalid}`;
  return seal.initialized ? "Vault is already initialized" : undefined;
}

/** Why there can be no such shares. (vault/seal.go: SealConfig.Validate) */
export function configProblem(shares: number, threshold: number): string | undefined {
  if (shares < 1) return "shares must be at least one";
  if (threshold < 1) return "threshold must be at least one";
  if (shares > 1 && threshold === 1) return "threshold must be greater than one for multiple shares";
  if (shares > 255) return "shares must be less than 256";
  if (threshold > 255) return "threshold must be less than 256";
  return threshold > shares ? "threshold cannot be larger than shares" : undefined;
}

/** `sys/unseal`. (http/sys_seal.go: handleSysUnseal) */
export function unseal(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (!write(request)) return errorReply({ status: 405 });
  const read = structBody(request, UNSEAL);
  if ("refusal" in read) return read.refusal;
  if (read.data.reset === true) {
    if (!seal.sealed) return errorReply({ status: 400, text: "vault is unsealed" });
    seal.reset();
    return sealStatus(core);
  }
  const sent = read.data.key;
  if (typeof sent !== "string" || sent === "") {
    return errorReply({ status: 400, text: "'key' must be specified in request body as JSON, or 'reset' set to true" });
  }
  const key = keyBytes(sent);
  if (key === undefined) return errorReply({ status: 400, text: NOT_A_KEY });
  if (!seal.initialized) return errorReply({ status: 400, text: "Vault is not initialized" });
  return offer(core, key);
}

function offer(core: Core, key: Buffer): HttpReply {
  const length = lengthProblem(key);
  if (length !== undefined) return errorReply({ status: 400, text: `invalid key: ${length}` });
  if (!core.seal.sealed) return sealStatus(core);
  if (core.seal.offer(key.toString("hex"))) return sealStatus(core);
  return errorReply({ status: 400, text: WRONG_KEY });
}

/** `sys/seal`. A sealed Vault is not asked who wants it sealed. (http/sys_seal.go: handleSysSeal) */
export function sealNow(core: Core, request: HttpRequest, token: string): HttpReply {
  if (!write(request)) return errorReply({ status: 405 });
  if (core.seal.sealed) return NO_CONTENT;
  const known = core.tokens.lookup(token);
  const verdict =
    known && core.policies.acl(known).decide({ operation: "update", path: "sys/seal", data: {}, wrapTtl: 0 });
  if (verdict?.allowed !== true || !verdict.sudo) {
    request.exchange.checked(
      "access",
      [{ id: "token", outcome: "refused", wanted: "a token with sudo on sys/seal" }],
      "token",
    );
    return errorReply({ status: 403, text: "permission denied" });
  }
  core.seal.close();
  return NO_CONTENT;
}

/** `sys/step-down`: a server on its own has nobody to step down for, and does not ask who says so. (vault/ha.go: StepDown) */
export function stepDown(request: HttpRequest): HttpReply {
  return write(request) ? NO_CONTENT : errorReply({ status: 405 });
}
