import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import { errorReply } from "./reply.js";

/** Refuses a request over a rate limit quota. (http/util.go: rateLimitQuotaWrapping) */
export function rateLimited(core: Core, request: HttpRequest, path: string): HttpReply | undefined {
  const { quotas } = core;
  if (!quotas.any || core.seal.sealed) return undefined;
  const outcome = quotas.take(path, core.mounts.match(path)?.mount.path ?? "", request.remoteAddress);
  if (outcome === undefined || outcome.allowed) return undefined;
  request.exchange.checked(
    "access",
    [
      {
        id: "rate-limit",
        outcome: "refused",
        wanted: `at most ${outcome.limit} requests per interval`,
        got: "one more",
      },
    ],
    "rate-limit",
  );
  const reset = String(Math.max(1, Math.ceil(outcome.resetMs / 1000)));
  return errorReply({
    status: 429,
    text: `request path "${path}": rate limit quota exceeded`,
    ...(quotas.responseHeaders && {
      headers: {
        "Retry-After": reset,
        "X-Ratelimit-Limit": String(outcome.limit),
        "X-Ratelimit-Remaining": "0",
        "X-Ratelimit-Reset": reset,
      },
    }),
  });
}
