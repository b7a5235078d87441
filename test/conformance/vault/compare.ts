import { differences } from "../match.js";
import type { NameTable } from "./names.js";
import type { Seen } from "./scripted-api.js";
import type { SeenSpec, Step } from "./transcript.js";
import type { WireReply } from "./wire.js";

/** How a reply, and what the Kubernetes API saw meanwhile, differ from what a step expects. */
export function stepDifferences(
  step: Step,
  reply: WireReply | undefined,
  seen: readonly Seen[],
  names: NameTable,
): string[] {
  const { response: want } = step;
  if (want.connection === "refused")
    return reply === undefined ? [] : [`want the connection to fail, got status ${reply.status}`];
  if (reply === undefined) return ["no HTTP answer"];
  return [
    ...(want.status === undefined || want.status === reply.status
      ? []
      : [`status: want ${want.status}, got ${reply.status}: ${reply.text.slice(0, 300)}`]),
    ...headerDifferences(want.headers ?? {}, reply.headers, names),
    ...bodyDifferences(step, reply, names),
    ...(step.kubernetesSaw === undefined ? [] : seenDifferences(step.kubernetesSaw, seen, names)),
  ];
}

function headerDifferences(
  want: Readonly<Record<string, string>>,
  got: Readonly<Record<string, string | string[] | undefined>>,
  names: NameTable,
): string[] {
  const wanted = Object.fromEntries(Object.entries(want).map(([name, value]) => [name.toLowerCase(), value]));
  const relevant = Object.fromEntries(Object.entries(got).filter(([name]) => name in wanted));
  return differences(wanted, relevant, names.lookup).map((text) => `header ${text}`);
}

function bodyDifferences({ response }: Step, { text }: WireReply, names: NameTable): string[] {
  if (response.rawBody !== undefined)
    return differences(response.rawBody, text, names.lookup).map((line) => `rawBody${line}`);
  if (response.body === undefined) return [];
  return differences(names.typed(response.body), parsed(text), names.lookup).map((line) => `body${line}`);
}

/** The JSON of a body; what is none cannot equal any expectation. */
function parsed(text: string): unknown {
  try {
    return text === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return `not JSON: ${text.slice(0, 200)}`;
  }
}

function seenDifferences(want: readonly SeenSpec[], got: readonly Seen[], names: NameTable): string[] {
  if (want.length !== got.length) {
    const list = got.map(({ method, path }) => `${method} ${path}`).join(", ");
    return [`kubernetesSaw: want ${want.length} requests, got ${got.length}: ${list}`];
  }
  return want.flatMap(({ headers, ...rest }, at) => {
    const seen = got[at];
    if (seen === undefined) return [];
    const { method, path, body } = seen;
    const found = {
      ...("method" in rest && { method }),
      ...("path" in rest && { path }),
      ...("body" in rest && { body }),
    };
    return [...differences(rest, found, names.lookup), ...headerDifferences(headers ?? {}, seen.headers, names)].map(
      (line) => `kubernetesSaw/${at}${line}`,
    );
  });
}

/** The value that a JSON pointer points to (RFC 6901). */
export function pointer(document: unknown, path: string): unknown {
  let value = document;
  for (const part of path.split("/").slice(1)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return value;
}
