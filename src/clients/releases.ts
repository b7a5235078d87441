import { compareVersions, MistrustError, nearest, parseVersion, type Version } from "../runtime/index.js";

/**
 * The version of `product` that `text` names.
 * @param releases the newest patch of each minor release; lower patches exist, too
 * @throws MISTRUST_VERSION_UNKNOWN with the nearest one that exists
 */
export function knownVersion(product: string, text: string, releases: readonly string[]): Version {
  const version = parseVersion(text);
  const newest = releases
    .map((release) => parseVersion(release))
    .find((release) => release?.[0] === version?.[0] && release?.[1] === version?.[1]);
  if (version !== undefined && newest !== undefined && compareVersions(version, newest) <= 0) return version;
  const near = newest?.join(".") ?? nearest(text, releases) ?? releases.at(-1) ?? "";
  throw new MistrustError("MISTRUST_VERSION_UNKNOWN", `no ${product} ${text} is known`, {
    remedy: `take ${near}, or another between ${releases[0] ?? ""} and ${releases.at(-1) ?? ""}`,
  });
}

/** The last row of a table sorted by version whose version is not newer than `version`. */
export function rowFor<Row extends readonly [since: string, ...unknown[]]>(
  table: readonly Row[],
  version: Version,
): Row | undefined {
  return table.findLast(([since]) => compareVersions(parseVersion(since) ?? [0, 0, 0], version) <= 0);
}
