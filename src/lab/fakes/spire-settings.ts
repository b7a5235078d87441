import { MistrustError, parseGoDuration } from "../../runtime/index.js";
import type { SpireSetting } from "../../scenario/index.js";
import type { AgentSettings, EntrySpec, SpireOptions, WorkloadSpec } from "../../spire/index.js";

/** A workload and what attestation finds out about it. */
export interface Workload {
  readonly name: string;
  readonly spec: WorkloadSpec;
  /** Path of its socket; one in the lab's folder if absent. */
  readonly socket?: string;
  /** The admin socket as it sees it: a path, or `true` for one in the lab's folder. */
  readonly adminSocket?: string | true;
}

/** A world's `spire`, which speaks as SPIRE's configuration files do, as the options of the fake. */
export function spireOptions(
  setting: SpireSetting,
): Pick<SpireOptions, "trustDomain" | "version" | "entries" | "sds" | "agent" | "server"> {
  const { agent = {}, server = {}, state } = setting;
  if (state !== undefined && state !== "serving") throw unsupported(`spire.state: ${state}`);
  if (agent.availability_target !== undefined) throw unsupported("spire.agent.availability_target");
  return {
    trustDomain: setting.trustDomain ?? "example.org",
    ...(setting.version !== undefined && { version: setting.version }),
    entries: entriesOf(setting),
    sds: present({
      defaultSvidName: agent.sds?.default_svid_name,
      defaultBundleName: agent.sds?.default_bundle_name,
      defaultAllBundlesName: agent.sds?.default_all_bundles_name,
      disableSpiffeCertValidation: agent.sds?.disable_spiffe_cert_validation,
      enableDeprecatedV2Api: agent.sds?.enable_deprecated_v2_api,
    }),
    agent: agentOf(agent),
    server: present({
      caTtl: server.ca_ttl,
      caKeyType: server.ca_key_type,
      jwtKeyType: server.jwt_key_type,
      jwtIssuer: server.jwt_issuer,
      upstreamAuthority: server.plugins?.UpstreamAuthority === undefined ? undefined : true,
    }),
  };
}

function agentOf(agent: NonNullable<SpireSetting["agent"]>): AgentSettings {
  const { ratelimit, sync_interval } = agent.experimental ?? {};
  return present({
    allowUnauthenticatedVerifiers: agent.allow_unauthenticated_verifiers,
    allowedForeignJwtClaims: agent.allowed_foreign_jwt_claims,
    authorizedDelegates: agent.authorized_delegates,
    disableSdsApi: agent.disable_sds_api,
    disableWorkloadApi: agent.disable_workload_api,
    logSelectors: agent.log_selectors,
    workloadX509SvidKeyType: agent.workload_x509_svid_key_type,
    syncInterval: sync_interval,
    rateLimit:
      ratelimit &&
      present({
        fetchX509Svid: ratelimit.fetch_x509_svid,
        fetchX509Bundles: ratelimit.fetch_x509_bundles,
        fetchJwtSvid: ratelimit.fetch_jwt_svid,
        fetchJwtBundles: ratelimit.fetch_jwt_bundles,
        streamSecrets: ratelimit.stream_secrets,
        fetchSecrets: ratelimit.fetch_secrets,
      }),
  });
}

/** An object without the keys that have no value. */
function present<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The registration entries, with the server's default lifetimes where they have none of their own. */
export function entriesOf({ entries, server }: SpireSetting): EntrySpec[] {
  const x509 = secondsOf(server?.default_x509_svid_ttl);
  const jwt = secondsOf(server?.default_jwt_svid_ttl);
  return Object.values(entries ?? {}).map((entry) => {
    if ((entry.entryExpiry ?? 0) !== 0) throw unsupported("entryExpiry of an entry");
    const x509SvidTtl = entry.x509SVIDTTL ?? x509;
    const jwtSvidTtl = entry.jwtSVIDTTL ?? jwt;
    return {
      spiffeId: entry.spiffeID,
      selectors: entry.selector,
      ...(entry.entryID !== undefined && { entryId: entry.entryID }),
      ...(entry.parentID !== undefined && { parentId: entry.parentID }),
      ...(entry.dns !== undefined && { dnsNames: entry.dns }),
      ...(entry.hint !== undefined && { hint: entry.hint }),
      ...(x509SvidTtl !== undefined && { x509SvidTtl }),
      ...(jwtSvidTtl !== undefined && { jwtSvidTtl }),
      ...(entry.storeSVID !== undefined && { storeSvid: entry.storeSVID }),
      ...(entry.admin !== undefined && { admin: entry.admin }),
      ...(entry.downstream !== undefined && { downstream: entry.downstream }),
      ...(entry.federatesWith !== undefined && { federatesWith: entry.federatesWith }),
    };
  });
}

/** The workloads that have a socket. Where none is named there is one, which every entry is meant for. */
export function workloadsOf({ workloads, entries, socket }: SpireSetting): Workload[] {
  const named = Object.entries(workloads ?? {}).map(([name, { socket: own, adminSocket, ...spec }], at) => {
    const path = own ?? (at === 0 ? socket : undefined);
    return {
      name,
      spec,
      ...(path !== undefined && { socket: path }),
      ...(adminSocket !== undefined && { adminSocket }),
    };
  });
  if (named.length > 0) return named;
  const selectors = [...new Set(Object.values(entries ?? {}).flatMap((entry) => entry.selector))];
  return [{ name: "workload", spec: { selectors }, ...(socket !== undefined && { socket }) }];
}

function secondsOf(duration: string | undefined): number | undefined {
  const ms = duration === undefined ? undefined : parseGoDuration(duration);
  return ms === undefined ? undefined : Math.round(ms / 1000);
}

function unsupported(what: string): MistrustError {
  return new MistrustError("MISTRUST_WORLD_REFUSED", `the fake SPIRE cannot follow ${what}`);
}
