import type { Journal } from "../journal/index.js";
import type { Clock, Seed } from "../runtime/index.js";

/** The part of an Istio installation that decides which secrets a proxy asks whom for. */
export interface IstioSettings {
  /** Of istiod; a proxy has its own. */
  readonly version: string;
  /** `istioctl install --set compatibilityVersion=…`. */
  readonly compatibilityVersion?: string;
  /** Environment of istiod. */
  readonly pilotEnv?: Readonly<Record<string, string>>;
}

export interface IstioAgentOptions {
  readonly clock: Clock;
  readonly seed: Seed;
  readonly journal: Journal;
  /** Of the proxy, and so of the agent in its pod. */
  readonly version: string;
  /** PEM files in the proxy's container, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Address of a workload socket that somebody else listens on, as the agent finds it when it starts. */
  readonly workloadSocket?: string;
  /** Where the agent's own sockets go. */
  readonly folder: string;
  /** SPIFFE ID of the proxy; that of the default account if absent. */
  readonly identity?: string;
}

/** Where the pilot-agent looks for the operating system's CAs first. (istio pkg/env, Go's crypto/x509 root_linux.go) */
export const SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";
