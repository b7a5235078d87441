/** A page: its title, what it is about, and its parts. */
export function page(title: string, intro: string, ...parts: readonly string[]): string {
  const note = "<!-- Written by scripts/reference.mjs from the sources; a test compares. Change those, not this. -->";
  return `${[`# ${title}`, note, intro, ...parts].join("\n\n")}\n`;
}

export function section(title: string, ...parts: readonly string[]): string {
  return [`## ${title}`, ...parts.filter((part) => part !== "")].join("\n\n");
}

/** A table, as narrow as its texts are. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(heads), `| ${heads.map(() => "---").join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** A text as code. */
export function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Outside of code, `<name>` would be taken for a tag. */
function cell(text: string): string {
  const shown = text.replace(/`[^`]*`|<(?=[a-z/])/gi, (found) => (found === "<" ? "&lt;" : found));
  return shown.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}
