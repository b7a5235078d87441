import { expect, test } from "vitest";
import { discoveryRequest, SECRET_TYPE, type DiscoveryRequest } from "../../../src/transport/grpc/sds-messages.js";

const PLAIN: DiscoveryRequest = {
  versionInfo: "7",
  node: null,
  resourceNames: ["default", "spiffe://example.org/ü"],
  typeUrl: SECRET_TYPE,
  responseNonce: "0a1b2c3d",
  errorDetail: null,
};
const LONG = "n".repeat(128);

test.each<[string, Partial<DiscoveryRequest>]>([
  ["an acknowledgement", {}],
  ["a request that says nothing", { versionInfo: "", resourceNames: [], typeUrl: "", responseNonce: "" }],
  ["a name of 127 bytes", { resourceNames: [LONG.slice(1)] }],
  ["a name of 128 bytes", { resourceNames: [LONG] }],
  ["a refusal", { errorDetail: { code: 3, message: "no" } }],
])("%s is read as it was written", (_, change) => {
  const request = { ...PLAIN, ...change };
  expect(discoveryRequest.decode(discoveryRequest.encode(request))).toMatchObject(request);
});
