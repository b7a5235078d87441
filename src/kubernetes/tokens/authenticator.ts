import { type CheckRecord, decide } from "../../journal/index.js";
import type { Clock } from "../../runtime/index.js";
import { textAt } from "../objects.js";
import type { ObjectStore } from "../store.js";
import { commonAudiences, type TokenContext, tokenChecks } from "./checks.js";
import { LEGACY_ISSUER, serviceAccountUser } from "./claims.js";
import { parseToken } from "./jwt.js";
import type { SigningKey } from "./keys.js";

/** Who a caller is, as authentication.k8s.io UserInfo. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS: User = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** What the authenticators made of a token. */
export interface Authentication {
  readonly checks: readonly CheckRecord[];
  readonly refusedBy?: string;
  /** Present where the token is good. */
  readonly user?: User;
  readonly audiences: readonly string[];
  /** The text for `status.error` and for the log, as Go's union of authenticators prints it. */
  readonly error?: string;
}

export interface AuthenticatorOptions {
  readonly clock: Clock;
  readonly objects: ObjectStore;
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  /** Bearers that are no JWTs, by token (`--token-auth-file`). */
  readonly known: ReadonlyMap<string, User>;
  keys(): Promise<readonly SigningKey[]>;
}

/** kube-apiserver remembers good answers for so long, and bad ones not at all. (TokenSuccessCacheTTL) */
const REMEMBERED_MS = 10_000;
const LIMIT = 4_096;

/** Says who a token belongs to: static tokens first, then service account tokens of both kinds. */
export class TokenAuthenticator {
  readonly #options: AuthenticatorOptions;
  readonly #remembered = new Map<string, { readonly until: number; readonly answer: Authentication }>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `prefix` begins the ids of the checks: `bearer` for who calls, `token` for what is reviewed. */
  async authenticate(token: string, wanted: readonly string[], prefix: "bearer" | "token"): Promise<Authentication> {
    const { clock } = this.#options;
    const key = `${wanted.join("\n")}\n\n${token}`;
    const known = this.#remembered.get(key);
    if (known !== undefined && clock.now() < known.until) return fromMemory(known.answer, prefix);
    const answer = this.#static(token, wanted, prefix) ?? (await this.#serviceAccount(token, wanted, prefix));
    if (answer.user !== undefined) {
      if (this.#remembered.size >= LIMIT) this.#remembered.clear();
      this.#remembered.set(key, { until: clock.now() + REMEMBERED_MS, answer });
    }
    return answer;
  }

  #static(token: string, wanted: readonly string[], prefix: string): Authentication | undefined {
    const { known, apiAudiences } = this.#options;
    const user = known.get(token);
    const audiences = wanted.filter((audience) => apiAudiences.includes(audience));
    if (user === undefined || audiences.length === 0) return undefined;
    const checks: CheckRecord[] = [{ id: prefix, outcome: "passed", got: user.username, note: "a static token" }];
    return { checks, user: withAuthenticated(user), audiences };
  }

  async #serviceAccount(token: string, wanted: readonly string[], prefix: "bearer" | "token"): Promise<Authentication> {
    const { issuer, objects, apiAudiences, clock } = this.#options;
    const parsed = parseToken(token);
    const named = textAt(parsed?.payload, "iss");
    const id = `${prefix}-issuer`;
    const wantedIssuer = `${issuer} or ${LEGACY_ISSUER}`;
    if (parsed === undefined || (named !== issuer && named !== LEGACY_ISSUER)) {
      const got = parsed === undefined ? "not a signed JWT" : named;
      const checks: CheckRecord[] = [{ id, outcome: "refused", wanted: wantedIssuer, got }];
      return { checks, refusedBy: id, audiences: [], error: INVALID };
    }
    const keys = await this.#options.keys();
    const context: TokenContext = { token, parsed, wanted, apiAudiences, keys, objects, now: clock.now() };
    const decision = await decide(tokenChecks(named === issuer ? "bound" : "long-lived", prefix), context);
    const checks: CheckRecord[] = [{ id, outcome: "passed", wanted: wantedIssuer, got: named }, ...decision.checks];
    if (decision.refusal === undefined) {
      const user = withAuthenticated(serviceAccountUser(parsed.payload));
      return { checks, user, audiences: commonAudiences(context) };
    }
    const { reply, by } = decision.refusal;
    return { checks, refusedBy: by, audiences: [], error: union(reply.error) };
  }
}

const INVALID = "invalid bearer token";

/** The loopback authenticator comes first in the union and always adds its own text. (authentication/request/union) */
function union(error: string | undefined): string {
  return error === undefined ? INVALID : `[${INVALID}, ${error}]`;
}

function withAuthenticated(user: User): User {
  return { ...user, groups: [...user.groups, "system:authenticated"] };
}

function fromMemory(answer: Authentication, prefix: string): Authentication {
  const got = answer.user?.username ?? "";
  const note = "remembered from the last ten seconds, nothing was looked at again";
  const checks: CheckRecord[] = [{ id: `${prefix}-cache`, outcome: "passed", got, note }];
  return Object.assign({}, answer, { checks });
}
