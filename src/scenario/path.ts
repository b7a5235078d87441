/** The way to a value inside a parsed file: keys and list positions. */
export type Path = readonly (string | number)[];

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at `path`, or `undefined` where the way ends before. */
export function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** The object at `path`; an empty one where there is none. */
export function objectAt(value: unknown, path: Path): JsonObject {
  const found = at(value, path);
  return isObject(found) ? found : {};
}

/** The list at `path`; an empty one where there is none. */
export function listAt(value: unknown, path: Path): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

export function stringAt(value: unknown, path: Path): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

/** A path as people write it: `world.vault.write["auth/kubernetes/config"]`, `variants[0].change`. */
export function showPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Every string in `value` with the way to it; keys count too, with `key` set. */
export function* stringsIn(
  value: unknown,
  path: Path = [],
): Generator<{ readonly text: string; readonly path: Path; readonly key: boolean }> {
  if (typeof value === "string") yield { text: value, path, key: false };
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* stringsIn(item, [...path, i]);
  if (!isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    yield { text: key, path: [...path, key], key: true };
    yield* stringsIn(item, [...path, key]);
  }
}

/** Are two JSON values the same, whatever the order of their keys? */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
