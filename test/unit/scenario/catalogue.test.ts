import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileCatalogue } from "../../../src/scenario/compile.js";
import {
  builtInFolder,
  findScenario,
  lintScenario,
  listScenarios,
  scenarioJsonSchemaText,
} from "../../../src/scenario/index.js";
import { scenarioFiles } from "../../../src/scenario/catalogue.js";

const ROOT = join(import.meta.dirname, "../../..");

describe("the catalogue", () => {
  test.each(scenarioFiles(builtInFolder()))("%s has nothing that lint would say", async (file) => {
    expect(await lintScenario(file)).toEqual([]);
  });

  test("holds every file under its id, and compiles to what the files say", async () => {
    const scenarios = await listScenarios();
    expect(scenarios.map(({ id }) => `${id}.yaml`)).toEqual(
      scenarioFiles(builtInFolder()).map((file) => file.slice(builtInFolder().length + 1)),
    );
    const compiled = await compileCatalogue(builtInFolder());
    expect(JSON.parse(JSON.stringify(compiled))).toEqual(scenarios);
  });

  test("a scenario is found by its id, and by its file's path", async () => {
    const id = "cert-manager/vault-token-audience";
    const byId = await findScenario(id);
    expect(byId.id).toBe(id);
    expect(await findScenario(join(builtInFolder(), `${id}.yaml`))).toEqual(byId);
  });

  test("an id that is not there is refused with the nearest one", async () => {
    await expect(findScenario("cert-manager/vault-tokn-audience")).rejects.toMatchObject({
      code: "MISTRUST_SCENARIO_NOT_FOUND",
      remedy: 'did you mean "cert-manager/vault-token-audience"?',
    });
  });

  test("the published JSON Schema is the one that the format gives", async () => {
    expect(readFileSync(join(ROOT, "schema/scenario.v1.json"), "utf8")).toBe(await scenarioJsonSchemaText());
  });

  test("every key of the format has a description or a type that explains itself in an editor", async () => {
    const schema: unknown = JSON.parse(await scenarioJsonSchemaText());
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      additionalProperties: false,
      $defs: {
        VaultWorld: {
          properties: { boundAudiences: { description: expect.stringContaining("real plugin") as string } },
        },
      },
    });
  });
});
