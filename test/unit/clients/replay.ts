import { readFileSync } from "node:fs";
import type { ClientReport } from "../../../src/clients/index.js";
import type { RecordedCase } from "./world.js";

export function recordings(file: string): readonly (readonly [string, RecordedCase])[] {
  const text = readFileSync(new URL(`recorded/${file}.json`, import.meta.url), "utf8");
  return Object.entries(JSON.parse(text) as Record<string, RecordedCase>);
}

/** What a report shows in the form of the recordings: addresses and times replaced, warnings only, each call once. */
export function shown(report: ClientReport, url: string): Pick<RecordedCase, "conditions" | "events" | "calls"> {
  const host = new URL(url).host;
  const port = new URL(url).port;
  const plain = (text: string): string =>
    text
      .replaceAll(url, "https://<server>")
      .replaceAll(host, "<server>")
      .replaceAll(`127.0.0.1:${port}`, "<server>")
      .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "<time>");
  return {
    conditions: report.conditions
      .map(({ object, type, status, reason, message }) => plain(`${object} ${type}=${status} ${reason}: ${message}`))
      .sort(),
    events: report.events
      .filter(({ type }) => type === "Warning")
      .map(({ object, reason, message }) => plain(`${object} ${reason}: ${message}`))
      .sort(),
    calls: [...new Set(report.calls)].filter((call) => !call.endsWith("no reply")).sort(),
  };
}

/**
 * The recordings leave out what came out differently from try to try (TLS 1.3 with a client certificate demanded is a race);
 * what is left of `seen` is what a recording speaks of.
 */
export function spokenOf(seen: readonly string[], recorded: readonly string[], object: string): readonly string[] {
  return recorded.some((line) => line.startsWith(`${object} `))
    ? seen
    : seen.filter((line) => !line.startsWith(`${object} `));
}

/** The calls of a recording without the errors that the server gave. */
export function callsOf({ calls }: RecordedCase): string[] {
  return calls.map((call) => call.replace(/ \[.*$/s, "")).sort();
}
