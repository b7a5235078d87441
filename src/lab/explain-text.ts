import { type CheckRecord, type EventOf, isGrpc, type LogLevel, type ServerName } from "../journal/index.js";
import type { Explanation, Offer, Refusal } from "./explain.js";
import { type Paint, plain, wrap } from "./paint.js";

export interface RenderOptions {
  readonly paint?: Paint;
  /** Columns to fill; default 100. */
  readonly width?: number;
  /** Leave out the list of all requests. */
  readonly refusalsOnly?: boolean;
  /** Show every check that passed on a line of its own, with what it saw. */
  readonly allChecks?: boolean;
}

interface Page {
  readonly paint: Paint;
  readonly width: number;
  readonly allChecks: boolean;
  readonly lines: string[];
}

const HEARD: Readonly<Record<LogLevel, string>> = {
  trace: "written at TRACE: nobody sees it unless the log level is trace",
  debug: "written at DEBUG: at the usual log level, info, nobody sees it",
  info: "",
  warn: "",
  error: "",
};

const HELPS: Readonly<Record<Offer["kind"], string>> = {
  fix: "fix",
  workaround: "workaround",
  rollback: "roll-back",
  "red-herring": "red herring",
  contrast: "contrast",
};

/** The explanation as a page of text for a terminal or a projector. Ends with a line break. */
export function renderExplanation(explanation: Explanation, options: RenderOptions = {}): string {
  const page: Page = {
    paint: options.paint ?? plain,
    width: options.width ?? 100,
    allChecks: options.allChecks ?? false,
    lines: [],
  };
  renderStory(page, explanation);
  renderSays(page, explanation);
  if (options.refusalsOnly !== true) renderSteps(page, explanation);
  explanation.refusals.forEach((refusal, at) => renderRefusal(page, refusal, at + 1, explanation.refusals.length));
  renderOffers(page, explanation.story?.variants ?? []);
  return `${page.lines.join("\n").replace(/^\n+/, "")}\n`;
}

function renderStory(page: Page, { story }: Explanation): void {
  if (story === undefined) return;
  const { paint, lines, width } = page;
  const id = story.variant === undefined ? story.id : `${story.id}@${story.variant}`;
  lines.push(paint.bold(id), ...wrap(story.title, width));
}

function renderSays(page: Page, { says }: Explanation): void {
  for (const { product, where, text } of dedupe(says)) {
    page.lines.push("", `${page.paint.bold(product)} says ${page.paint.dim(`(${where})`)}`);
    for (const line of text.split("\n")) page.lines.push(line === "" ? "" : `  ${page.paint.yellow(line)}`);
  }
}

function dedupe<T>(items: readonly T[]): T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = JSON.stringify(item);
    return !seen.has(key) && seen.add(key);
  });
}

function renderSteps(page: Page, { steps, changes }: Explanation): void {
  const { paint, lines } = page;
  if (steps.length === 0) {
    lines.push("", "Nothing has reached a fake yet.");
    return;
  }
  lines.push("", paint.bold("What happened"));
  const shown = steps.length > 40 ? steps.filter((step) => step.refused).slice(-40) : steps;
  if (shown.length < steps.length) lines.push(paint.dim(`  ${steps.length} requests; the refused ones:`));
  const serverWidth = Math.max(...shown.map((step) => step.server.length));
  const whats = shown.map((step) => (step.within === undefined ? step.what : `└ ${step.what}`));
  const whyWidth = Math.max(...shown.map((step) => step.refusedBy?.length ?? 0));
  // Beside these four columns stand the mark, the gaps, and a status of three digits.
  const whatWidth = Math.min(Math.max(...whats.map((what) => what.length)), page.width - serverWidth - whyWidth - 13);
  let next = 0;
  const tellChanges = (until: number): void => {
    for (let change = changes[next]; change !== undefined && change.seq < until; change = changes[++next]) {
      if (change.what !== "started") lines.push(paint.cyan(`  ● ${change.what}`));
    }
  };
  shown.forEach((step, at) => {
    tellChanges(step.seq);
    const mark = step.refused ? paint.red("✗") : paint.green("✓");
    const status = step.status === undefined ? "–" : String(step.status);
    const why = step.refusedBy === undefined ? "" : paint.red(`  ${step.refusedBy}`);
    lines.push(
      `  ${mark} ${step.server.padEnd(serverWidth)}  ${oneLine(whats[at] ?? "", whatWidth).padEnd(whatWidth)}  ${step.refused ? paint.red(status) : status}${why}`,
    );
  });
  tellChanges(Infinity);
}

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

function renderRefusal(page: Page, refusal: Refusal, number: number, of: number): void {
  const { paint, lines } = page;
  const count = of > 1 ? paint.dim(`  ${number}/${of}`) : "";
  const caller = refusal.within === undefined ? "" : paint.dim(" what was asked of it meanwhile");
  const status = refusal.status === undefined ? "no answer" : statusText(refusal.server, refusal.status);
  const what = oneLine(refusal.what, page.width - status.length - 8);
  lines.push(
    "",
    `${paint.bold(`Why ${refusal.server} refused`)}${caller}${count}`,
    `  ${what}  →  ${paint.red(paint.bold(status))}`,
  );
  for (const decision of refusal.decisions) {
    if (decision.refusedBy === undefined && refusal.refusedBy !== undefined) {
      lines.push(`  ${paint.green("✓")} ${paint.dim(decision.name)}`);
      continue;
    }
    renderChecks(page, decision.checks);
  }
  if (refusal.handshake !== undefined) renderHandshake(page, refusal.handshake);
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

function renderHandshake(page: Page, handshake: EventOf<"handshake">): void {
  const { hello } = handshake;
  const ended = `${handshake.endedBy ?? "somebody"} ended it${handshake.alert === undefined ? "" : ` with the alert ${handshake.alert}`}`;
  detail(page, "ended", ended, page.paint.red);
  if (handshake.wanted !== undefined) detail(page, "wanted", handshake.wanted, page.paint.green);
  if (hello !== undefined)
    detail(page, "offered", `${hello.versions.join(" ")}; ${hello.cipherSuites.join(" ")}`, page.paint.red);
  if (handshake.why !== undefined) detail(page, "", handshake.why, page.paint.dim);
}

function renderOffers(page: Page, offers: readonly Offer[]): void {
  if (offers.length === 0) return;
  const { paint, lines } = page;
  const idWidth = Math.max(...offers.map((offer) => offer.id.length));
  const groups = [
    ["What helps", offers.filter((offer) => offer.kind !== "red-herring" && offer.kind !== "contrast")],
    ["What does not help, though often advised", offers.filter((offer) => offer.kind === "red-herring")],
    ["The same elsewhere", offers.filter((offer) => offer.kind === "contrast")],
  ] as const;
  for (const [heading, group] of groups) {
    if (group.length === 0) continue;
    lines.push("", paint.bold(heading));
    for (const offer of group) {
      const mark = offer.applied ? paint.cyan("●") : offer.kind === "red-herring" ? paint.red("✗") : paint.green("→");
      const [first = "", ...more] = wrap(offer.title, page.width - idWidth - 20);
      lines.push(
        `  ${mark} ${paint.bold(offer.id.padEnd(idWidth))}  ${first}  ${paint.dim(`(${HELPS[offer.kind]}, ${offer.by})`)}`,
      );
      for (const line of more) lines.push(`    ${" ".repeat(idWidth)}  ${line}`);
    }
  }
}

const LABEL = 16;

function field(page: Page, label: string, text: string, colour: (text: string) => string = (same) => same): void {
  const [first = "", ...more] = wrap(text, page.width - LABEL - 2);
  page.lines.push(`  ${page.paint.dim(label.padEnd(LABEL))}${colour(first)}`);
  for (const line of more) page.lines.push(`  ${" ".repeat(LABEL)}${colour(line)}`);
}

function detail(page: Page, label: string, text: string, colour: (text: string) => string): void {
  const [first = "", ...more] = wrap(text, page.width - 14);
  page.lines.push(`      ${page.paint.dim(label.padEnd(8))}${colour(first)}`);
  for (const line of more) page.lines.push(`      ${" ".repeat(8)}${colour(line)}`);
}

function oneLine(text: string, width: number): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > width ? `${flat.slice(0, Math.max(1, width - 1))}…` : flat;
}

function replyText(refusal: Refusal): string | undefined {
  if (refusal.details !== undefined) return refusal.details;
  if (refusal.reply === undefined) return undefined;
  return typeof refusal.reply === "string" ? refusal.reply.trimEnd() : JSON.stringify(refusal.reply);
}
