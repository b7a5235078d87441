import type { GrpcService } from "../transport/grpc/index.js";
import type { Seed } from "../runtime/index.js";
import { type Agent, type Caller, quirksOf } from "./agent.js";
import { ServerAuthority } from "./authority.js";
import { bundleDocument } from "./bundle.js";
import { delegatedService } from "./delegated.js";
import { Endpoint, type EndpointOptions, type StoppedSocket } from "./endpoint.js";
import { healthService } from "./health.js";
import { type LogFields, logLine } from "./log.js";
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

  /**
   * The public socket of a workload; without any API to serve there is none, as with the real agent.
   * @throws MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED
   */
  async listen(address: SocketAddress | TcpAddress, workload: WorkloadSpec): Promise<WorkloadSocket> {
    const services = this.#publicServices(this.#callerOf(workload));
    return await this.#listen({ address, services, mode: 0o777, apis: this.#apiNames });
  }

  /** The admin socket, with delegated identity, for one caller. */
  async listenAdmin(address: SocketAddress, workload: WorkloadSpec): Promise<WorkloadSocket> {
    const caller = this.#callerOf(workload);
    const services = this.#agent.has("delegated-identity") ? [delegatedService(this.#agent, caller)] : [];
    return await this.#listen({ address, services, mode: 0o770, apis: ADMIN });
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

  /** The two APIs of the public socket, each of which newer releases can leave out. */
  get #apis(): { readonly workload: boolean; readonly sds: boolean } {
    const { settings } = this.#agent;
    const may = this.#agent.has("apis-can-be-disabled");
    return {
      workload: !may || settings.disableWorkloadApi !== true,
      sds: !may || settings.disableSdsApi !== true,
    };
  }

  /** (pkg/agent/endpoints/endpoints.go apiNames) */
  get #apiNames(): string {
    const { workload, sds } = this.#apis;
    if (workload && sds) return "Workload and SDS APIs";
    return workload ? "Workload API" : sds ? "SDS API" : NO_APIS;
  }

  #publicServices(caller: Caller): GrpcService[] {
    const agent = this.#agent;
    const apis = this.#apis;
    const v2 = sdsV2Service(agent, caller, this.#shared);
    const services = [
      ...(apis.workload ? [workloadService(agent, caller)] : []),
      ...(apis.sds ? [sdsService(agent, caller, this.#shared)] : []),
      ...(v2 === undefined ? [] : [v2]),
      ...(agent.has("health") ? [healthService(agent, caller)] : []),
    ];
    return agent.has("reflection") ? [...services, ...reflectionServices(services.map(({ name }) => name))] : services;
  }

  async #listen(options: Omit<EndpointOptions, "journal">): Promise<WorkloadSocket> {
    const endpoint = new Endpoint({ journal: this.#options.journal, ...options });
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
    const { apis, network } = endpoint;
    if (apis === NO_APIS) {
      this.#log("Skipping agent APIs because public endpoint is disabled", { apis: "Workload and SDS APIs" });
      return;
    }
    await endpoint.start();
    const fields = { address: endpoint.uri.replace(/^\w+:\/\//, ""), network };
    if (apis === ADMIN) this.#log("Starting Admin APIs", fields);
    else if (this.#agent.has("apis-can-be-disabled")) {
      this.#log("Starting agent APIs", { ...fields, apis, subsystem_name: "endpoints" });
    } else this.#log("Starting Workload and SDS APIs", { ...fields, subsystem_name: "endpoints" });
  }

  #log(message: string, fields: LogFields): void {
    const { line } = logLine("info", message, fields);
    this.#options.journal.append({ server: "spire" }, { type: "log", level: "info", line });
  }
}

const ADMIN = "Admin APIs";
const NO_APIS = "no APIs";

/** An empty name in the configuration is as good as none. (cmd/spire-agent/cli/run) */
function aliasOf(configured: string | undefined, otherwise: string): string {
  return configured === undefined || configured === "" ? otherwise : configured;
}
