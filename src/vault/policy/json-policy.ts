import { JsonNumber } from "../core/json.js";
import type { Node } from "./hcl-parser.js";

const START = { line: 1, column: 1 };

/** A policy written in JSON, as the tree that the same policy in HCL would give. Places are not kept. */
export function jsonToNode(value: unknown): Node {
  if (Array.isArray(value)) return { kind: "list", pos: START, items: value.map(jsonToNode) };
  if (typeof value === "number" || value instanceof JsonNumber) {
    return { kind: "literal", pos: START, type: "NUMBER", value: Number(value) };
  }
  if (typeof value === "boolean") return { kind: "literal", pos: START, type: "BOOL", value };
  if (typeof value === "object" && value !== null) {
    const items = Object.entries(value).map(([name, item]) => ({
      keys: [{ name, pos: START }],
      assignedAt: START,
      value: jsonToNode(item),
    }));
    return { kind: "object", pos: START, items };
  }
  return { kind: "literal", pos: START, type: "STRING", value: typeof value === "string" ? value : "" };
}
