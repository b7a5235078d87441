/**
 * Compares a reply with what a transcript expects of it. Expectations are JSON with matchers in place of what varies:
 * `<any> <string> <number> <number:MIN..MAX> <uuid> <rfc3339> <regex:…> <absent> <maybe>`, `{"<superset>": {…}}` and
 * `{"<unordered>": […]}`. Objects are otherwise exact: an extra key is a difference too.
 */

/** What `${name}` stands for in expectations; an unknown name is left as it is. */
export type Names = (name: string) => string | undefined;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The differences, one sentence each with the place as a JSON pointer; none where everything fits. */
export function differences(expected: unknown, got: unknown, names: Names = () => undefined): string[] {
  const found: string[] = [];
  compare(expected, got, "", (text) => found.push(text), names);
  return found;
}

/** The text with every known `${name}` in it replaced. */
export function substitute(text: string, names: Names): string {
  return text.replace(/\$\{([^}]+)\}/g, (all, name: string) => names(name) ?? all);
}

/** The JSON value with every known `${name}` in its keys and strings replaced. */
export function substituteAll(value: unknown, names: Names): unknown {
  if (typeof value === "string") return substitute(value, names);
  if (Array.isArray(value)) return value.map((item) => substituteAll(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [substitute(k, names), substituteAll(v, names)]));
}

type Report = (difference: string) => void;

function compare(expected: unknown, got: unknown, path: string, report: Report, names: Names): void {
  if (typeof expected === "string") {
    compareText(expected, got, path, report, names);
    return;
  }
  if (Array.isArray(expected)) {
    compareList(expected, got, path, report, names);
    return;
  }
  if (isObject(expected)) {
    compareObject(expected, got, path, report, names);
    return;
  }
  if (expected !== got) report(`${path}: want ${show(expected)}, got ${show(got)}`);
}

function compareText(expected: string, got: unknown, path: string, report: Report, names: Names): void {
  const want = (fits: boolean, what: string): void => {
    if (!fits) report(`${path}: want ${what}, got ${show(got)}`);
  };
  const range = /^<number:(-?\d+)\.\.(-?\d+)>$/.exec(expected);
  if (expected === "<any>" || expected === "<maybe>") return;
  if (expected === "<string>") {
    want(typeof got === "string", "a string");
    return;
  }
  if (expected === "<number>") {
    want(typeof got === "number", "a number");
    return;
  }
  if (range !== null) {
    const fits = typeof got === "number" && got >= Number(range[1]) && got <= Number(range[2]);
    want(fits, `a number from ${range[1]} to ${range[2]}`);
    return;
  }
  if (expected === "<uuid>") {
    want(typeof got === "string" && UUID.test(got), "a uuid");
    return;
  }
  if (expected === "<rfc3339>") {
    want(typeof got === "string" && RFC3339.test(got), "an RFC 3339 time");
    return;
  }
  if (expected.startsWith("<regex:") && expected.endsWith(">")) {
    const source = substitute(expected.slice("<regex:".length, -1), (name) => escapePattern(names(name)));
    want(typeof got === "string" && new RegExp(`^(?:${source})$`, "s").test(got), `a match of /${source}/`);
    return;
  }
  const exact = substitute(expected, names);
  want(exact === got, show(exact));
}

function compareList(expected: readonly unknown[], got: unknown, path: string, report: Report, names: Names): void {
  if (!Array.isArray(got) || got.length !== expected.length) {
    report(`${path}: want ${expected.length} elements ${show(expected)}, got ${show(got)}`);
    return;
  }
  for (const [i, item] of expected.entries()) compare(item, got[i], `${path}/${i}`, report, names);
}

function compareObject(
  expected: Record<string, unknown>,
  got: unknown,
  path: string,
  report: Report,
  names: Names,
): void {
  const superset = only(expected, "<superset>");
  const unordered = only(expected, "<unordered>");
  if (Array.isArray(unordered)) {
    compareUnordered(unordered, got, path, report, names);
    return;
  }
  if (!isObject(got)) {
    report(`${path}: want an object, got ${show(got)}`);
    return;
  }
  const wanted = new Map(
    Object.entries(isObject(superset) ? superset : expected).map(([k, v]) => [substitute(k, names), v]),
  );
  for (const [key, value] of wanted) {
    const at = `${path}/${key}`;
    if (value === "<absent>") {
      if (key in got) report(`${at}: must be absent, got ${show(got[key])}`);
    } else if (key in got) compare(value, got[key], at, report, names);
    else if (value !== "<maybe>") report(`${at}: missing, want ${show(value)}`);
  }
  if (isObject(superset)) return;
  for (const key of Object.keys(got)) if (!wanted.has(key)) report(`${path}/${key}: unexpected, got ${show(got[key])}`);
}

function compareUnordered(
  expected: readonly unknown[],
  got: unknown,
  path: string,
  report: Report,
  names: Names,
): void {
  if (!Array.isArray(got) || got.length !== expected.length) {
    report(`${path}: want ${expected.length} elements in any order, got ${show(got)}`);
    return;
  }
  const rest: unknown[] = [...(got as unknown[])];
  for (const item of expected) {
    const at = rest.findIndex((candidate) => differences(item, candidate, names).length === 0);
    if (at === -1) report(`${path}: no element like ${show(item)} in ${show(got)}`);
    else rest.splice(at, 1);
  }
}

function only(value: Record<string, unknown>, key: string): unknown {
  return key in value && Object.keys(value).length === 1 ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escapePattern(text: string | undefined): string | undefined {
  return text?.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length < 300 ? text : `${text.slice(0, 300)}…`;
}
