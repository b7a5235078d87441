import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ByteCall, CallEvent } from "../../../src/transport/grpc/index.js";
import { codec, GrpcConnection } from "../../../src/transport/grpc/index.js";
import type { SpireOptions } from "../../../src/spire/index.js";
import { Fixture } from "./support.js";

/** What SPIRE 1.15.3 does on its admin socket. */
const PACKAGE = "spire.api.agent.delegatedidentity.v1";
const bundles = codec<{ caCertificates: Record<string, Buffer> }>(`${PACKAGE}.SubscribeToX509BundlesResponse`);
const svids = codec<{ x509Svids: { x509Svid: { id: { path: string } } }[] }>(`${PACKAGE}.SubscribeToX509SVIDsResponse`);
const tokens = codec<{ svids: { id: { path: string } }[] }>(`${PACKAGE}.FetchJWTSVIDsResponse`);
const svidsRequest = codec<object>(`${PACKAGE}.SubscribeToX509SVIDsRequest`);
const request = codec<object>(`${PACKAGE}.FetchJWTSVIDsRequest`);
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

  static async start(options: Partial<SpireOptions> = {}): Promise<AdminFixture> {
    const lab = await Fixture.start({
      entries: [DELEGATE, { ...TARGET, federatesWith: ["known.test"] }],
      foreignBundles: { "known.test": NO_KEYS, "unused.test": NO_KEYS },
      agent: { authorizedDelegates: [DELEGATE.spiffeId] },
      ...options,
    });
    const path = join(lab.folder, "admin", "admin.sock");
    await lab.spire.listenAdmin({ path }, { selectors: DELEGATE.selectors });
    return new AdminFixture(lab, new GrpcConnection(`unix://${path}`));
  }

  call(method: string, message: Buffer = Buffer.alloc(0)): ByteCall {
    const call = this.connection.open(`/${PACKAGE}.DelegatedIdentity/${method}`);
    call.send(message);
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
  const call = admin.call("SubscribeToX509Bundles");
  expect(await domains(call)).toEqual(["spiffe://example.org", "spiffe://known.test"]);
});

test("a bundle that nobody federates with may change without a word, and is sent once somebody does", async () => {
  await using admin = await AdminFixture.start();
  const call = admin.call("SubscribeToX509Bundles");
  await domains(call);
  admin.lab.spire.setForeignBundle("unused.test", bundleWithKey("new"));
  await admin.lab.spire.updateEntry({ ...TARGET, federatesWith: ["known.test", "unused.test"] });
  expect(await domains(call)).toEqual(["spiffe://example.org", "spiffe://known.test", "spiffe://unused.test"]);
});

test.each(["SubscribeToX509Bundles", "SubscribeToJWTBundles"])(
  "%s ends with the next bundle for a delegate whose entry is gone",
  async (method) => {
    await using admin = await AdminFixture.start();
    const call = admin.call(method);
    await next(call);
    admin.lab.spire.removeEntry(DELEGATE.spiffeId);
    admin.lab.spire.setForeignBundle("known.test", bundleWithKey("new"));
    expect(await next(call)).toEqual({ status: { code: 7, details: "no identity issued" } });
  },
);

test.each([
  ["1.15.3", ["/target"], ["/target"]],
  ["1.15.1", ["/target"], ["/target", "/admin", "/server"]],
  ["1.14.3", ["/target", "/server"], ["/target", "/admin", "/server"]],
  ["1.12.3", ["/target"], ["/target", "/admin", "/server"]],
])("SPIRE %s gives a delegate the X509-SVIDs of %o and the JWT-SVIDs of %o", async (version, x509, jwt) => {
  const { selectors } = TARGET;
  const entries = [
    DELEGATE,
    { ...TARGET, entryId: "1" },
    { spiffeId: "spiffe://example.org/admin", selectors, entryId: "2", admin: true },
    { spiffeId: "spiffe://example.org/server", selectors, entryId: "3", downstream: true },
  ];
  await using admin = await AdminFixture.start({ version, entries });
  const asked = { selectors: [{ type: "unix", value: "uid:5555" }] };
  const first = await next(admin.call("SubscribeToX509SVIDs", svidsRequest.encode(asked)));
  const second = await next(admin.call("FetchJWTSVIDs", request.encode({ ...asked, audience: ["a"] })));
  if ("status" in first || "status" in second) throw new Error("refused");
  expect(svids.decode(first.message).x509Svids.map(({ x509Svid }) => x509Svid.id.path)).toEqual(x509);
  expect(tokens.decode(second.message).svids.map(({ id }) => id.path)).toEqual(jwt);
});
