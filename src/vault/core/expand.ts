/**
 * The paths that a pattern stands for, its named groups as `{name}`: `roles/?` → `roles/`, `sign(/(?<role>…))?` → `sign`,
 * `sign/{role}`. (sdk/framework/openapi.go: expandPattern)
 */
export function expandPattern(pattern: string): string[] {
  const bare = pattern.replace(/^\^/, "").replace(/\$$/, "").replace(/\/\?$/, "/");
  return [...new Set(alternatives(bare).flatMap(sequence))].sort();
}

/** The parts between the `|` that stand outside of groups. */
function alternatives(pattern: string): string[] {
  const parts = [""];
  for (let at = 0; at < pattern.length;) {
    const atom = atomAt(pattern, at);
    if (atom === "|") parts.push("");
    else parts.push(`${parts.pop() ?? ""}${atom}`);
    at += atom.length;
  }
  return parts;
}

/** All texts of a pattern without alternatives of its own. */
function sequence(pattern: string): string[] {
  let texts = [""];
  for (let at = 0; at < pattern.length;) {
    const atom = atomAt(pattern, at);
    const repeat = /^[?*+]/.exec(pattern.slice(at + atom.length))?.[0] ?? "";
    at += atom.length + repeat.length;
    const found = repeat === "?" || repeat === "*" ? ["", ...meaning(atom, repeat)] : meaning(atom, repeat);
    texts = texts.flatMap((text) => found.map((next) => text + next));
  }
  return texts;
}

/** A group with all that is in it, a class, an escaped character or a single one. */
function atomAt(pattern: string, at: number): string {
  const char = pattern.charAt(at);
  if (char === "\\") return pattern.slice(at, at + 2);
  if (char === "[") return pattern.slice(at, pattern.indexOf("]", at + 1) + 1);
  if (char !== "(") return char;
  let depth = 0;
  for (let end = at; end < pattern.length; end++) {
    if (pattern[end] === "\\") end++;
    else if (pattern[end] === "(") depth++;
    else if (pattern[end] === ")" && --depth === 0) return pattern.slice(at, end + 1);
  }
  return pattern.slice(at);
}

function meaning(atom: string, repeat: string): string[] {
  const name = /^\(\?<(\w+)>/.exec(atom)?.[1];
  if (name !== undefined) return [`{${name}}`];
  if (atom.startsWith("(?!")) return [""];
  if (atom.startsWith("(")) return alternatives(atom.slice(atom.startsWith("(?:") ? 3 : 1, -1)).flatMap(sequence);
  if (atom === "." || atom.startsWith("[") || atom === "\\w") return repeat === "*" ? [] : ["{path}"];
  return [atom.replace(/^\\/, "").replace(/^\$$/, "")];
}
