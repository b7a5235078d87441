import { MistrustError, parseGoDuration } from "../../runtime/index.js";
import type { SpireSetting } from "../../scenario/index.js";
import type { AgentSettings, EntrySpec, SdsSettings, ServerSettings, SpireOptions } from "../../spire/index.js";

/** A workload and what attestation finds out about it. */
export interface Workload {
  readonly name: string;
  readonly selectors: readonly string[];
  /** Path of its socket; one in the lab's folder if absent. */
  readonly socket?: string;
}

/** A world's `spire`, which speaks as SPIRE's configuration files do, as the options of the fake. */
export function spireOptions(
  setting: SpireSetting,
): Pick<SpireOptions, "trustDomain" | "version" | "entries" | "sds" | "agent" | "server"> {
  const { agent = {}, server = {}, state } = setting;
  if (state !== undefined && state !== "serving") throw unsupported(`spire.state: ${state}`);
  if (agent.availability_target !== undefined) throw unsupported("spire.agent.availability_target");
  const { default_svid_name, default_bundle_name, default_all_bundles_name, disable_spiffe_cert_validation } =
    agent.sds ?? {};
  const sds: SdsSettings = {
    ...(default_svid_name !== undefined && { defaultSvidName: default_svid_name }),
    ...(default_bundle_name !== undefined && { defaultBundleName: default_bundle_name }),
    ...(default_all_bundles_name !== undefined && { defaultAllBundlesName: default_all_bundles_name }),
    ...(disable_spiffe_cert_validation !== undefined && {
      disableSpiffeCertValidation: disable_spiffe_cert_validation,
    }),
  };
  const agentSettings: AgentSettings = {
    ...(agent.allowed_foreign_jwt_claims !== undefined && {
      allowedForeignJwtClaims: agent.allowed_foreign_jwt_claims,
    }),
  };
  const serverSettings: ServerSettings = {
    ...(server.ca_ttl !== undefined && { caTtl: server.ca_ttl }),
    ...(server.ca_key_type !== undefined && { caKeyType: server.ca_key_type }),
    ...(server.jwt_issuer !== undefined && { jwtIssuer: server.jwt_issuer }),
  };
  return {
    trustDomain: setting.trustDomain ?? "example.org",
    ...(setting.version !== undefined && { version: setting.version }),
    entries: entriesOf(setting),
    sds,
    agent: agentSettings,
    server: serverSettings,
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
  const named = Object.entries(workloads ?? {}).map(([name, workload], at) => {
    const path = workload.socket ?? (at === 0 ? socket : undefined);
    return { name, selectors: workload.selectors, ...(path !== undefined && { socket: path }) };
  });
  if (named.length > 0) return named;
  const selectors = [...new Set(Object.values(entries ?? {}).flatMap((entry) => entry.selector))];
  return [{ name: "workload", selectors, ...(socket !== undefined && { socket }) }];
}

function secondsOf(duration: string | undefined): number | undefined {
  const ms = duration === undefined ? undefined : parseGoDuration(duration);
  return ms === undefined ? undefined : Math.round(ms / 1000);
}

function unsupported(what: string): MistrustError {
  return new MistrustError("MISTRUST_WORLD_REFUSED", `the fake SPIRE cannot follow ${what}`);
}
