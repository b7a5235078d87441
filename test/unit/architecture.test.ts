import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../../src");

/**
 * The folders of `src`, lowest first. Arrows point down: a folder imports from rows above its own, never from its own row
 * or below. (docs/decisions/0005-go.md tells why `go` is where it is.)
 */
const ROWS: readonly (readonly string[])[] = [
  ["runtime"],
  ["go"],
  ["journal", "pki"],
  ["transport"],
  ["faults"],
  // The fakes never meet: what one needs of another goes over the wire, or is handed to it by the lab.
  ["vault", "kubernetes", "spire", "istio"],
  // Clients know how the istio-agent names its resources, since a proxy's configuration does. Scenarios know no client.
  ["clients", "scenario"],
  ["lab"],
  ["control"],
  ["cli"],
  ["index.ts"],
];

/** What may be imported from outside a folder: its index.ts, and these. */
const OTHER_DOORS: ReadonlySet<string> = new Set([
  // Loads gRPC, which a lab without SPIRE or Istio never does.
  "transport/grpc/index.ts",
  // Loads a YAML parser, which few need.
  "runtime/yaml.ts",
  // The messages of an API are a vocabulary of their own, used by servers and clients alike.
  "transport/grpc/kubernetes-messages.ts",
  "transport/grpc/sds-messages.ts",
  "transport/grpc/workload-messages.ts",
]);

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Gone when the program runs, or loaded when it is asked for. */
  readonly isLater: boolean;
}

const top = (path: string): string => path.split("/")[0] ?? path;
const rowOf = (path: string): number => ROWS.findIndex((row) => row.includes(top(path)));

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => path.endsWith(".ts"));

/** Imports of every kind: static, of types, re-exported, dynamic. */
const arrows: readonly Arrow[] = files.flatMap((from) => {
  const text = readFileSync(join(SRC, from), "utf8");
  return [
    ...text.matchAll(/(?:^(?:import|export)(?<type> type)? (?:[^;"]*? from )?|(?<lazy>import\())"(?<path>\.[^"]+)"/gm),
  ].map(({ groups = {} }) => {
    const target = relative(SRC, resolve(SRC, dirname(from), groups.path ?? ""))
      .split(sep)
      .join("/");
    const isLater = groups.type !== undefined || groups.lazy !== undefined;
    return { from, to: target.replace(/\.js$/, ".ts"), isLater };
  });
});
const across = arrows.filter(({ from, to }) => top(from) !== top(to));
const shown = (found: readonly Arrow[]): string[] => found.map(({ from, to }) => `${from} → ${to}`);

describe("the folders are the architecture", () => {
  test("every folder has its place in the order", () => {
    expect(across.length).toBeGreaterThan(files.length / 2);
    expect([...new Set(files.map(top))].filter((folder) => rowOf(folder) === -1)).toEqual([]);
  });

  test("arrows point down", () => {
    expect(shown(across.filter(({ from, to }) => rowOf(from) <= rowOf(to)))).toEqual([]);
  });

  test("a package is loaded later through a module of ours: a bundle's dynamic import of CommonJS sees only its default", () => {
    const packages = files.filter((path) =>
      /import\("[^.\n][^"\n]*"\)/.test(readFileSync(join(SRC, path), "utf8").replace(/import\("node:/g, "")),
    );
    expect(packages.filter((path) => path !== "runtime/yaml.ts")).toEqual([]);
  });

  test("nothing reaches past a folder's door", () => {
    const isDoor = (path: string): boolean => path === `${top(path)}/index.ts` || OTHER_DOORS.has(path);
    expect(shown(across.filter(({ to }) => !isDoor(to)))).toEqual([]);
  });

  test("no module waits for itself to be loaded", () => {
    const needs = arrows.filter(({ isLater }) => !isLater);
    const done = new Set<string>();
    const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const { to } of needs.filter(({ from }) => from === file)) {
        const circle = circleFrom(to, [...path, file]);
        if (circle !== undefined) return circle;
      }
      done.add(file);
      return undefined;
    };
    expect(files.map((file) => circleFrom(file, [])).filter((circle) => circle !== undefined)).toEqual([]);
  });
});
