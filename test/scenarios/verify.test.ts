import { describe, expect, test } from "vitest";
import { experimentsOf, startLab, verify } from "../../src/lab/index.js";
import { applyVariant, listScenarios, type Scenario } from "../../src/scenario/index.js";

const scenarios = await listScenarios();

describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))("%s", (_, scenario) => {
  test.each(experimentsOf([scenario]).map((experiment) => [experiment.variant ?? "as it stands", experiment] as const))(
    "%s comes out as stated",
    async (_name, experiment) => {
      const [result] = await verify([experiment]);
      expect(result?.shortfalls.flatMap((one) => one.lines).join("\n")).toBe("");
    },
  );

  test("applied to a running lab, each variant comes out as it does in a lab of its own", async () => {
    await using lab = await startLab(scenario);
    for (const { id } of scenario.variants ?? []) {
      await lab.apply(id);
      const { client } = await lab.runClient();
      expect([id, client?.outcome]).toEqual([id, applyVariant(scenario, id).expect.outcome]);
    }
    await lab.reset();
    expect((await lab.runClient()).client?.outcome).toBe(scenario.expect.outcome);
  });
});

test("one letter changed in an expected text is a failure with a readable diff", async () => {
  const scenario = scenarios.find((one) => one.id === "cert-manager/vault-token-audience");
  const says = scenario?.expect.says ?? "";
  if (scenario === undefined) throw new Error("the scenario is missing");
  const changed: Scenario = {
    ...scenario,
    expect: { ...scenario.expect, says: says.replace("permission denied", "permission denies") },
  };
  const [result] = await verify([{ scenario: changed }]);
  expect(result?.passed).toBe(false);
  const lines = result?.shortfalls.flatMap((one) => one.lines) ?? [];
  expect(lines.slice(-3)).toEqual([
    "- * permission denies",
    "+ * permission denied",
    `                    ^ wanted "s", got "d"`,
  ]);
});

test("shards are parts of the whole, and nothing is run twice or left out", async () => {
  const experiments = experimentsOf(scenarios.slice(0, 1));
  const parts = await Promise.all([1, 2, 3].map((index) => verify(experiments, { shard: { index, of: 3 } })));
  const names = parts.flat().map((result) => result.variant ?? "");
  expect(names.sort()).toEqual(experiments.map((one) => one.variant ?? "").sort());
});
