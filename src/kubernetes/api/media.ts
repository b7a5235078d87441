import { notAcceptable, notProduced, unsupportedMediaType } from "../status.js";

const ACCEPTED = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;

/** How an answer is written. */
export type Encoding = "json" | "yaml";

/**
 * How to read a request's body. Go's generated clients write protobuf since client-go 0.32.
 * @throws ApiError 415
 */
export function bodyEncoding(contentType: string | undefined): Encoding | "protobuf" {
  const type = mediaType(contentType ?? "");
  if (type === "" || type === "application/json") return "json";
  if (type === "application/yaml") return "yaml";
  if (type === "application/vnd.kubernetes.protobuf") return "protobuf";
  throw unsupportedBody();
}

/** 415 for a body that is not read. */
export function unsupportedBody(): Error {
  return unsupportedMediaType(ACCEPTED);
}

/**
 * How to write the answer: the first acceptable one of JSON and YAML in the client's own order.
 * @throws ApiError 406
 */
export function replyEncoding(accept: string | undefined): Encoding {
  if (accept === undefined || accept.trim() === "") return "json";
  for (const item of accept.split(",")) {
    if (/;\s*as=/.test(item)) continue;
    const type = mediaType(item);
    if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
    if (type === "application/yaml") return "yaml";
  }
  const isRouted = accept.split(",").some((item) => ROUTED.has(mediaType(item)));
  throw isRouted ? notAcceptable(ACCEPTED) : notProduced(ACCEPTED.join(", "));
}

/** What the router lets through to the handler, which looks at the parameters, too. */
const ROUTED: ReadonlySet<string> = new Set([...ACCEPTED, "*/*"]);

function mediaType(text: string): string {
  return (text.split(";")[0] ?? "").trim().toLowerCase();
}

/** Do people read the answer? Then it is indented. (negotiation isPrettyPrint) */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get("pretty");
  if (asked !== null) return !/^(0|f|false)$/i.test(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
