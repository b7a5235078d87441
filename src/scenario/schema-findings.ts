import type { z } from "zod";
import { nearest } from "../runtime/index.js";
import { keysAt, scenarioJsonSchema } from "./json-schema.js";
import { at, type JsonObject, type Path, showPath } from "./path.js";
import type { Finding } from "./problem.js";
import { Scenario } from "./schema/index.js";

type Issue = z.core.$ZodIssue;

/** What the schema has against `value`, worded for people. */
export function schemaFindings(value: unknown): Finding[] {
  const result = Scenario.safeParse(value);
  if (result.success) return [];
  const schema = scenarioJsonSchema();
  const { issues } = result.error;
  // What is of a wrong type has no length to speak of.
  const mistyped = new Set(issues.filter(({ code }) => code === "invalid_type").map(({ path }) => path.join("\0")));
  return issues
    .filter(({ code, path }) => code === "invalid_type" || !mistyped.has(path.join("\0")))
    .flatMap((issue) => findingsOf(issue, [], value, schema));
}

function findingsOf(issue: Issue, above: Path, value: unknown, schema: JsonObject): Finding[] {
  const path = [...above, ...issue.path.filter((step) => typeof step !== "symbol")];
  const got = at(value, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, keysAt(schema, value, path)));
    case "invalid_type":
      return [got === undefined ? missing(path) : wrongType(path, got, issue.expected)];
    case "invalid_value":
      return [got === undefined ? missing(path) : noneOf(path, got, issue.values.map(String))];
    case "invalid_union":
      return union(issue, path, value, schema);
    case "invalid_key":
      return [{ path, onKey: true, sentence: `${quote(path.at(-1))} ${issue.issues[0]?.message ?? issue.message}` }];
    case "too_small":
      return [
        { path, sentence: `${showPath(path)} ${issue.origin === "number" ? `is below ${issue.minimum}` : "is empty"}` },
      ];
    case "too_big":
      return [{ path, sentence: `${showPath(path)} is above ${issue.maximum}` }];
    case "invalid_format":
      return [{ path, sentence: `${showPath(path)}: ${quote(got)} ${issue.message}` }];
    default:
      return [{ path, sentence: `${showPath(path)} ${issue.message}` }];
  }
}

/** The branch that was meant is the one that got further than its first type check. */
function union(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: Path,
  value: unknown,
  schema: JsonObject,
): Finding[] {
  const got = at(value, path);
  if ("options" in issue && Array.isArray(issue.options)) {
    return [got === undefined ? missing(path) : noneOf(path, got, issue.options.map(String))];
  }
  const meant = issue.errors.find((errors) => !errors.some((error) => error.path.length === 0 && "expected" in error));
  const deeper = meant?.some((error) => error.path.length > 0 || error.code === "unrecognized_keys") === true;
  if (meant !== undefined && deeper) return meant.flatMap((error) => findingsOf(error, path, value, schema));
  return [{ path, sentence: `${showPath(path)} cannot be ${quote(got)}` }];
}

function unknownKey(path: Path, key: string, valid: readonly string[]): Finding {
  const close = nearest(key, valid);
  const list = valid.length > 0 && valid.length <= 12 ? `known are ${valid.join(", ")}` : undefined;
  return {
    path: [...path, key],
    onKey: true,
    sentence: `unknown key ${quote(key)} in ${path.length === 0 ? "a scenario" : showPath(path)}`,
    remedy: close === undefined ? list : `did you mean "${close}"?`,
  };
}

function missing(path: Path): Finding {
  const parent = path.slice(0, -1);
  const sentence = `${parent.length === 0 ? "a scenario" : showPath(parent)} lacks its ${quote(path.at(-1))}`;
  return { path: parent, onKey: parent.length > 0, sentence, remedy: "add it" };
}

function wrongType(path: Path, got: unknown, expected: string): Finding {
  const sentence = `${showPath(path)} is ${kindOf(got)} where ${article(expected)} is wanted`;
  const quotable = expected === "string" && (typeof got === "number" || typeof got === "boolean");
  return { path, sentence, ...(quotable && { remedy: `put it in quotes, since YAML reads it as ${quote(got)}` }) };
}

function noneOf(path: Path, got: unknown, values: readonly string[]): Finding {
  const close = typeof got === "string" ? nearest(got, values) : undefined;
  const list = values.length === 1 ? `only ${values.join("")} is` : `known are ${values.join(", ")}`;
  return {
    path,
    sentence: `${showPath(path)} cannot be ${quote(got)}`,
    remedy: close === undefined ? list : `did you mean "${close}"?`,
  };
}

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  return article(Array.isArray(value) ? "array" : typeof value);
}

const ARTICLES: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a map",
  record: "a map",
  int: "a whole number",
  boolean: "true or false",
};

function article(kind: string): string {
  return ARTICLES[kind] ?? `a ${kind}`;
}

function quote(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : value === undefined ? "nothing" : JSON.stringify(value);
}
