import { join } from "node:path";
import { createAuthority } from "../pki/index.js";
import { Ids } from "../runtime/index.js";
import { GrpcServer, UnixSocket } from "../transport/grpc/index.js";
import { type IstioAgentOptions, SYSTEM_ROOTS } from "./options.js";
import { hasQuirk, releaseOf } from "./quirks.js";
import { sdsService } from "./sds.js";
import type { OwnIdentity } from "./secrets.js";

/** Sockets that the agent listens on, as URIs. */
export interface AgentSockets {
  /** For everything, files too: where nobody else owns the workload socket. */
  readonly workload?: string;
  /** For files only: beside somebody else's workload socket, since 1.26. */
  readonly files?: string;
}

/** The istio-agent of a proxy: whether and what it serves depends on who owns the workload socket. */
export class IstioAgent {
  readonly version: string;
  readonly #options: IstioAgentOptions;
  readonly #listening: UnixSocket[] = [];
  #sockets: AgentSockets = {};

  constructor(options: IstioAgentOptions) {
    this.#options = options;
    this.version = releaseOf(options.version).text;
  }

  get sockets(): AgentSockets {
    return this.#sockets;
  }

  /** @throws MISTRUST_SOCKET_PATH_TOO_LONG, MISTRUST_LISTEN_FAILED */
  async start(): Promise<void> {
    const { workloadSocket, version, folder } = this.#options;
    const release = releaseOf(version);
    if (workloadSocket === undefined) {
      const path = join(folder, "workload-spiffe-uds", "socket");
      await this.#listen(path, this.#ownIdentity());
      this.#sockets = { workload: `unix://${path}` };
      return;
    }
    const found = hasQuirk(release, "old-found-line")
      ? "Workload SDS socket found. Istio SDS Server won't be started"
      : `Existing workload SDS socket found at ${workloadSocket}. Default Istio SDS Server `;
    if (!hasQuirk(release, "files-server")) {
      this.#log(hasQuirk(release, "old-found-line") ? found : `${found}won't be started`);
      return;
    }
    const path = join(folder, "credential-uds", "files-socket");
    this.#log(`${found}will only serve files`);
    this.#log(`Starting SDS server for file certificates only, will listen on "${path}"`);
    await this.#listen(path, undefined);
    this.#sockets = { files: `unix://${path}` };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listening.splice(0).map((socket) => socket.close()));
    this.#sockets = {};
  }

  async #listen(path: string, own: OwnIdentity | undefined): Promise<void> {
    const { journal, clock, seed } = this.#options;
    const files = this.#files();
    const ids = new Ids(seed.fork(`istio-agent ${path}`));
    const services = [sdsService({ clock, ids, store: { files, own } })];
    const grpc = new GrpcServer({ journal, server: "istio-agent", services });
    this.#listening.push(
      await UnixSocket.listen({ path }, (socket) => {
        const connection = journal.nextConnection();
        const event = { type: "connection", remote: "", local: `unix://${path}`, tls: false } as const;
        journal.append({ server: "istio-agent", connection }, event);
        grpc.serve(socket, connection);
      }),
    );
  }

  /** The container has a file of public CAs, whatever else it has. */
  #files(): Readonly<Record<string, string>> {
    const { files, clock } = this.#options;
    if (files[SYSTEM_ROOTS] !== undefined) return files;
    const subject = { country: ["US"], organization: ["Example Public CA"], commonName: "Example Public Root" };
    return { ...files, [SYSTEM_ROOTS]: createAuthority({ clock, subject }).certificatePem };
  }

  /** A certificate as istiod signs it: the SPIFFE ID alone, for a day. */
  #ownIdentity(): OwnIdentity {
    const { clock, identity = "spiffe://cluster.local/ns/default/sa/default" } = this.#options;
    const authority = createAuthority({ clock, subject: { organization: ["cluster.local"] } });
    const day = 86_400_000;
    const svid = authority.issue({ subject: {}, uris: [identity], usage: "both", notAfter: clock.now() + day });
    return { chainPem: svid.chainPem, keyPem: svid.keyPem, rootPem: authority.certificatePem };
  }

  #log(line: string): void {
    this.#options.journal.append({ server: "istio-agent" }, { type: "log", level: "info", line: `info\t${line}` });
  }
}
