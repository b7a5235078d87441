import { join } from "node:path";
import type { IstioTarget } from "../../clients/index.js";
import { createIstioAgent, type IstioAgent, type IstioSettings } from "../../istio/index.js";
import type { KeyedCertificate } from "../../pki/index.js";
import { type IstioSetting, resolve, type TemplateId } from "../../scenario/index.js";
import type { Fake, FakeContext, Plan } from "./fake.js";

/** What a world says nothing of. */
const NEWEST = "1.31.4";

/** The Istio of a lab: istiod's settings, and the SDS server of the istio-agent in a proxy's pod. */
export class IstioFake implements Fake {
  readonly name = "istio-agent";
  readonly #context: FakeContext;
  #certificate: KeyedCertificate | undefined;
  #running: { readonly agent: IstioAgent; readonly setting: IstioSetting; readonly became: string } | undefined;

  constructor(context: FakeContext) {
    this.#context = context;
  }

  /** The agent looks for a foreign workload socket when it starts, so SPIRE has to be there before it. */
  async configure({ world, lookup, fresh }: Plan): Promise<void> {
    const setting = resolve(world.istio ?? {}, lookup);
    const workloadSocket = world.spire === undefined ? undefined : lookup("spire.socket", "");
    const became = JSON.stringify([setting, workloadSocket]);
    if (became === this.#running?.became && !fresh) return;
    await this.#running?.agent.stop();
    const { clock, seed, journal, folder } = this.#context;
    const agent = await createIstioAgent({
      clock,
      seed,
      journal,
      version: setting.version ?? NEWEST,
      files: setting.files ?? {},
      folder: join(folder.path(), "istio"),
      ...(workloadSocket !== undefined && { workloadSocket }),
    });
    this.#running = { agent, setting, became };
  }

  lookup(name: TemplateId): string | undefined {
    switch (name) {
      case "istio.certificate":
        return this.#serverCertificate().certificatePem;
      case "istio.key":
        return this.#serverCertificate().keyPem;
      case "istio.ca":
        return this.#context.authority().certificatePem;
      default:
        return undefined;
    }
  }

  env(): Readonly<Record<string, string>> {
    const { files, workload } = this.#running?.agent.sockets ?? {};
    return {
      ...(files !== undefined && { MISTRUST_ISTIO_FILES_SOCKET: files }),
      ...(workload !== undefined && { MISTRUST_ISTIO_AGENT_SOCKET: workload }),
    };
  }

  addresses(): Readonly<Record<string, string>> {
    const { files, workload } = this.#running?.agent.sockets ?? {};
    return {
      ...(workload !== undefined && { socket: workload }),
      ...(files !== undefined && { "files socket": files }),
      version: this.#running?.agent.version ?? NEWEST,
    };
  }

  /** What a proxy's client model needs to know. */
  target(): IstioTarget {
    const { agent, setting } = this.#running ?? {};
    const { compatibilityVersion, pilotEnv, version = NEWEST } = setting ?? {};
    const settings: IstioSettings = {
      version,
      ...(compatibilityVersion !== undefined && { compatibilityVersion }),
      ...(pilotEnv !== undefined && { pilotEnv }),
    };
    return {
      settings,
      credentials: Object.keys(setting?.credentials ?? {}),
      ...(agent?.sockets.workload !== undefined && { agentSocket: agent.sockets.workload }),
      ...(agent?.sockets.files !== undefined && { filesSocket: agent.sockets.files }),
    };
  }

  async stop(): Promise<void> {
    await this.#running?.agent.stop();
  }

  #serverCertificate(): KeyedCertificate {
    const names = { commonName: "example.com", dns: ["example.com", "*.example.com"] };
    return (this.#certificate ??= this.#context.authority().issue(names));
  }
}

export async function startIstio(context: FakeContext): Promise<IstioFake> {
  return new IstioFake(context);
}
