import { decideNow, pass, type PromptCheck, refuse } from "../../journal/index.js";
import { type GrpcStatus, type MethodHandler, status, unary } from "../../transport/grpc/index.js";
import {
  type Agent,
  type AgentCheck,
  attestation,
  attestedSelectors,
  type CallContext,
  type Caller,
  contextOf,
  lineOf,
  SECURITY_HEADER,
} from "../agent.js";
import type { JwtAuthority } from "../bundle.js";
import { audienceCheck } from "./jwt.js";
import {
  structOf,
  type ValidateRequest,
  validateRequest,
  validateResponse,
} from "../../transport/grpc/workload-messages.js";
import { type ParsedToken, parseToken, subjectOf, TokenRefused, validateClaims, verifySignature } from "./token.js";
import { goQuote } from "../../runtime/index.js";

interface Validation {
  readonly context: CallContext;
  readonly request: ValidateRequest;
  token?: ParsedToken;
  subject?: { readonly id: string; readonly trustDomain: string };
  key?: JwtAuthority["key"];
}

type TokenCheck = PromptCheck<Validation, GrpcStatus>;

/** A step of ValidateToken; what it throws is the refusal. (pkg/common/jwtsvid/validate.go) */
interface TokenStep {
  readonly id: string;
  readonly doc: string;
  readonly step: (validation: Validation) => string | undefined;
}

function tokenCheck({ step, ...check }: TokenStep): TokenCheck {
  return {
    ...check,
    run(validation) {
      try {
        return pass(step(validation));
      } catch (problem) {
        if (!(problem instanceof TokenRefused)) throw problem;
        const fields = { audience: validation.request.audience, error: problem.message };
        const log = lineOf(validation.context, "warn", "Failed to validate JWT", fields);
        return refuse(status("InvalidArgument", problem.message), { got: problem.message, log });
      }
    },
  };
}

const TOKEN_CHECKS: readonly TokenCheck[] = [
  tokenCheck({
    id: "token",
    doc: "The token is a compact JWS with an allowed algorithm and a key id.",
    step: (it) => {
      it.token = parseToken(it.context.agent, it.request.svid);
      return it.token.algorithm;
    },
  }),
  tokenCheck({
    id: "subject",
    doc: "The subject is a SPIFFE ID; newer releases want exp here too.",
    step: (it) => {
      it.subject = subjectOf(it.context.agent, parsed(it));
      return it.subject.id;
    },
  }),
  tokenCheck({
    id: "key",
    doc: "The subject's trust domain is the own one or one that the caller federates with, and has the key.",
    step: (it) => {
      it.key = keyFor(it);
      return parsed(it).kid;
    },
  }),
  tokenCheck({
    id: "signature",
    doc: "The signature is that key's.",
    step: (it) => {
      if (it.key !== undefined) verifySignature(it.context.agent, parsed(it), it.key);
      return undefined;
    },
  }),
  tokenCheck({
    id: "claims",
    doc: "The audience is among the token's, and its times are right within a minute.",
    step: (it) => {
      validateClaims(it.context.agent, parsed(it), it.request.audience, it.context.agent.clock.now());
      return undefined;
    },
  }),
];

/** ValidateJWTSVID for one caller, who needs no identity. */
export function validateJwtSvid(agent: Agent, caller: Caller): MethodHandler {
  return unary(validateRequest, (call, request) => {
    const context = contextOf(agent, caller, call, "WorkloadAPI");
    const { audience } = request;
    call.exchange.note({ type: "message", direction: "received", method: "ValidateJWTSVID", summary: { audience } });
    const admitted = decideNow(admission(request), context);
    call.exchange.decided("admit the caller", admitted);
    if (admitted.refusal !== undefined) return { status: admitted.refusal.reply };
    const validation: Validation = { context, request };
    const decision = decideNow(TOKEN_CHECKS, validation);
    call.exchange.decided("validate the JWT-SVID", decision);
    if (decision.refusal !== undefined) return { status: decision.refusal.reply };
    const spiffeId = validation.subject?.id ?? "";
    return { message: validateResponse.encode({ spiffeId, claims: structOf(shownClaims(validation)) }) };
  });
}

function admission({ audience, svid }: ValidateRequest): AgentCheck[] {
  return [SECURITY_HEADER, audienceCheck(audience), svidCheck(svid), attestation("Workload attestation failed")];
}

function svidCheck(svid: string): AgentCheck {
  return {
    id: "svid",
    doc: "A token is given.",
    run(context) {
      if (svid !== "") return pass();
      const log = lineOf(context, "error", "Missing required svid parameter");
      return refuse(status("InvalidArgument", "svid must be specified"), { got: "none", log });
    },
  };
}

function parsed({ token }: Validation): ParsedToken {
  if (token === undefined) throw new TokenRefused("unable to parse JWT token");
  return token;
}

function keyFor(it: Validation): JwtAuthority["key"] {
  const { agent, caller } = it.context;
  const view = agent.manager.view(attestedSelectors(caller));
  const trustDomain = it.subject?.trustDomain ?? "";
  const bundle = [view.bundle, ...view.federated].find((known) => known.trustDomain === trustDomain);
  if (bundle === undefined) throw new TokenRefused(`no keys found for trust domain ${goQuote(trustDomain)}`);
  const { kid } = parsed(it);
  const authority = bundle.jwt.find((known) => known.kid === kid);
  if (authority !== undefined) return authority.key;
  throw new TokenRefused(`public key ${goQuote(kid)} not found in trust domain ${goQuote(trustDomain)}`);
}

/** Of other trust domains' tokens only the claims that the agent's operator allows are passed on. */
function shownClaims(it: Validation): Record<string, unknown> {
  const { agent } = it.context;
  const allowed = ["sub", "exp", "aud", ...(agent.settings.allowedForeignJwtClaims ?? [])];
  const own = it.subject?.trustDomain === agent.trustDomain;
  const claims = Object.fromEntries(
    Object.entries(parsed(it).claims.all).filter(([name]) => own || allowed.includes(name)),
  );
  if (typeof claims.aud === "string" && agent.has("jwt-aud-is-always-a-list")) claims.aud = [claims.aud];
  return claims;
}
