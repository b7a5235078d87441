import { expect, test } from "vitest";
import { FAULTS } from "../../../src/faults/index.js";
import { DEFECT_IDS } from "../../../src/pki/index.js";
import { Certificate, Fault } from "../../../src/scenario/schema/index.js";

/** The format offers what the tables of faults and defects have, and no less. */

const values: Readonly<Record<string, unknown>> = {
  at: "connect",
  for: "1s",
  text: "x",
  bytes: 20,
  alert: 112,
  status: 502,
  body: "x",
  headers: { Allow: "GET" },
};

test.each(FAULTS.map((kind) => [kind.id, kind] as const))("a scenario can lay the fault %s", (fault, kind) => {
  const parameters = Object.fromEntries(Object.keys(kind.parameters).map((name) => [name, values[name]]));
  const laid = { fault, on: { server: "vault" } };
  expect(Fault.safeParse(laid).error?.issues).toBeUndefined();
  expect(Fault.safeParse({ ...laid, ...parameters }).error?.issues).toBeUndefined();
});

test("a scenario can name every defect of a certificate", () => {
  expect(Certificate.safeParse({ defects: DEFECT_IDS }).error?.issues).toBeUndefined();
});
