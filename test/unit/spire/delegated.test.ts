import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ByteCall, CallEvent } from "../../../src/transport/grpc/index.js";
import { codec, GrpcConnection } from "../../../src/transport/grpc/index.js";
import { Fixture } from "./support.js";

/** What SPIRE 1.15.3 does on its admin socket. */
const PACKAGE = "spire.api.agent.delegatedidentity.v1";
const bundles = codec<{ caCertificates: Record<string, Buffer> }>(`${PACKAGE}.SubscribeToX509BundlesResponse`);
const DELEGATE = { spiffeId: "spiffe://example.org/delegate", selectors: ["unix:uid:0"] };
const TARGET = { spiffeId: "spiffe://example.org/target", selectors: ["unix:uid:5555"] };
const NO_KEYS = JSON.stringify({ keys: [] });

function bundleWithKey(kid: string): string {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return JSON.stringify({ keys: [{ use: "jwt-svid", kid, ...publicKey.export({ format: "jwk" }) }] });
}

class AdminFixture implements AsyncDisposable {
  private constructor(
    readonly lab: Fixture,
    readonly connection: GrpcConnection,
  ) {}

  static async start(): Promise<AdminFixture> {
    const lab = await Fixture.start({
      entries: [DELEGATE, { ...TARGET, federatesWith: ["known.test"] }],
      foreignBundles: { "known.test": NO_KEYS, "unused.test": NO_KEYS },
      agent: { authorizedDelegates: [DELEGATE.spiffeId] },
    });
    const path = join(lab.folder, "admin", "admin.sock");
    await lab.spire.listenAdmin({ path }, { selectors: DELEGATE.selectors });
    return new AdminFixture(lab, new GrpcConnection(`unix://${path}`));
  }

  subscribe(method: string): ByteCall {
    const call = this.connection.open(`/${PACKAGE}.DelegatedIdentity/${method}`);
    call.send(Buffer.alloc(0));
    call.halfClose();
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.close();
    await this.lab[Symbol.asyncDispose]();
  }
}

async function next(call: ByteCall): Promise<CallEvent> {
  const event = await call.next(5_000);
  if (event === undefined) throw new Error("nothing came");
  return event;
}

async function domains(call: ByteCall): Promise<string[]> {
  const event = await next(call);
  if ("status" in event) throw new Error(event.status.details);
  return Object.keys(bundles.decode(event.message).caCertificates).sort();
}

test("a delegate gets the bundles that entries federate with, and no others", async () => {
  await using admin = await AdminFixture.start();
  const call = admin.subscribe("SubscribeToX509Bundles");
  expect(await domains(call)).toEqual(["spiffe://example.org", "spiffe://known.test"]);
});

test("a bundle that nobody federates with may change without a word, and is sent once somebody does", async () => {
  await using admin = await AdminFixture.start();
  const call = admin.subscribe("SubscribeToX509Bundles");
  await domains(call);
  admin.lab.spire.setForeignBundle("unused.test", bundleWithKey("new"));
  await admin.lab.spire.updateEntry({ ...TARGET, federatesWith: ["known.test", "unused.test"] });
  expect(await domains(call)).toEqual(["spiffe://example.org", "spiffe://known.test", "spiffe://unused.test"]);
});

test.each(["SubscribeToX509Bundles", "SubscribeToJWTBundles"])(
  "%s ends with the next bundle for a delegate whose entry is gone",
  async (method) => {
    await using admin = await AdminFixture.start();
    const call = admin.subscribe(method);
    await next(call);
    admin.lab.spire.removeEntry(DELEGATE.spiffeId);
    admin.lab.spire.setForeignBundle("known.test", bundleWithKey("new"));
    expect(await next(call)).toEqual({ status: { code: 7, details: "no identity issued" } });
  },
);
