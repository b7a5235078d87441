import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../../src/journal/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import { listen, type Listener, type TlsSettings } from "../../../src/transport/index.js";
import type { Authority } from "../../../src/pki/index.js";
import { createVault, type Vault } from "../../../src/vault/index.js";
import { type CertificateAndKey, Material } from "./material.js";
import { NameTable } from "./names.js";
import { ScriptedApi } from "./scripted-api.js";
import type { Given, Step, Transcript } from "./transcript.js";
import { send, type WireReply } from "./wire.js";

const ROOT = "root-of-the-replay";
const MATERIAL = new Material();

/** What one transcript takes place in: a fresh Vault, a scripted Kubernetes API, keys, tokens and certificates. */
export class ReplayWorld implements AsyncDisposable {
  readonly names = new NameTable();

  private constructor(
    readonly clock: LabClock,
    readonly journal: Journal,
    readonly vault: Vault,
    readonly api: ScriptedApi,
    private readonly listener: Listener,
    private readonly tls: { readonly listener: Listener; readonly ca: string } | undefined,
    private readonly certificates: ReadonlyMap<string, CertificateAndKey>,
    private readonly disk: string,
  ) {}

  static async start(transcript: Transcript, boundAudiences: "enforce" | "ignore" = "ignore"): Promise<ReplayWorld> {
    const given = transcript.given ?? {};
    const clock = new LabClock();
    const journal = new Journal({ clock });
    const disk = join(tmpdir(), `mistrust-replay-${randomUUID()}`);
    const vault = createVault({
      clock,
      journal,
      seed: new Seed(transcript.id),
      version: versionOf(transcript),
      rootToken: ROOT,
      boundAudiences,
      fileRoot: disk,
      devMode: given.server !== "uninitialized",
    });
    const authorities = {
      kube: MATERIAL.authority("replay kube ca", clock),
      listener: MATERIAL.authority("replay listener ca", clock),
      client: MATERIAL.authority("replay client ca", clock),
      other: MATERIAL.authority("replay other ca", clock),
    };
    // The API's replies hold templates whose values are known only once everything has started.
    const substitute = (value: unknown): unknown => world.names.all(value);
    const api = await ScriptedApi.start(MATERIAL.serverCertificate(authorities.kube), given.kubernetes, substitute);
    const listener = await listen({ server: "vault", handler: vault.handle, journal });
    const tls =
      given.tls === undefined
        ? undefined
        : {
            listener: await listen({
              server: "vault",
              handler: vault.handle,
              journal,
              tls: tlsSettings(given, authorities),
            }),
            ca: authorities.listener.certificatePem,
          };
    const certificates = new Map(
      Object.entries(given.certs ?? {}).map(([name, spec]) => {
        const authority = spec.ca === "self" ? undefined : authorities[spec.ca ?? "client"];
        return [name, MATERIAL.clientCertificate(name, spec, authority, clock)];
      }),
    );
    const world = new ReplayWorld(clock, journal, vault, api, listener, tls, certificates, disk);
    world.#name(given, authorities);
    return world;
  }

  /** Sends a step's request; time passes first where the step says so. */
  async perform(step: Step): Promise<WireReply | undefined> {
    if (step.sleep !== undefined) await this.clock.advance(step.sleep * 1000);
    const overTls = step.listener === "tls";
    const url = overTls ? (this.tls?.listener.url ?? "") : this.listener.url;
    const certificate = this.certificates.get(step.clientCert ?? "");
    return await send(this.names.all(step.request) as Step["request"], {
      base: step.scheme === "http" ? url.replace("https:", "http:") : url,
      ...(overTls && this.tls !== undefined && { ca: this.tls.ca }),
      ...(certificate !== undefined && { clientCertificate: certificate }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.listener.close(), this.tls?.listener.close(), this.api.stop()]);
    this.vault.stop();
    this.clock.stop();
    rmSync(this.disk, { recursive: true, force: true });
  }

  #name(given: Given, { kube, client, other }: Readonly<Record<"kube" | "client" | "other", Authority>>): void {
    const now = Math.floor(this.clock.now() / 1000);
    const fixed = {
      root: ROOT,
      tmp: "/tmp",
      addr: this.listener.url,
      now: String(now),
      "kubernetes.host": this.api.host,
      "kubernetes.ca": kube.certificatePem,
      "client.ca": client.certificatePem,
      "other.ca": other.certificatePem,
    };
    for (const [name, value] of Object.entries(fixed)) this.names.set(name, value);
    for (const key of ["sa", "other"]) {
      this.names.set(`key.${key}.rsa`, MATERIAL.publicPem(key, "rsa"));
      this.names.set(`key.${key}.ec`, MATERIAL.publicPem(key, "ec"));
    }
    for (const [name, spec] of Object.entries(given.jwts ?? {})) {
      this.names.set(`jwt.${name}`, MATERIAL.jwt(this.names.all(spec) as typeof spec, now));
    }
    for (const [name, { certificatePem }] of this.certificates) this.names.set(`cert.${name}.pem`, certificatePem);
    for (const [name, spec] of Object.entries(given.csrs ?? {}))
      this.names.set(`csr.${name}`, MATERIAL.signingRequest(spec));
  }
}

function versionOf({ subject, emulate }: Transcript): string {
  const version = emulate ?? subject.version;
  return subject.product === "openbao" ? `openbao-${version}` : version;
}

function tlsSettings({ tls }: Given, authorities: Readonly<Record<"listener" | "client", Authority>>): TlsSettings {
  const { certificatePem, keyPem } = MATERIAL.serverCertificate(authorities.listener);
  return {
    certificatePem,
    keyPem,
    ...(tls?.clientCa === true && { clientCa: authorities.client.certificatePem }),
    ...(tls?.requireClientCert === true && { clientCertificate: "require" }),
  };
}
