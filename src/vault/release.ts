import { inRange, MistrustError, parseVersion, type Version } from "../runtime/index.js";
import { type Quirk, type QuirkId, QUIRKS } from "./quirks.js";

/** Plugins whose version decides more than that of the Vault around them. */
export type PluginName = "kubernetes" | "jwt" | "kv";

/** What a fake Vault pretends to be. */
export interface Release {
  readonly product: "vault" | "openbao";
  readonly text: string;
  /** As it is said in `sys/health`: with `+ent` for Enterprise. */
  readonly said: string;
  readonly enterprise: boolean;
  readonly version: Version;
  readonly plugins: Readonly<Record<PluginName, Version>>;
  /** Ids of the quirks that it has, worked out once. */
  readonly quirks: ReadonlySet<string>;
}

/** Does `release` behave as the quirk says? */
export function hasQuirk(release: Release, id: QuirkId): boolean {
  return release.quirks.has(id);
}

/** The server's name, as warnings say it. */
export function serverName({ product }: Release): "Vault" | "OpenBao" {
  return product === "vault" ? "Vault" : "OpenBao";
}

function quirksOf(release: Omit<Release, "quirks">): ReadonlySet<string> {
  return new Set(Object.entries(QUIRKS).flatMap(([id, quirk]) => (applies(release, quirk) ? [id] : [])));
}

function applies(release: Omit<Release, "quirks">, { where }: Quirk): boolean {
  const own = where[release.product];
  if (own !== undefined && inRange(release.version, own)) return true;
  // What is said of OpenBao itself outweighs the plugins that it once started from.
  if (own !== undefined && release.product === "openbao") return false;
  return (["kubernetes", "jwt", "kv"] as const).some((plugin) => {
    const range = where[plugin];
    return range !== undefined && inRange(release.plugins[plugin], range);
  });
}

/** First release of Vault → the plugins it came with (facts: CHANGELOG and go.mod of each release). */
const PLUGINS: readonly (readonly [vault: string, kubernetes: string, jwt: string, kv: string])[] = [
  ["1.8.0", "0.10.1", "0.10.0", "0.9.0"],
  ["1.9.0", "0.11.3", "0.11.2", "0.10.1"],
  ["1.10.0", "0.12.0", "0.12.1", "0.11.0"],
  ["1.10.4", "0.12.1", "0.12.1", "0.11.0"],
  ["1.11.0", "0.13.0", "0.12.1", "0.11.0"],
  ["1.12.0", "0.14.0", "0.14.0", "0.12.1"],
  ["1.12.2", "0.14.1", "0.14.0", "0.12.1"],
  ["1.13.0", "0.15.0", "0.15.0", "0.14.0"],
  ["1.14.0", "0.16.0", "0.16.0", "0.15.0"],
  ["1.15.0", "0.17.1", "0.17.0", "0.16.0"],
  ["1.16.0", "0.18.0", "0.20.0", "0.17.0"],
  ["1.17.0", "0.19.0", "0.20.3", "0.19.0"],
  ["1.18.0", "0.20.0", "0.22.0", "0.20.0"],
  ["1.19.0", "0.21.0", "0.23.0", "0.21.0"],
  ["1.20.0", "0.22.1", "0.24.1", "0.24.0"],
  ["1.20.2", "0.22.2", "0.24.1", "0.24.0"],
  ["1.21.0", "0.23.0", "0.25.0", "0.25.0"],
  ["1.21.1", "0.23.1", "0.25.0", "0.25.0"],
  ["2.0.0", "0.24.1", "0.26.1", "0.26.2"],
];

/** OpenBao's own copy of the Kubernetes auth method took over what this release could do. (recorded: OpenBao 2.6) */
const OPENBAO_KUBERNETES: Version = [0, 22, 1];

/**
 * Reads `1.21.1`, `vault-1.21.1`, `1.21.1+ent` or `openbao-2.6`.
 * @throws MISTRUST_VERSION_UNKNOWN
 */
export function releaseOf(text: string): Release {
  const bao = /^(?:open)?bao[-@ ]?(.+)$/.exec(text.trim());
  const version = parseVersion(bao?.[1] ?? text.trim().replace(/^vault[-@ ]/, ""));
  const oldest: Version = [1, 8, 0];
  if (version === undefined || (bao === null && inRange(version, `<${oldest.join(".")}`))) {
    throw new MistrustError("MISTRUST_VERSION_UNKNOWN", `"${text}" is not a Vault release that can be emulated`, {
      remedy: 'name one from 1.8 on, such as "1.21.1", or an OpenBao one, such as "openbao-2.6"',
    });
  }
  const enterprise = bao === null && /\+ent\b/.test(text);
  // OpenBao left Vault at 1.14.9 and kept that generation's plugins, except what its own quirks name.
  const like: Version = bao === null ? version : [1, 14, 9];
  const row = PLUGINS.findLast(([since]) => inRange(like, `>=${since}`));
  const plugin = (at: 1 | 2 | 3): Version => parseVersion(row?.[at] ?? "") ?? [0, 0, 0];
  const kubernetes = bao === null ? plugin(1) : OPENBAO_KUBERNETES;
  const release: Omit<Release, "quirks"> = {
    product: bao === null ? "vault" : "openbao",
    text: version.join("."),
    said: `${version.join(".")}${enterprise ? "+ent" : ""}`,
    enterprise,
    version,
    plugins: { kubernetes, jwt: plugin(2), kv: plugin(3) },
  };
  return { ...release, quirks: quirksOf(release) };
}
