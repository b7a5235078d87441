import type { Explanation, Offer, Refusal } from "./explain.js";
import { oneLine, type Page } from "./page.js";
import { type Paint, plain, wrap } from "./paint.js";
import { renderRefusal } from "./refusal-text.js";

export interface RenderOptions {
  readonly paint?: Paint;
  /** Columns to fill; default 100. */
  readonly width?: number;
  /** Leave out the list of all requests. */
  readonly refusalsOnly?: boolean;
  /** Show every check that passed on a line of its own, with what it saw. */
  readonly allChecks?: boolean;
}

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
  const told = alike(explanation.refusals);
  told.forEach(({ refusal, times }, at) => renderRefusal(page, refusal, { number: at + 1, of: told.length, times }));
  renderOffers(page, explanation.story?.variants ?? []);
  return `${page.lines.join("\n").replace(/^\n+/, "")}\n`;
}

/** Clients try again: refusals for the same reasons are told once. */
function alike(refusals: readonly Refusal[]): { readonly refusal: Refusal; readonly times: number }[] {
  const groups = new Map<string, { readonly refusal: Refusal; readonly times: number }>();
  for (const refusal of refusals) {
    const { server, what, status, decisions, reply, details, within, handshake } = refusal;
    const why = handshake && [handshake.endedBy, handshake.alert, handshake.why, handshake.hello];
    const key = JSON.stringify([server, what, status, decisions, reply, details, within === undefined, why]);
    const group = groups.get(key);
    groups.set(key, group === undefined ? { refusal, times: 1 } : { ...group, times: group.times + 1 });
  }
  return [...groups.values()];
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
