/** A decoded request target. */
export interface Target {
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

/** @returns `undefined` where a percent sign does not begin an escape */
export function splitTarget(target: string): Target | undefined {
  const mark = target.indexOf("?");
  const raw = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark + 1);
  if (!raw.includes("%")) return { path: raw, query };
  try {
    return { path: decodeURIComponent(raw), query };
  } catch {
    return undefined;
  }
}

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const PLAIN = /^[\w/.:@*+-]*$/;

/** Does the path hold a character that is not to be printed? (go-cleanhttp: PrintablePathCheckHandler) */
export function isUnprintable(path: string): boolean {
  return !PLAIN.test(path) && UNPRINTABLE.test(path);
}

/** The path without double slashes and dot segments. (Go: net/http cleanPath) */
export function cleanPath(path: string): string {
  if (!path.includes("//") && !path.includes("/.")) return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const slash = path.endsWith("/") && kept.length > 0 ? "/" : "";
  return `/${kept.join("/")}${slash}`;
}

/** A path as Go writes it into a Location. (Go: url.URL.String) */
export function escapePath(path: string): string {
  return encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}
