import { createPublicKey } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { chainOf, describe, keyAlgorithm, keyOf, verifiedBy } from "./x509.js";

export interface MatchContext {
  /** What `${name}` stands for. */
  readonly names: ReadonlyMap<string, string>;
  /** ms since the epoch, for `<time>`. */
  readonly now: number;
}

/** The differences between what is expected and what came; none where it fits. */
export function differences(context: MatchContext, want: unknown, got: unknown, path = ""): string[] {
  if (typeof want === "string") return text(context, want, got, path);
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || got.length !== want.length)
      return [`${path}: want ${want.length} elements, got ${show(got)}`];
    return want.flatMap((item, i) => differences(context, item, got[i], `${path}/${i}`));
  }
  if (!isObject(want)) return isDeepStrictEqual(want, got) ? [] : [`${path}: want ${show(want)}, got ${show(got)}`];
  const [only, ...more] = Object.entries(want);
  if (only !== undefined && more.length === 0 && only[0].startsWith("<"))
    return special(context, only[0], only[1], got, path);
  if (!isObject(got)) return [`${path}: want an object, got ${show(got)}`];
  const extra = Object.keys(got).filter((key) => !(key in want));
  return [...keys(context, want, got, path), ...extra.map((key) => `${path}/${key}: unexpected ${show(got[key])}`)];
}

export function substitute(context: Pick<MatchContext, "names">, value: unknown): unknown {
  if (typeof value === "string")
    return value.replace(/\$\{([^}]+)\}/g, (all, name: string) => context.names.get(name) ?? all);
  if (Array.isArray(value)) return value.map((item) => substitute(context, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(context, item)]));
}

function keys(
  context: MatchContext,
  want: Record<string, unknown>,
  got: Record<string, unknown>,
  path: string,
): string[] {
  return Object.entries(want).flatMap(([key, expected]) => {
    if (expected === "<absent>") return key in got ? [`${path}/${key}: must be absent`] : [];
    return key in got ? differences(context, expected, got[key], `${path}/${key}`) : [`${path}/${key}: missing`];
  });
}

function text(context: MatchContext, want: string, got: unknown, path: string): string[] {
  const bad = [`${path}: want ${want}, got ${show(got)}`];
  const pattern = /^<regex:([\s\S]*)>$/.exec(want)?.[1];
  if (pattern !== undefined) return typeof got === "string" && new RegExp(`^(?:${pattern})$`, "s").test(got) ? [] : bad;
  switch (want) {
    case "<any>":
      return [];
    case "<string>":
      return typeof got === "string" ? [] : bad;
    case "<number>":
      return typeof got === "number" ? [] : bad;
    case "<pem-chain>":
      return chainOf(String(got)).format === "pem" ? [] : bad;
    case "<pem-key>":
      return keyOf(String(got)).format === "pem" ? [] : bad;
    default:
      return substitute(context, want) === got ? [] : bad;
  }
}

function special(context: MatchContext, kind: string, argument: unknown, got: unknown, path: string): string[] {
  const object = isObject(argument) ? argument : {};
  const list = Array.isArray(argument) ? argument : [];
  switch (kind) {
    case "<superset>":
      return isObject(got) ? keys(context, object, got, path) : [`${path}: want an object, got ${show(got)}`];
    case "<unordered>":
      return unordered(context, list, got, path);
    case "<one-of>":
      return list.some((item) => differences(context, item, got).length === 0)
        ? []
        : [`${path}: none of ${show(list)}`];
    case "<json>":
      return differences(
        context,
        argument,
        JSON.parse(Buffer.from(String(got), "base64").toString("utf8")),
        `${path}/<json>`,
      );
    case "<jwt>":
      return keys(context, object, jwt(String(got)), `${path}/<jwt>`);
    case "<time>": {
      const off = Number(got) - context.now / 1000 - Number(object.fromNow ?? 0);
      return Math.abs(off) <= Number(object.slack ?? 5) ? [] : [`${path}: off by ${off} s`];
    }
    case "<x509>":
      return certificate(context, object, String(got), `${path}/<x509>`);
    case "<key>":
      return privateKey(context, object, String(got), `${path}/<key>`);
    default:
      return [`${path}: unknown matcher ${kind}`];
  }
}

function unordered(context: MatchContext, want: readonly unknown[], got: unknown, path: string): string[] {
  if (!Array.isArray(got) || got.length !== want.length)
    return [`${path}: want ${want.length} elements, got ${show(got)}`];
  const left: unknown[] = [...(got as readonly unknown[])];
  return want.flatMap((item) => {
    const at = left.findIndex((candidate) => differences(context, item, candidate).length === 0);
    if (at === -1) return [`${path}: no element fits ${show(item)}`];
    left.splice(at, 1);
    return [];
  });
}

function certificate(context: MatchContext, want: Record<string, unknown>, got: string, path: string): string[] {
  const chain = chainOf(got);
  const { verifiedBy: roots, lifetimeSeconds, notAfterWithin, keyUsage, eku, ...rest } = want;
  const is = describe(chain);
  const found = keys(context, rest, is, path);
  if (roots !== undefined && !verifiedBy(chain, chainOf(String(substitute(context, roots)))))
    found.push(`${path}/verifiedBy`);
  if (typeof lifetimeSeconds === "number" && Math.abs(Number(is.lifetimeSeconds) - lifetimeSeconds) > 2) {
    found.push(`${path}/lifetimeSeconds: want ${lifetimeSeconds}, got ${String(is.lifetimeSeconds)}`);
  }
  if (typeof notAfterWithin === "number") {
    const left = (Date.parse(chain.certificates[0]?.validTo ?? "") - context.now) / 1000;
    if (left > notAfterWithin || left < 0) found.push(`${path}/notAfterWithin: want 0..${notAfterWithin}, got ${left}`);
  }
  if (Array.isArray(keyUsage)) found.push(...unordered(context, keyUsage, is.keyUsage, `${path}/keyUsage`));
  if (Array.isArray(eku)) found.push(...unordered(context, eku, is.eku, `${path}/eku`));
  return found;
}

function privateKey(context: MatchContext, want: Record<string, unknown>, got: string, path: string): string[] {
  const { format, key } = keyOf(got);
  const { matches, ...rest } = want;
  const found = keys(context, rest, { format, keyAlg: keyAlgorithm(createPublicKey(key)) }, path);
  if (matches === undefined) return found;
  const [leaf] = chainOf(String(substitute(context, matches))).certificates;
  return leaf?.checkPrivateKey(key) === true
    ? found
    : [...found, `${path}: the key does not belong to the certificate`];
}

function jwt(token: string): Record<string, unknown> {
  const [header = "", claims = ""] = token.split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  return { header: read(header), claims: read(claims) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 160);
}
