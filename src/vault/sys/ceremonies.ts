import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import { errorReply, structReply } from "../http/reply.js";

/** Length of a root token, which is that of the one-time password it is handed out under. */
function otpLength({ tokens }: Core): number {
  return tokens.mint.forms.service.length + 24;
}

/** `sys/generate-root/attempt` where nobody has begun one. (http/sys_generate_root.go) */
export function generateRootStatus(core: Core, request: HttpRequest): HttpReply {
  if (request.method !== "GET") return errorReply({ status: 405 }); // unverified: beginning an attempt is not emulated
  const { seal } = core;
  if (!seal.initialized) return errorReply({ status: 400, text: "server is not yet initialized" });
  return structReply(200, {
    nonce: "",
    started: false,
    progress: 0,
    required: seal.threshold,
    complete: false,
    encoded_token: "",
    encoded_root_token: "",
    pgp_fingerprint: "",
    otp: "",
    otp_length: otpLength(core),
  });
}

/** `sys/rekey/init` where nobody has begun one. (http/sys_rekey.go) */
export function rekeyStatus(core: Core, request: HttpRequest): HttpReply {
  if (request.method !== "GET") return errorReply({ status: 405 }); // unverified: beginning one is not emulated
  const { seal } = core;
  if (!seal.initialized) return errorReply({ status: 400, text: "server is not yet initialized" });
  if (seal.sealed) return errorReply({ status: 503, text: "Vault is sealed" });
  return structReply(200, {
    nonce: "",
    started: false,
    t: 0,
    n: 0,
    progress: 0,
    required: seal.threshold,
    pgp_fingerprints: null,
    backup: false,
    verification_required: false,
  });
}
