import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { Journal } from "../../../src/journal/index.js";
import { LabClock } from "../../../src/runtime/index.js";
import { always, GrpcServer, status } from "../../../src/transport/grpc/index.js";

async function messageOnTheWire(details: string): Promise<unknown> {
  const clock = new LabClock();
  const refuse = always(status("InvalidArgument", details));
  const services = [{ name: "a.Service", methods: { Refuse: refuse } }];
  const grpc = new GrpcServer({ journal: new Journal({ clock }), server: "spire", services });
  const listener = createServer((socket) => grpc.serve(socket, 1));
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const session = connectHttp2(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  const call = session.request({
    ":method": "POST",
    ":path": "/a.Service/Refuse",
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.end();
  const [headers] = (await once(call, "response")) as [Readonly<Record<string, unknown>>];
  session.destroy();
  listener.close();
  clock.stop();
  return headers["grpc-message"];
}

test("a status message goes over the wire as grpc-go spells it: readable where it is printable ASCII", async () => {
  const refusal = 'workload is not authorized for the requested identities ["file-root:system"]';
  expect(await messageOnTheWire(refusal)).toBe(refusal);
});

test("a percent sign, control characters and everything else are percent-encoded by the byte", async () => {
  expect(await messageOnTheWire("100% café\n")).toBe("100%25 caf%C3%A9%0A");
});
