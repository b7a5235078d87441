/** A SPIFFE ID taken apart, or why it is none in the words of go-spiffe v2 (spiffeid.FromString). */
export type SpiffeIdReading = { readonly trustDomain: string; readonly path: string } | { readonly problem: string };

const SCHEME = "spiffe://";
const BAD_DOMAIN = "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores";
const BAD_PATH = "path segment characters are limited to letters, numbers, dots, dashes, and underscores";

/** Checks in go-spiffe's order: the trust domain's characters, its absence, then the path from left to right. */
export function readSpiffeId(text: string): SpiffeIdReading {
  if (text === "") return { problem: "cannot be empty" };
  if (!text.startsWith(SCHEME)) return { problem: "scheme is missing or invalid" };
  const rest = text.slice(SCHEME.length);
  const slash = rest.indexOf("/");
  const trustDomain = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? "" : rest.slice(slash);
  if (!/^[a-z0-9._-]*$/.test(trustDomain)) return { problem: BAD_DOMAIN };
  if (trustDomain === "") return { problem: "trust domain is missing" };
  const problem = pathProblem(path);
  return problem === undefined ? { trustDomain, path } : { problem };
}

function pathProblem(path: string): string | undefined {
  const segments = path.split("/").slice(1);
  for (const [at, segment] of segments.entries()) {
    if (!/^[A-Za-z0-9._-]*$/.test(segment)) return BAD_PATH;
    if (segment === "")
      return at === segments.length - 1 ? "path cannot have a trailing slash" : "path cannot contain empty segments";
    if (segment === "." || segment === "..") return "path cannot contain dot segments";
  }
  return undefined;
}

/** `spiffe://NAME` of a trust domain named with or without the scheme. */
export function trustDomainId(name: string): string {
  return `${SCHEME}${trustDomainName(name)}`;
}

export function trustDomainName(id: string): string {
  return id.startsWith(SCHEME) ? id.slice(SCHEME.length) : id;
}
