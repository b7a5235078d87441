import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import type { Data } from "../http/body.js";
import { readJson } from "../http/body.js";
import { errorReply, NO_CONTENT, structReply } from "../http/reply.js";
import { sealStatus } from "./state.js";

/** Shortest share that can be one. */
const LEAST_KEY_BYTES = 16;

function write(request: HttpRequest): boolean {
  return request.method === "PUT" || request.method === "POST";
}

/** The body of a handler outside the logical API, whose errors are the decoder's own. */
function body(request: HttpRequest): { readonly data: Data } | { readonly refusal: HttpReply } {
  if (request.body.length === 0) return { refusal: errorReply({ status: 400, text: "EOF" }) };
  const read = readJson(request.body.toString("utf8"));
  if ("data" in read) return read;
  return { refusal: errorReply({ status: 400, text: `failed to parse JSON input: ${read.problem.why}` }) };
}

/** `sys/init`. (http/sys_init.go, vault/init.go) */
export function init(core: Core, request: HttpRequest, initialRoot: (core: Core) => string): HttpReply {
  const { seal } = core;
  if (request.method === "GET") return structReply(200, { initialized: seal.initialized });
  if (!write(request)) return errorReply({ status: 405 });
  const read = body(request);
  if ("refusal" in read) return read.refusal;
  const shares = Number(read.data.secret_shares ?? 0);
  const threshold = Number(read.data.secret_threshold ?? 0);
  const problem = initProblem(core, shares, threshold, read.data.pgp_keys);
  if (problem !== undefined) return errorReply({ status: 400, text: problem });
  const keys = seal.initialize(shares, threshold);
  return structReply(200, {
    keys,
    keys_base64: keys.map((key) => Buffer.from(key, "hex").toString("base64")),
    root_token: initialRoot(core),
  });
}

function initProblem({ seal }: Core, shares: number, threshold: number, pgpKeys: unknown): string | undefined {
  if (seal.initialized) return "Vault is already initialized";
  if (Array.isArray(pgpKeys) && pgpKeys.length > 0 && pgpKeys.length !== shares) return "incorrect number of PGP keys";
  const wrong = (why: string): string => `invalid seal configuration: ${why}`;
  if (shares < 1) return wrong("shares must be at least one");
  if (threshold < 1) return wrong("threshold must be at least one");
  if (shares > 1 && threshold === 1) return wrong("threshold must be greater than one for multiple shares");
  if (shares > 255) return wrong("shares must be less than 256");
  if (threshold > 255) return wrong("threshold must be less than 256");
  return threshold > shares ? wrong("threshold cannot be larger than shares") : undefined;
}

/** `sys/unseal`. (http/sys_seal.go: handleSysUnseal) */
export function unseal(core: Core, request: HttpRequest): HttpReply {
  const { seal } = core;
  if (!write(request)) return errorReply({ status: 405 });
  const read = body(request);
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
  if (key === undefined) return errorReply({ status: 400, text: "'key' must be a valid hex or base64 string" });
  if (!seal.initialized) return errorReply({ status: 400, text: "Vault is not initialized" });
  if (!seal.sealed) return sealStatus(core);
  return offer(core, key);
}

function offer(core: Core, key: Buffer): HttpReply {
  if (key.length < LEAST_KEY_BYTES) {
    return errorReply({ status: 400, text: `invalid key: key is shorter than minimum ${LEAST_KEY_BYTES} bytes` });
  }
  if (key.length > 33) return errorReply({ status: 400, text: "invalid key: key is longer than maximum 33 bytes" });
  if (core.seal.offer(key.toString("hex"))) return sealStatus(core);
  return errorReply({
    status: 400,
    text: "failed to decrypt encrypted stored keys: cipher: message authentication failed",
  }); // unverified
}

function keyBytes(text: string): Buffer | undefined {
  if (/^(?:[\da-f]{2})+$/i.test(text)) return Buffer.from(text, "hex");
  return /^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(text) ? Buffer.from(text, "base64") : undefined;
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
