import type { GrpcService } from "../transport/grpc/index.js";
import type { Seed } from "../runtime/index.js";
import { type Agent, type Caller, quirksOf } from "./agent.js";
import { ServerAuthority } from "./authority.js";
import { bundleDocument } from "./bundle.js";
import { delegatedService } from "./delegated.js";
import { Endpoint, type StoppedSocket } from "./endpoint.js";
import { healthService } from "./health.js";
import { logLine } from "./log.js";
import { Manager } from "./manager.js";
import type { EntrySpec, SocketAddress, SpireOptions, TcpAddress, WorkloadSpec } from "./options.js";
import { NEWEST, releaseOf } from "./quirks.js";
import { RateLimiter } from "./rate-limit.js";
import { reflectionServices } from "./reflection.js";
import { knownNames } from "./sds/names.js";
import { type SdsShared, sdsService, sdsV2Service, sharedAnswers } from "./sds/service.js";
import { workloadService } from "./workload/service.js";

/** A socket of the agent, for one workload. */
export interface WorkloadSocket {
  /** `unix:///path` or `tcp://host:port`, as SPIFFE_ENDPOINT_SOCKET wants it. */
  readonly uri: string;
  /** Stops listening here, whatever the agent does. */
  close(): Promise<void>;
}

/** A fake SPIRE: server and agent of one trust domain. */
export class Spire {
  readonly version: string;
  readonly trustDomain: string;
  readonly #options: SpireOptions;
  readonly #seed: Seed;
  readonly #manager: Manager;
  readonly #agent: Agent;
  readonly #shared: SdsShared;
  readonly #endpoints = new Set<Endpoint>();
  #running = true;

  constructor(options: SpireOptions) {
    const release = releaseOf(options.version ?? NEWEST);
    const { clock, seed, trustDomain } = options;
    this.version = release.text;
    this.trustDomain = trustDomain;
    this.#options = options;
    this.#seed = seed.fork("spire");
    const authority = new ServerAuthority({
      release,
      seed: this.#seed.fork("authority"),
      trustDomain,
      settings: options.server ?? {},
      now: clock.now(),
    });
    const settings = options.agent ?? {};
    this.#manager = new Manager({ clock, seed: this.#seed.fork("manager"), release, trustDomain, authority, settings });
    this.#manager.load(options.entries ?? [], options.foreignBundles ?? {});
    const has = quirksOf(release);
    this.#agent = {
      release,
      clock,
      seed: this.#seed.fork("nonces"),
      trustDomain,
      manager: this.#manager,
      settings,
      limiter: new RateLimiter(clock, has("rate-limits") ? (settings.rateLimit ?? {}) : {}),
      has,
      sds: {
        svid: aliasOf(options.sds?.defaultSvidName, "default"),
        bundle: aliasOf(options.sds?.defaultBundleName, "ROOTCA"),
        allBundles: aliasOf(options.sds?.defaultAllBundlesName, "ALL"),
        disableSpiffeCertValidation: options.sds?.disableSpiffeCertValidation ?? false,
        enableDeprecatedV2Api: options.sds?.enableDeprecatedV2Api ?? false,
      },
    };
    this.#shared = sharedAnswers(this.#agent);
  }

  /** The public socket of a workload. @throws MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED */
  async listen(address: SocketAddress | TcpAddress, workload: WorkloadSpec): Promise<WorkloadSocket> {
    return await this.#listen(address, this.#publicServices(this.#callerOf(workload)), 0o777);
  }

  /** The admin socket, with delegated identity, for one caller. */
  async listenAdmin(address: SocketAddress, workload: WorkloadSpec): Promise<WorkloadSocket> {
    const caller = this.#callerOf(workload);
    const services = this.#agent.has("delegated-identity") ? [delegatedService(this.#agent, caller)] : [];
    return await this.#listen(address, services, 0o770);
  }

  /** The entries, by id. */
  get entries(): readonly { readonly id: string; readonly spiffeId: string }[] {
    return this.#manager.entries();
  }

  /** Every name that a caller with these selectors could ask SDS for. */
  sdsNames(selectors: readonly string[]): readonly string[] {
    return knownNames(this.#agent, this.#manager.view(new Set(selectors)));
  }

  /** The own bundle, PEM. */
  get bundlePem(): string {
    return this.#manager.bundles()[0].pem;
  }

  /** The own bundle as a SPIFFE bundle document, for another trust domain's `setForeignBundle`. */
  get bundleDocument(): string {
    return bundleDocument(this.#manager.bundles()[0]);
  }

  /** `spire-server entry create`; pushed at once. @throws MISTRUST_WORLD_REFUSED */
  async addEntry(entry: EntrySpec): Promise<void> {
    await this.#manager.addEntry(entry);
  }

  /** `spire-server entry update` of every entry with that SPIFFE ID. @throws MISTRUST_WORLD_REFUSED */
  async updateEntry(entry: EntrySpec): Promise<void> {
    await this.#manager.updateEntry(entry);
  }

  /** `spire-server entry delete` of every entry with that SPIFFE ID. @throws MISTRUST_WORLD_REFUSED */
  removeEntry(spiffeId: string): void {
    this.#manager.removeEntry(spiffeId);
  }

  /** `spire-server localauthority x509 prepare`. */
  rotateBundle(): void {
    this.#manager.rotateBundle();
  }

  /** `spire-server bundle set`. @throws MISTRUST_WORLD_REFUSED */
  setForeignBundle(trustDomain: string, document: string): void {
    this.#manager.setForeignBundle(trustDomain, document);
  }

  /** `spire-server bundle delete -mode dissociate`. */
  removeForeignBundle(trustDomain: string): void {
    this.#manager.removeForeignBundle(trustDomain);
  }

  /** From now on the agent cannot reach its server. */
  stopServer(): void {
    this.#manager.setServerUp(false);
  }

  startServer(): void {
    this.#manager.setServerUp(true);
  }

  /**
   * Ends the agent: open calls get no status, their connections drop. After SIGTERM the socket files are gone, after
   * SIGKILL they stay and refuse; `held-open` keeps the very inode, as a file mount needs it, and hangs up on everybody.
   */
  async stopAgent(how: "TERM" | "KILL" | "held-open" = "TERM"): Promise<void> {
    this.#running = false;
    const fate: StoppedSocket = how === "held-open" ? how : how === "KILL" ? "left-behind" : "removed";
    await Promise.all([...this.#endpoints].map((endpoint) => endpoint.stop(fate)));
  }

  /** Starts the agent again: over stale files, and with new inodes unless the sockets were held open. */
  async startAgent(): Promise<void> {
    this.#running = true;
    for (const endpoint of this.#endpoints) await this.#start(endpoint);
  }

  async stop(): Promise<void> {
    await this.stopAgent();
    this.#endpoints.clear();
    this.#manager.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #callerOf({ selectors, pid, attestation }: WorkloadSpec): Caller {
    return { selectors: new Set(selectors), pid: pid ?? 2 + this.#seed.int(32_000), attestation };
  }

  #publicServices(caller: Caller): GrpcService[] {
    const agent = this.#agent;
    const may = agent.has("apis-can-be-disabled");
    const v2 = sdsV2Service(agent, caller, this.#shared);
    const services = [
      ...(may && agent.settings.disableWorkloadApi === true ? [] : [workloadService(agent, caller)]),
      ...(may && agent.settings.disableSdsApi === true ? [] : [sdsService(agent, caller, this.#shared)]),
      ...(v2 === undefined ? [] : [v2]),
      ...(agent.has("health") ? [healthService(agent, caller)] : []),
    ];
    return agent.has("reflection") ? [...services, ...reflectionServices(services.map(({ name }) => name))] : services;
  }

  async #listen(
    address: SocketAddress | TcpAddress,
    services: readonly GrpcService[],
    mode: number,
  ): Promise<WorkloadSocket> {
    const endpoint = new Endpoint({ journal: this.#options.journal, address, mode, services });
    if (this.#running) await this.#start(endpoint);
    this.#endpoints.add(endpoint);
    return {
      get uri() {
        return endpoint.uri;
      },
      close: async () => {
        this.#endpoints.delete(endpoint);
        await endpoint.stop("removed");
      },
    };
  }

  async #start(endpoint: Endpoint): Promise<void> {
    await endpoint.start();
    const address = endpoint.uri.replace(/^\w+:\/\//, "");
    const newer = this.#agent.has("apis-can-be-disabled");
    const message = newer ? "Starting agent APIs" : "Starting Workload and SDS APIs";
    const fields = { address, network: endpoint.network, subsystem_name: "endpoints" };
    const { line } = logLine("info", message, { ...fields, ...(newer && { apis: "Workload and SDS APIs" }) });
    this.#options.journal.append({ server: "spire" }, { type: "log", level: "info", line });
  }
}

/** An empty name in the configuration is as good as none. (cmd/spire-agent/cli/run) */
function aliasOf(configured: string | undefined, otherwise: string): string {
  return configured === undefined || configured === "" ? otherwise : configured;
}
