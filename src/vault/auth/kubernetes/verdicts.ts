import { refuse, type ServerLog, type Verdict } from "../../../journal/index.js";
import { goQuoteList } from "../../../runtime/index.js";
import { logLine } from "../../log-line.js";
import type { Login, LoginRefusal } from "./login.js";

/** The verdict that both DEBUG-logged refusals share: the client learns nothing, the log has the reason. */
export function unauthorized(
  login: Login,
  reason: string,
  about: { readonly note?: string; readonly remedy: string },
): Verdict<LoginRefusal> {
  const asError = login.context.quirk("kubernetes-login-failure-is-logged-as-error");
  const log: ServerLog = asError
    ? { level: "error", line: logLine(login.logger, `login unauthorized due to: ${reason}`) }
    : { level: "debug", line: logLine(login.logger, "login unauthorized", { err: reason }) };
  return refuse({ status: 403, text: "permission denied" }, { ...about, got: reason, log });
}

export function listed(values: readonly string[]): string {
  return values.length === 0 ? "none" : goQuoteList(values);
}

/** A refusal about a claim: 403 today, 500 with the new words in 0.13 and 0.14, 500 with other words before. */
export function claimRefusal(login: Login, words: { readonly now: string; readonly before: string }): LoginRefusal {
  const status = login.context.quirk("audience-error-is-500") ? 500 : 403;
  return { status, text: login.context.quirk("kubernetes-claims-before-signature") ? words.before : words.now };
}
