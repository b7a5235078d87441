/** A release number as three numbers; `1.21`, `v1.21.1`, `1.21.1+ent` and `2.0.0-dev` are read too. */
export type Version = readonly [major: number, minor: number, patch: number];

export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

/** Negative if `a` is older, positive if newer, 0 if the same. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Does `version` lie in a range such as `>=1.12.0 <1.15` (blank = and, `||` = or)? */
export function inRange(version: Version, range: string): boolean {
  return range.split("||").some((all) =>
    all
      .trim()
      .split(/\s+/)
      .filter((part) => part !== "" && part !== "*")
      .every((part) => {
        const match = /^(>=|<=|>|<|=)?(.+)$/.exec(part);
        const bound = parseVersion(match?.[2] ?? "");
        if (bound === undefined) return false;
        const c = compareVersions(version, bound);
        switch (match?.[1]) {
          case ">=":
            return c >= 0;
          case "<=":
            return c <= 0;
          case ">":
            return c > 0;
          case "<":
            return c < 0;
          default:
            return c === 0;
        }
      }),
  );
}
