import type { Backend, FieldType } from "./backend.js";
import type { Match } from "./framework.js";

/** What a field type is called in help texts and documents. (sdk/framework/field_type.go: FieldType.String) */
const TYPE_NAMES: Readonly<Record<FieldType, string>> = {
  string: "string",
  "lower-string": "lowercase string",
  int: "int",
  bool: "bool",
  duration: "duration (sec)",
  "signed-duration": "duration (sec)",
  slice: "slice",
  "string-list": "slice",
  "comma-list": "slice",
  "comma-int-list": "slice",
  map: "map",
  "key-values": "keypair",
  any: "",
  float: "float",
  time: "time",
};

const PATHS_INTRO = `The following paths are supported by this backend. To view help for
any of the paths below, use the help command with any route matching
the path pattern. Note that depending on the policy of your auth token,
you may or may not be able to access certain paths.`;

/** A path's pattern as Go writes it, anchored as the framework does. */
export function goPattern(pattern: string): string {
  return `^${pattern.replace(/^\^/, "").replace(/\$$/, "").replaceAll("(?<", "(?P<")}$`;
}

/** What `vault path-help` shows of a path. (sdk/framework/path.go: pathHelpTemplate) */
export function pathHelp(request: string, { route }: Match): string {
  const { pattern, summary, description = "<no description>" } = route.path;
  const fields = Object.entries(route.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const parameters = fields.map(
    ([name, { type, deprecated, description: text = "<no description>" }]) =>
      `\n    ${name} (${TYPE_NAMES[type]})\n\n${indent(8, deprecated === true ? `(DEPRECATED) ${text}` : text)}\n`,
  );
  const section = parameters.length === 0 ? "" : `## PARAMETERS\n${parameters.join("")}\n`;
  return `Request:        ${request}\nMatching Route: ${goPattern(pattern)}\n\n${summary}\n\n${section}## DESCRIPTION\n\n${description}`;
}

/** What `vault path-help` shows of a mount. (sdk/framework/backend.go: rootHelpTemplate) */
export function rootHelp({ paths }: Backend, description: string): string {
  const rows = paths
    .map(({ pattern, summary }) => `    ${goPattern(pattern)}\n${indent(8, summary)}\n\n`)
    .sort()
    .join("");
  return `## DESCRIPTION\n\n${description}\n\n## PATHS\n\n${PATHS_INTRO}\n\n${rows}`.trim();
}

function indent(columns: number, text: string): string {
  return text.replace(/^(?=.)/gm, " ".repeat(columns));
}
