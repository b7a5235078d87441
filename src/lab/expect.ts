import { type Episode, episodes, type EventOf, type JournalEvent } from "../journal/index.js";
import { glob } from "../runtime/index.js";
import { type Expectation, type Observation, resolve, type Sighting, type TemplateLookup } from "../scenario/index.js";
import { textDiff } from "./diff.js";
import { type Paint, plain } from "./paint.js";

/** What one client model reported. */
export interface ClientOutcome {
  readonly outcome: "success" | "failure";
  /** The text that its user sees. */
  readonly says: string;
}

/** What came of one experiment. */
export interface Result {
  readonly client?: ClientOutcome;
  /** Of the clients beside it, by name. */
  readonly clients: Readonly<Record<string, ClientOutcome>>;
  readonly events: readonly JournalEvent[];
}

/** One way in which a result is not what the scenario states. */
export interface Shortfall {
  readonly what: "outcome" | "says" | "observed" | "never" | "fault";
  /** For people: the first line is a sentence, the rest shows where it differs. */
  readonly lines: readonly string[];
}

/** The expectation with `{{vault.url}}` and friends filled in. */
export function fillExpectation(expected: Expectation, lookup: TemplateLookup): Expectation {
  return resolve(expected, lookup);
}

/** Compares a result with what was expected, whose templates are already filled in. Empty if all is as stated. */
export function shortfalls(expected: Expectation, result: Result, paint: Paint = plain): Shortfall[] {
  const told = episodes(result.events);
  return [
    ...(result.client === undefined ? [] : clientShortfalls("the client", expected, result.client, paint)),
    ...Object.entries(expected.clients ?? {}).flatMap(([name, wanted]) => {
      const got = result.clients[name];
      if (got !== undefined) return clientShortfalls(`the client ${name}`, wanted, got, paint);
      return [{ what: "outcome" as const, lines: [`the client ${name} did not run`] }];
    }),
    ...(expected.observed ?? []).flatMap((wanted) => observedShortfall(wanted, told, result.events, paint)),
    ...(expected.never ?? []).flatMap((unwanted) => neverShortfall(unwanted, told, result.events, paint)),
  ];
}

function clientShortfalls(
  who: string,
  wanted: { readonly outcome: "success" | "failure"; readonly says?: string },
  got: ClientOutcome,
  paint: Paint,
): Shortfall[] {
  const found: Shortfall[] = [];
  if (wanted.outcome !== got.outcome) {
    const lines = [`${who} ended in ${got.outcome}, not in ${wanted.outcome}`];
    found.push({ what: "outcome", lines: wanted.says === undefined ? [...lines, ...indent(got.says)] : lines });
  }
  if (wanted.says !== undefined && wanted.says !== got.says) {
    const heading = `${who} says something else (${paint.green("- wanted")}, ${paint.red("+ got")})`;
    found.push({ what: "says", lines: [heading, ...textDiff(wanted.says, got.says, paint)] });
  }
  return found;
}

function indent(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}

function observedShortfall(
  wanted: Observation,
  told: readonly Episode[],
  events: readonly JournalEvent[],
  paint: Paint,
): Shortfall[] {
  const { times, ...sighting } = wanted;
  const seen = sightings(sighting, told, events);
  if (times === undefined ? seen > 0 : seen === times) return [];
  const lines = [`not observed: ${describe(wanted)}`];
  if (seen > 0) return [{ what: "observed", lines: [...lines, `  it was observed ${seen} times`] }];
  const near = nearestTo(sighting, told);
  if (near === undefined) {
    lines.push(`  ${wanted.server} saw nothing at all`);
  } else {
    lines.push(`  the nearest that happened (event ${near.seq}):`);
    for (const { key, met, want, got } of conditions(sighting, near)) {
      lines.push(met ? paint.green(`  ✓ ${key} ${want}`) : paint.red(`  ✗ ${key} ${got ?? "–"}`) + `, wanted ${want}`);
    }
  }
  return [{ what: "observed", lines }];
}

function neverShortfall(
  unwanted: Sighting,
  told: readonly Episode[],
  events: readonly JournalEvent[],
  paint: Paint,
): Shortfall[] {
  if (sightings(unwanted, told, events) === 0) return [];
  const episode = told.find((one) => conditions(unwanted, one).every(({ met }) => met));
  const lines = [`happened, but never should: ${describe(unwanted)}`];
  if (episode?.request !== undefined) {
    const status = episode.reply === undefined ? "" : ` → ${episode.reply.status}`;
    lines.push(paint.red(`  event ${episode.seq}: ${episode.request.method} ${episode.request.path}${status}`));
  }
  return [{ what: "never", lines }];
}

/** How often it happened. Log lines and handshakes can stand outside of any request; all else is looked for request by request. */
function sightings(wanted: Sighting, told: readonly Episode[], events: readonly JournalEvent[]): number {
  const episodes = told.filter((episode) => conditions(wanted, episode).every(({ met }) => met)).length;
  if (episodes > 0) return episodes;
  const { server, log, handshake, alert, endedBy, ...rest } = wanted;
  if (Object.keys(rest).length > 0) return 0;
  const own = events.filter((event) => event.server === server);
  if (handshake !== undefined || alert !== undefined || endedBy !== undefined) {
    return own.filter((event) => event.type === "handshake" && handshakeFits(wanted, event) && log === undefined)
      .length;
  }
  if (log === undefined) return own.filter((event) => event.type !== "lab").length;
  return own.filter((event) => event.type === "log" && event.line.includes(log)).length;
}

function handshakeFits(wanted: Sighting, event: EventOf<"handshake">): boolean {
  return (
    (wanted.handshake === undefined || wanted.handshake === event.outcome) &&
    (wanted.alert === undefined || wanted.alert === event.alert) &&
    (wanted.endedBy === undefined || wanted.endedBy === event.endedBy)
  );
}

interface Condition {
  readonly key: string;
  readonly met: boolean;
  readonly want: string;
  readonly got?: string | undefined;
}

function conditions(wanted: Sighting, episode: Episode): Condition[] {
  const all: Condition[] = [
    { key: "server", met: wanted.server === episode.server, want: wanted.server, got: episode.server },
  ];
  const add = (
    key: string,
    want: string | number | undefined,
    got: string | number | undefined,
    met = want === got,
  ): void => {
    if (want !== undefined)
      all.push({ key, met, want: String(want), got: got === undefined ? undefined : String(got) });
  };
  const request = episode.request === undefined ? undefined : `${episode.request.method} ${episode.request.path}`;
  add("request", wanted.request, request, request !== undefined && glob(wanted.request ?? "*", request));
  add("status", wanted.status, episode.reply?.status);
  add("details", wanted.details, episode.reply?.details);
  const refusers = episode.decisions.flatMap((decision) => decision.refusedBy ?? []);
  add("refusedBy", wanted.refusedBy, refusers[0], refusers.includes(wanted.refusedBy ?? ""));
  const lines = episode.logs.map((event) => event.line);
  add(
    "log",
    wanted.log,
    lines.join(" | ") || undefined,
    lines.some((line) => line.includes(wanted.log ?? "")),
  );
  const asked = resourcesOf(episode);
  add("resource", wanted.resource, asked.join(", ") || undefined, asked.includes(wanted.resource ?? ""));
  add("handshake", wanted.handshake, episode.handshake?.outcome);
  add("alert", wanted.alert, episode.handshake?.alert);
  add("endedBy", wanted.endedBy, episode.handshake?.endedBy);
  const { audit } = wanted;
  const audited = episode.audits.map((event) => event.line);
  add(
    "audit",
    audit && JSON.stringify(audit),
    audited.join("\n    ") || undefined,
    audited.some((line) => isPart(audit, JSON.parse(line))),
  );
  return all;
}

/** Is everything that is wanted in what there is? */
function isPart(wanted: unknown, got: unknown): boolean {
  if (wanted === null) return got === null || got === undefined;
  if (typeof wanted === "string") return typeof got === "string" && glob(wanted, got);
  if (typeof wanted !== "object") return wanted === got;
  if (typeof got !== "object" || got === null || Array.isArray(wanted) !== Array.isArray(got)) return false;
  if (Array.isArray(wanted) && wanted.length !== Object.keys(got).length) return false;
  const parts = new Map(Object.entries(got));
  return Object.entries(wanted).every(([key, value]) => isPart(value, parts.get(key)));
}

/** The SDS names that a stream asked for. */
function resourcesOf(episode: Episode): string[] {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string") names.add(value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  for (const message of episode.messages) if (message.direction === "received") walk(message.summary);
  return [...names];
}

function nearestTo(wanted: Sighting, told: readonly Episode[]): Episode | undefined {
  let best: Episode | undefined;
  let most = 0;
  for (const episode of told) {
    if (episode.server !== wanted.server) continue;
    const met = conditions(wanted, episode).filter((condition) => condition.met).length;
    if (met > most) [best, most] = [episode, met];
  }
  return best;
}

/** An observation in one line, as the scenario has it. */
export function describe(observation: Observation): string {
  return Object.entries(observation)
    .map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}
