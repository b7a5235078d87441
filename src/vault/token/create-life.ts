import type { FieldData } from "../core/backend.js";
import type { Core } from "../core/core.js";
import { parseDurationSeconds } from "../core/go.js";
import { type Creator, Refused } from "./creator.js";
import type { TokenRole } from "./roles.js";
import { calculateTtl } from "./ttl.js";

/** How long a token was asked to live, in seconds; 0 for what was not said. */
export interface Spans {
  readonly ttl: number;
  readonly period: number;
  readonly explicitMaxTtl: number;
  /** What the request said itself, which is what lookups show; a role's own spans count anew at each renewal. */
  readonly asked: { readonly period: number; readonly explicitMaxTtl: number };
  readonly warnings: readonly string[];
}

/** What the request asks for, within what the role allows. @throws Refused */
export function spansOf(
  data: FieldData,
  role: TokenRole | undefined,
  { sudo }: Creator,
  type: "service" | "batch",
): Spans {
  const explicitMaxTtl = span(data, "explicit_max_ttl");
  const period = span(data, "period");
  if (period > 0 && !sudo) throw new Refused("root or sudo privileges required to create periodic token");
  const ttl = data.string("ttl") === "" ? span(data, "lease") : span(data, "ttl");
  const asked = { period, explicitMaxTtl };
  if (role === undefined || type === "batch") return { ttl, period, explicitMaxTtl, asked, warnings: [] };
  const warnings: string[] = [];
  const lesser = (wished: number, ofRole: number, what: string): number => {
    if (ofRole === 0 || wished === 0) return wished === 0 ? ofRole : wished;
    const least = Math.min(wished, ofRole);
    warnings.push(
      `${what} specified both during creation call and in role; using the lesser value of ${least} seconds`,
    );
    return least;
  };
  return {
    ttl,
    explicitMaxTtl: lesser(explicitMaxTtl, role.explicitMaxTtl, "Explicit max TTL"),
    period: lesser(period, role.period, "Period"),
    asked,
    warnings,
  };
}

function span(data: FieldData, name: string): number {
  let seconds: number;
  try {
    seconds = parseDurationSeconds(data.string(name));
  } catch (error) {
    throw new Refused(error instanceof Error ? error.message : String(error));
  }
  if (seconds < 0) throw new Refused(`${name} must be positive`);
  return seconds;
}

/** How long it will live: root tokens alone may live for ever, and only children of those that do. @throws Refused */
export function lifeOf(
  core: Core,
  policies: readonly string[],
  spans: Spans,
  { parent }: Creator,
): ReturnType<typeof calculateTtl> {
  const mount = core.mounts.get("auth/token/")?.mount;
  const ends = spans.period > 0 || spans.ttl > 0 || !policies.includes("root");
  const life =
    ends && mount !== undefined
      ? calculateTtl(
          { ttl: spans.ttl, period: spans.period, maxTtl: 0, explicitMaxTtl: spans.explicitMaxTtl },
          {
            now: core.clock.now(),
            defaultTtl: core.mounts.defaultLeaseTtl(mount),
            maxTtl: core.mounts.maxLeaseTtl(mount),
          },
        )
      : { ttl: spans.explicitMaxTtl, warnings: [] };
  if (life.ttl === 0 && parent.creationTtl !== 0) {
    throw new Refused("expiring root tokens cannot create non-expiring root tokens");
  }
  return life;
}
