import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ClientReport } from "../../../src/clients/index.js";
import { startLab } from "../../../src/lab/index.js";
import { loadScenario } from "../../../src/scenario/index.js";

/** What a real controller of that release showed: conditions, warnings, and each call that Vault got, once. */
interface Shown {
  readonly conditions: readonly string[];
  readonly events: readonly string[];
  readonly calls: readonly string[];
}

const RELEASES = [
  ["external-secrets", "2.9.0"],
  ["external-secrets", "0.10.7"],
  ["cert-manager", "1.21.1"],
] as const;

const file = (name: string): string => fileURLToPath(new URL(`real/${name}`, import.meta.url));

describe.each(RELEASES)("%s %s", async (product, version) => {
  const scenario = await loadScenario(file(`${product}.yaml`));
  const recorded = JSON.parse(readFileSync(file(`${product}-${version}.json`), "utf8")) as Record<string, Shown>;
  test.each(Object.entries(recorded))("shows what the real one showed: %s", async (name, wanted) => {
    const client = scenario.client && { ...scenario.client, version };
    await using lab = await startLab(
      { ...scenario, ...(client && { client }) },
      name === "good" ? {} : { variant: name },
    );
    const report = (await lab.runClient()).client;
    expect(report && shown(report as ClientReport, lab.vault.url)).toEqual(wanted);
  });
});

function shown(report: ClientReport, url: string): Shown {
  const { origin, host } = new URL(url);
  const plain = (text: string): string =>
    text
      .replaceAll(origin, "https://<server>")
      .replaceAll(host, "<server>")
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
  const isReady = report.conditions.some(({ object, status }) => object.endsWith("Store") && status === "True");
  const warnings = report.events
    .filter(({ type, message }) => type === "Warning" && !(isReady && message.endsWith("is not ready")))
    .map(({ object, reason, message }) => `${object} ${reason}: ${message}`);
  const conditions = report.conditions.map(
    ({ object, type, status, reason, message }) => `${object} ${type}=${status} ${reason}: ${message}`,
  );
  return {
    conditions: once(conditions.map(plain)),
    events: once(warnings.map(plain)),
    calls: once(report.calls.filter((call) => !call.endsWith("no reply")).map(plain)),
  };
}

function once(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
