import type { Journal } from "../journal/index.js";
import type { Clock, Seed } from "../runtime/index.js";

/** A registration entry, in the terms of `spire-server entry create`. */
export interface EntrySpec {
  readonly spiffeId: string;
  /** All of them must be among a caller's selectors. */
  readonly selectors: readonly string[];
  /** A UUID if absent. The lowest one is the workload's default identity. */
  readonly entryId?: string;
  readonly parentId?: string;
  readonly dnsNames?: readonly string[];
  readonly hint?: string;
  /** Seconds; an hour if absent or 0. */
  readonly x509SvidTtl?: number;
  /** Seconds; five minutes if absent or 0. */
  readonly jwtSvidTtl?: number;
  /** For an SVID store: no workload gets it. */
  readonly storeSvid?: boolean;
  readonly admin?: boolean;
  readonly downstream?: boolean;
  /** Trust domains, with or without `spiffe://`. */
  readonly federatesWith?: readonly string[];
}

/** The `sds` section of the agent's configuration. */
export interface SdsSettings {
  readonly defaultSvidName?: string;
  readonly defaultBundleName?: string;
  readonly defaultAllBundlesName?: string;
  readonly disableSpiffeCertValidation?: boolean;
  readonly enableDeprecatedV2Api?: boolean;
}

/** Methods that `experimental.ratelimit` knows; calls per second and selector set. */
export type RateLimits = Readonly<
  Partial<
    Record<
      "fetchX509Svid" | "fetchX509Bundles" | "fetchJwtSvid" | "fetchJwtBundles" | "streamSecrets" | "fetchSecrets",
      number
    >
  >
>;

export type KeyTypeName = "ec-p256" | "ec-p384" | "rsa-2048" | "rsa-4096";

/** The agent's configuration. */
export interface AgentSettings {
  readonly allowUnauthenticatedVerifiers?: boolean;
  readonly allowedForeignJwtClaims?: readonly string[];
  readonly workloadX509SvidKeyType?: "ec-p256" | "ec-p384" | "rsa-2048";
  readonly rateLimit?: RateLimits;
  readonly disableSdsApi?: boolean;
  readonly disableWorkloadApi?: boolean;
  readonly authorizedDelegates?: readonly string[];
  /** Selector prefixes that may stand in the log. */
  readonly logSelectors?: readonly string[];
  /** How often the agent looks for certificates to renew; a Go duration, `5s` if absent. */
  readonly syncInterval?: string;
}

/** The server's configuration. */
export interface ServerSettings {
  readonly jwtIssuer?: string;
  /** That of the CA key if absent. */
  readonly jwtKeyType?: KeyTypeName;
  readonly caKeyType?: KeyTypeName;
  /** A Go duration; `24h` if absent. */
  readonly caTtl?: string;
  /** The server's CA is signed by a root of somebody else. */
  readonly upstreamAuthority?: boolean;
}

export interface SpireOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  readonly journal: Journal;
  readonly trustDomain: string;
  /** Of agent and server; the newest known if absent. */
  readonly version?: string;
  readonly entries?: readonly EntrySpec[];
  readonly sds?: SdsSettings;
  readonly agent?: AgentSettings;
  readonly server?: ServerSettings;
  /** SPIFFE bundle documents (JWKS) of other trust domains, by trust domain name. */
  readonly foreignBundles?: Readonly<Record<string, string>>;
}

/** Who calls over a socket: a fake attests nothing, so every identity has a socket of its own. */
export interface WorkloadSpec {
  /** What the agent's attestors would have found, such as `unix:uid:1001`. */
  readonly selectors: readonly string[];
  /** What stands in the log; made up if absent. */
  readonly pid?: number;
  /** How attestation goes wrong, if it does: every attestor plugin fails, or the caller has gone. */
  readonly attestation?: "plugins-fail" | "caller-gone";
}

export interface SocketAddress {
  readonly path: string;
}

/** The real agent has no TCP; SPIFFE and its clients do. `host` is 127.0.0.1 if absent, port 0 is any. */
export interface TcpAddress {
  readonly host?: string;
  readonly port: number;
}
