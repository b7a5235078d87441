import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../../src/journal/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import { createSpire, type Spire, type SpireOptions, type WorkloadSpec } from "../../../src/spire/index.js";
import { type ByteCall, type CallEvent, GrpcConnection } from "../../../src/transport/grpc/index.js";
import * as sds from "../../../src/transport/grpc/sds-messages.js";

export const WEB = { spiffeId: "spiffe://example.org/web", selectors: ["unix:uid:1001"] };

/** A fake SPIRE with one workload and a connection to its socket, on a clock that only moves by hand. */
export class Fixture implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "spire-"));
  readonly path = join(this.folder, "api.sock");
  readonly clock = new LabClock({ startAt: Date.parse("2026-11-23T12:00:00Z"), frozen: true });
  readonly journal = new Journal({ clock: this.clock });
  readonly connection = new GrpcConnection(`unix://${this.path}`);
  spire!: Spire;

  static async start(options: Partial<SpireOptions> = {}, workload: Partial<WorkloadSpec> = {}): Promise<Fixture> {
    const fixture = new Fixture();
    const { clock, journal } = fixture;
    const seed = new Seed("test");
    fixture.spire = await createSpire({ clock, journal, seed, trustDomain: "example.org", entries: [WEB], ...options });
    await fixture.spire.listen({ path: fixture.path }, { selectors: WEB.selectors, ...workload });
    return fixture;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.close();
    await this.spire.stop();
    this.clock.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class SecretStream {
  readonly #call: ByteCall;

  constructor(connection: GrpcConnection, method = "StreamSecrets", service = "envoy.service.secret.v3") {
    this.#call = connection.open(`/${service}.SecretDiscoveryService/${method}`);
  }

  ask(resourceNames: readonly string[], more: Partial<sds.DiscoveryRequest> = {}): void {
    const node = { id: "envoy-1", cluster: "c", metadata: null, userAgentName: "envoy" };
    const request = {
      versionInfo: "",
      node,
      resourceNames,
      typeUrl: sds.SECRET_TYPE,
      responseNonce: "",
      errorDetail: null,
    };
    this.#call.send(sds.discoveryRequest.encode({ ...request, ...more }));
  }

  halfClose(): void {
    this.#call.halfClose();
  }

  /** The next answer; how the stream ended, if it did. */
  async next(): Promise<sds.DiscoveryResponse | Extract<CallEvent, { status: unknown }>> {
    const event = await this.#call.next(5_000);
    if (event === undefined) throw new Error("nothing came");
    return "message" in event ? sds.discoveryResponse.decode(event.message) : event;
  }

  async answer(): Promise<sds.DiscoveryResponse> {
    const event = await this.next();
    if ("status" in event) throw new Error(`${event.status.code} ${event.status.details}`);
    return event;
  }
}

export function secretsIn({ resources }: sds.DiscoveryResponse): sds.Secret[] {
  return resources.map(({ value }) => sds.secretCodec.decode(value));
}

export function chainIn(response: sds.DiscoveryResponse): string {
  return secretsIn(response)[0]?.tlsCertificate?.certificateChain.inlineBytes.toString() ?? "";
}
