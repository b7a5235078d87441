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
