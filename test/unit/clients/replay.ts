import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { type ClientReport, type Manifest, runClient, type Targets } from "../../../src/clients/index.js";
import { type RecordedCase, tokenServer, type World, worldOf } from "./world.js";

/** A product whose recorded conversations are replayed. */
export interface Replayed {
  readonly product: string;
  readonly versions: readonly string[];
  /** Recordings are in `recorded/<prefix>-<version>.json`. */
  readonly prefix: string;
  readonly targets?: Targets;
  /** What the user applied in a case. */
  readonly manifests: (name: string, recorded: RecordedCase, world: World) => Record<string, Manifest>;
  /** Holds what the model showed against what the real one did, the calls aside. */
  readonly compare: (seen: Shown, recorded: RecordedCase) => void;
}

/** One test for each recorded case, and how many of them came out the same. */
export function replay({ product, versions, prefix, targets, manifests, compare }: Replayed): void {
  describe.each(versions)(`${product} %s`, (version) => {
    const cases = recordings(`${prefix}-${version}`);
    let passed = 0;
    it.each(cases)("shows what the real one showed: %s", async (name, recorded) => {
      await using world = await worldOf(name, recorded);
      await using api = await tokenServer();
      const report = await runClient(
        { product, version, manifests: manifests(name, recorded, world) },
        { kubernetes: { url: api.url, token: "controller" }, ...targets },
      );
      if (recorded.refusedByApiServer !== undefined) expectRefusal(report, recorded.refusedByApiServer);
      else {
        const seen = shown(report, world.url);
        compare(seen, recorded);
        expect(seen.calls).toEqual(callsOf(recorded));
      }
      passed++;
    });
    afterAll(() => console.log(`${product} ${version}: ${passed} of ${cases.length} recorded cases`));
  });
}

function expectRefusal(report: ClientReport, recorded: string): void {
  const refusal = /^(.*?Invalid value: ")-----BEGIN/s.exec(recorded)?.[1] ?? "";
  expect(report.says.startsWith(refusal)).toBe(true);
  expect(report.calls).toEqual([]);
}

/** What the first call that fits `pattern` captured. */
export function called({ calls }: RecordedCase, pattern: RegExp): string | undefined {
  return calls.map((one) => pattern.exec(one)?.[1]).find((found) => found !== undefined);
}

/** `caBundle` as the case has it, with the world's CA; empty where there is none. */
export function bundleOf(name: string, { caPem }: World): { readonly caBundle?: string } {
  const bundle = Buffer.from(caPem).toString("base64");
  const caBundle =
    name === "ca-base64-twice" ? Buffer.from(bundle).toString("base64") : name === "ca-raw-pem" ? caPem : bundle;
  return caBundle === "" ? {} : { caBundle };
}

type Shown = Pick<RecordedCase, "conditions" | "events" | "calls">;

function recordings(file: string): readonly (readonly [string, RecordedCase])[] {
  const text = readFileSync(new URL(`recorded/${file}.json`, import.meta.url), "utf8");
  return Object.entries(JSON.parse(text) as Record<string, RecordedCase>);
}

/** What a report shows in the form of the recordings: addresses and times replaced, warnings only, each call once. */
function shown(report: ClientReport, url: string): Shown {
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
    // Texts with a time in them are as many events as there were seconds.
    events: [
      ...new Set(
        report.events
          .filter(({ type }) => type === "Warning")
          .map(({ object, reason, message }) => plain(`${object} ${reason}: ${message}`)),
      ),
    ].sort(),
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
function callsOf({ calls }: RecordedCase): string[] {
  return calls.map((call) => call.replace(/ \[.*$/s, "")).sort();
}
