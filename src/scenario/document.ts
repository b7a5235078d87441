import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from "yaml";
import type { Finding, Problem } from "./problem.js";

/** A scenario file as read: its value and where each part of it stands. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** What is wrong with it as YAML. */
  readonly problems: readonly Problem[];
  /** It could not be read at all: `value` means nothing. */
  readonly broken: boolean;
  locate(finding: Finding): Problem;
}

/** Reads YAML and keeps where everything stands. Never throws: what is wrong is in `problems`. */
export function readDocument(file: string, text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const problem = (offset: number, finding: Omit<Finding, "path">): Problem => {
    const { line, col } = lines.linePos(offset);
    const { severity = "error", sentence, remedy } = finding;
    return { file, line, column: col, severity, sentence, ...(remedy !== undefined && { remedy }) };
  };
  const faults = [...document.errors, ...document.warnings];
  return {
    file,
    value: document.toJS({ maxAliasCount: 100 }) as unknown,
    problems: faults.map((fault) => problem(fault.pos[0], yamlFinding(fault, text))),
    broken: document.errors.some((error) => error.code !== "DUPLICATE_KEY"),
    locate: (finding) => {
      const offset = offsetOf(document, finding);
      return problem(offset, text.startsWith("{{", offset) ? unquoted(finding) : finding);
    },
  };
}

function unquoted(finding: Finding): Finding {
  return { ...finding, remedy: "put the template in quotes, since YAML reads a brace as the start of a map" };
}

function yamlFinding(fault: YAMLError, text: string): Omit<Finding, "path"> {
  if (fault.code !== "DUPLICATE_KEY") return { sentence: `is no YAML: ${fault.message}` };
  const key = /^(?:"[^"]*"|'[^']*'|[^:\n]*)/.exec(text.slice(fault.pos[0]))?.[0].trim() ?? "";
  return { sentence: `duplicate key ${key.startsWith('"') ? key : `"${key}"`}`, remedy: "keep one of the two" };
}

/** Where the value at the finding's path starts, or its key; the last step that is there if the way ends before. */
function offsetOf(document: Document.Parsed, { path, onKey = false }: Finding): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) node = node.items[Number(step)];
    else if (isMap(node)) {
      const pair = node.items.findLast((item) => isPair(item) && keyOf(item.key) === String(step));
      if (pair === undefined) return offset;
      if (onKey && i === path.length - 1) return startOf(pair.key) ?? offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else return offset;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
