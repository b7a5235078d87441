import type { Journal } from "../journal/index.js";
import type { IstioSettings } from "../istio/index.js";
import type { KeyPool } from "../pki/index.js";
import type { Clock } from "../runtime/index.js";

/** An ordinary Kubernetes manifest, as the user applied it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** A scenario's `client`: which product in which version, and what the user applied, keyed so that a variant can patch one. */
export interface Client {
  readonly product: string;
  readonly version: string;
  readonly manifests: Readonly<Record<string, Manifest>>;
  /** The Go release that built it, where it is not that of the product's own images. */
  readonly go?: string;
  /** The controller's environment; GODEBUG is looked at. A Deployment among the manifests can set it, too. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the model may talk to. Vault's address comes from the manifests. */
export interface Targets {
  readonly kubernetes?: {
    readonly url: string;
    readonly caPem?: string;
    /** The controller's own bearer token. */
    readonly token: string;
  };
  /** The workload's socket, as SPIFFE_ENDPOINT_SOCKET has it. */
  readonly workloadSocket?: string;
  /** The Istio around a proxy. */
  readonly istio?: IstioTarget;
  /** The machine's clock if absent. */
  readonly clock?: Clock;
  /** Where to write what the user would be shown. */
  readonly journal?: Journal;
  /** Keys to take instead of making new ones, for speed. */
  readonly keys?: KeyPool;
  /** Real time in ms that stands for the client's own time limits, which are 10 s and more; default 3 000. */
  readonly patienceMs?: number;
}

/** What a proxy finds of Istio. Sockets are URIs. */
export interface IstioTarget {
  /** Of istiod. */
  readonly settings: IstioSettings;
  /** The istio-agent's socket for everything, where nobody else owns the workload socket. */
  readonly agentSocket?: string;
  /** The istio-agent's socket for files. */
  readonly filesSocket?: string;
  /** Names of the credentials that istiod serves. */
  readonly credentials: readonly string[];
}

export interface Condition {
  /** Kind of the object that carries it. */
  readonly object: string;
  readonly name: string;
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface KubeEvent {
  readonly object: string;
  readonly name: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface ClientReport {
  readonly outcome: "success" | "failure";
  /** The text in which the user finds the cause, or the good news. */
  readonly says: string;
  readonly conditions: readonly Condition[];
  readonly events: readonly KubeEvent[];
  /** Lines of the product's log that help. */
  readonly logs: readonly string[];
  /** How many HTTP requests were sent to Vault; a connection that failed in its handshake carries none. */
  readonly requests: number;
  /** How many connections to Vault were tried. */
  readonly connections: number;
  /** `METHOD /path -> status` for each request to Vault, in order. */
  readonly calls: readonly string[];
}

/** A model of one product. */
export interface ClientModel {
  /** The newest patch release of each minor release, for telling which versions exist. */
  readonly releases: readonly string[];
  run(client: Client, targets: Targets): Promise<ClientReport>;
}
