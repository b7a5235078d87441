import { goQuote } from "../../../runtime/index.js";

type Metadata = Readonly<Record<string, string>>;

/**
 * A secret ID's metadata: a JSON object of strings or `key=value,…`, either of them in base64 if one likes; the error's
 * text if it is none of these. (go-secure-stdlib strutil.ParseArbitraryKeyValues)
 */
export function parseMetadata(sent: string): Metadata | string {
  const trimmed = sent.trim();
  if (trimmed === "") return {};
  const text = isBase64(trimmed) ? Buffer.from(trimmed, "base64").toString("utf8") : trimmed;
  const metadata = jsonObject(text) ?? pairs(text);
  if (typeof metadata === "string") return `failed to parse the input: ${metadata}`;
  const empty = Object.keys(metadata).find((key) => key !== "" && metadata[key] === "");
  return empty === undefined ? metadata : `invalid value for key ${goQuote(empty)}`;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function jsonObject(text: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([key, item]) => [key, item === null ? "" : item] as const);
    return entries.every((entry): entry is readonly [string, string] => typeof entry[1] === "string")
      ? Object.fromEntries(entries)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Vault lower-cases keys and values alike here. */
function pairs(text: string): Metadata | string {
  const metadata: Record<string, string> = {};
  for (const pair of new Set(
    text
      .toLowerCase()
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean)
      .sort(),
  )) {
    const [key = "", value = "", ...rest] = pair.split("=").map((part) => part.trim());
    if (rest.length > 0 || !pair.includes("=")) return "invalid <key,value> format";
    if (key === "" || value === "") return `invalid <key,value> pair: key: ${goQuote(key)} value: ${goQuote(value)}`;
    metadata[key] = value;
  }
  return metadata;
}
