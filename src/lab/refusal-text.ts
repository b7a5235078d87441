import { type CheckRecord, type EventOf, isGrpc, type LogLevel, type ServerName } from "../journal/index.js";
import type { Refusal } from "./explain.js";
import { detail, field, oneLine, type Page } from "./page.js";
import { wrap } from "./paint.js";

const HEARD: Readonly<Record<LogLevel, string>> = {
  trace: "written at TRACE: nobody sees it unless the log level is trace",
  debug: "written at DEBUG: at the usual log level, info, nobody sees it",
  info: "",
  warn: "",
  error: "",
};

/** Numbers of HTTP speak for themselves, those of gRPC do not. (google.golang.org/grpc/codes) */
function statusText(server: ServerName, status: number): string {
  return isGrpc(server) ? `${status} ${GRPC_CODES[status] ?? ""}`.trim() : String(status);
}

const GRPC_CODES = (
  "OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted " +
  "FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated"
).split(" ");

/** Checks that passed stand together on a line, since what was not looked at and what refused says more. */
function renderChecks(page: Page, checks: readonly CheckRecord[]): void {
  const { paint, lines } = page;
  const told = page.allChecks ? checks : checks.filter((check) => check.outcome !== "passed");
  const nameWidth = Math.max(0, ...told.map((check) => check.id.length));
  let passed: string[] = [];
  const flush = (): void => {
    const [first, ...more] = passed.length === 0 ? [] : wrap(passed.join(", "), page.width - 4);
    if (first !== undefined)
      lines.push(`  ${paint.green("✓")} ${paint.dim(first)}`, ...more.map((line) => `    ${paint.dim(line)}`));
    passed = [];
  };
  for (const check of checks) {
    if (check.outcome === "passed" && !page.allChecks) {
      passed.push(check.id);
      continue;
    }
    flush();
    renderCheck(page, check, nameWidth);
  }
  flush();
}

/** Which of all refusals this is, and how often it came in just this way. */
export interface Place {
  readonly number: number;
  readonly of: number;
  readonly times: number;
}

/** One refusal: the checks up to the one that refused, what the client got, what a log would say, what helps. */
export function renderRefusal(page: Page, refusal: Refusal, place: Place): void {
  const { paint, lines } = page;
  const { number, of, times } = place;
  const count = paint.dim(`${times > 1 ? `, ${times} times` : ""}${of > 1 ? `  ${number}/${of}` : ""}`);
  const caller = refusal.within === undefined ? "" : paint.dim(" what was asked of it meanwhile");
  const status = refusal.status === undefined ? "no answer" : statusText(refusal.server, refusal.status);
  const what = oneLine(refusal.what, page.width - status.length - 8);
  lines.push(
    "",
    `${paint.bold(headingOf(refusal))}${caller}${count}`,
    `  ${what}  →  ${paint.red(paint.bold(status))}`,
  );
  for (const decision of refusal.decisions) {
    if (decision.refusedBy === undefined && refusal.refusedBy !== undefined) {
      lines.push(`  ${paint.green("✓")} ${paint.dim(decision.name)}`);
      continue;
    }
    renderChecks(page, decision.checks);
  }
  if (refusal.handshake !== undefined) renderHandshake(page, refusal.handshake, refusal.decisions.length > 0);
  for (const { fault, note } of refusal.faults) field(page, "fault", `${fault}: ${note}`);
  for (const message of refusal.messages.slice(-MESSAGES)) renderMessage(page, message);
  const reply = replyText(refusal);
  if (reply !== undefined) field(page, "the client got", reply, paint.yellow);
  renderLogs(page, refusal.logs);
  for (const remedy of refusal.remedies) field(page, "remedy", remedy, paint.green);
}

/** The last messages of a stream, which may have had thousands. */
const MESSAGES = 6;

function renderMessage(page: Page, { direction, summary }: Refusal["messages"][number]): void {
  const shown = Object.entries(summary).filter(([, value]) => value !== "" && value !== undefined);
  const text = shown
    .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("  ");
  field(page, direction === "received" ? "it was asked" : "it answered", text);
}

/** Where nothing of it reaches a log of the usual level, that is the news. */
function renderLogs(page: Page, logs: Refusal["logs"]): void {
  for (const { level, line } of logs) field(page, "server log", `[${level.toUpperCase()}] ${line}`);
  const last = logs.at(-1);
  if (last !== undefined && logs.every(({ level }) => HEARD[level] !== ""))
    field(page, "", HEARD[last.level], page.paint.dim);
}

function renderCheck(page: Page, check: CheckRecord, nameWidth: number): void {
  const { paint, lines } = page;
  const name = check.id.padEnd(nameWidth);
  switch (check.outcome) {
    case "passed":
      lines.push(
        `  ${paint.green("✓")} ${name}  ${paint.dim(oneLine(check.got ?? check.note ?? "", page.width - nameWidth - 6))}`.trimEnd(),
      );
      return;
    case "skipped":
      lines.push(`  ${paint.dim(`– ${name}  ${oneLine(check.note ?? "", page.width - nameWidth - 6)}`.trimEnd())}`);
      return;
    case "refused":
      lines.push(`  ${paint.red("✗")} ${paint.bold(paint.red(name.trimEnd()))}`);
      if (check.wanted !== undefined) detail(page, "wanted", check.wanted, paint.green);
      if (check.got !== undefined) detail(page, "got", check.got, paint.red);
      if (check.note !== undefined) detail(page, "", check.note, paint.dim);
  }
}

function headingOf({ server, handshake }: Refusal): string {
  return handshake?.endedBy === "client" ? `Why the client refused ${server}` : `Why ${server} refused`;
}

/** Who ended it and how. What was wanted and offered stands at the check that refused, where one did. */
function renderHandshake(page: Page, handshake: EventOf<"handshake">, isChecked: boolean): void {
  const { hello, alert, endedBy = "somebody", wanted, why, presented } = handshake;
  field(page, "ended by", `the ${endedBy}${alert === undefined ? "" : `, with the alert ${alert}`}`, page.paint.red);
  if (why !== undefined) field(page, "", why, page.paint.dim);
  if (presented !== undefined) field(page, "it was sent", presented, page.paint.yellow);
  if (isChecked || presented !== undefined || alert === undefined) return;
  if (wanted !== undefined) field(page, "wanted", wanted, page.paint.green);
  if (hello !== undefined)
    field(page, "offered", `${hello.versions.join(" ")}; ${hello.cipherSuites.join(" ")}`, page.paint.dim);
}

function replyText(refusal: Refusal): string | undefined {
  if (refusal.details !== undefined) return refusal.details;
  if (refusal.reply === undefined) return undefined;
  return typeof refusal.reply === "string" ? refusal.reply.trimEnd() : JSON.stringify(refusal.reply);
}
