/**
 * A line of Vault's log without its time and level: `name: message: key=value …`. Values are quoted as hclog does it: only
 * where they hold blanks, quotes or unprintable characters, with quotes escaped and backslashes left alone.
 */
export function logLine(name: string, message: string, fields: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${quoted(value)}`);
  return `${name}: ${message}${pairs.length === 0 ? "" : `:${pairs.join("")}`}`;
}

function quoted(value: string): string {
  if (value.includes("\n")) return `\n  | ${value.replace(/\n$/, "").replaceAll("\n", "\n  | ")}\n `;
  if (value === "") return '""';
  return /[\s"\p{C}]/u.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value;
}
