import { describe, expect, test } from "vitest";
import { loadScenario, ScenarioError } from "../../../src/scenario/index.js";
import { scenarioWith } from "./sample.js";

async function mistakes(text: string): Promise<string[]> {
  try {
    await loadScenario({ text, file: "x.yaml" });
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.toString().split("\n");
  }
}

describe("loading a scenario", () => {
  test("gives what the file says, under the file's own names", async () => {
    const scenario = await loadScenario({ text: scenarioWith() });
    expect(scenario.world.vault?.write?.["sys/auth/kubernetes"]).toEqual({ type: "kubernetes" });
    expect(scenario.client?.manifests.issuer?.kind).toBe("Issuer");
  });

  test("names all mistakes at once, in the order in which they stand in the file", async () => {
    const text = scenarioWith({
      version: "1.20",
      vault: "boundAudiences: enforced",
      client: "prodcut: cert-manager",
      expect: "says: [no]",
      variants: "  - {id: Bad Id, kind: fixx, by: client, title: '', change: {world: {vaul: {}}}}",
    });
    expect(await mistakes(text)).toEqual([
      'x.yaml:7:21 world.vault.boundAudiences cannot be "enforced"; did you mean "enforce"?',
      "x.yaml:14:12 client.version is a number where a string is wanted; put it in quotes, since YAML reads it as 1.2",
      'x.yaml:15:3 unknown key "prodcut" in client; did you mean "product"?',
      "x.yaml:28:9 expect.says is a list where a string is wanted",
      'x.yaml:30:10 variants[0].id: "Bad Id" is not a name in lower case such as api-server-audience',
      'x.yaml:30:24 variants[0].kind cannot be "fixx"; did you mean "fix"?',
      "x.yaml:30:49 variants[0].title is empty",
      'x.yaml:30:70 unknown key "vaul" in world; did you mean "vault"?',
    ]);
  });

  test("a duplicate key does not hide the mistakes beside it", async () => {
    const text = `${scenarioWith({ vault: "versoin: 1.15.6" })}title: Again\n`;
    expect(await mistakes(text)).toEqual([
      expect.stringContaining('x.yaml:7:5 unknown key "versoin" in world.vault'),
      'x.yaml:31:1 duplicate key "title"; keep one of the two',
    ]);
  });

  test("a missing key is named where it should stand", async () => {
    expect(await mistakes(scenarioWith().replace("  outcome: failure\n", "  says: no\n"))).toEqual([
      'x.yaml:26:1 expect lacks its "outcome"; add it',
    ]);
  });

  test("a bad duration, a bad release and a bad path are told by example", async () => {
    const text = scenarioWith({
      vault: 'version: newest, write: {"/auth/x": {}}',
      client: "go: 22",
    })
      .replace("version: newest, write", "version: newest\n    tls: {certificate: {notAfter: tomorrow}}\n    x")
      .replace("kubernetes: {}", "spire: {server: {ca_ttl: 5 minutes}}");
    expect(await mistakes(text)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('world.vault.version: "newest" is not a release such as "1.15.6" or "openbao-2.6"'),
        expect.stringContaining(
          'world.vault.tls.certificate.notAfter: "tomorrow" is not a time such as 2026-11-23T12:00:00Z',
        ),
        expect.stringContaining('world.spire.server.ca_ttl: "5 minutes" is not a duration such as 500ms, 30s or 1h30m'),
        expect.stringContaining("client.go is a number where a string is wanted"),
      ]),
    );
  });

  test("a fault of an unknown kind and a key that its kind does not have are told apart", async () => {
    const text = `${scenarioWith()}faults:
  - {fault: dealy, on: {server: vault}}
  - {fault: delay, on: {server: vault}, for: 5s, status: 503}
`;
    expect(await mistakes(text)).toEqual([
      'x.yaml:32:13 faults[0].fault cannot be "dealy"; did you mean "delay"?',
      expect.stringContaining('x.yaml:33:50 unknown key "status" in faults[1]'),
    ]);
  });

  test("a setting that the release of SPIRE does not have is named with the releases that have it", async () => {
    const agent = "{disable_sds_api: true, experimental: {ratelimit: {fetch_secrets: 1}}}";
    const entries = '{web: {spiffeID: "spiffe://example.org/web", selector: ["a:b"], hint: h}}';
    const spire = `spire: {version: 1.6.0, entries: ${entries}, agent: ${agent}}`;
    expect(await mistakes(scenarioWith().replace("kubernetes: {}", spire))).toEqual([
      expect.stringContaining("SPIRE 1.6.0 has no hint; it is in releases >=1.6.4"),
      expect.stringContaining("SPIRE 1.6.0 has no disable_sds_api; it is in releases >=1.15.3"),
      expect.stringContaining("SPIRE 1.6.0 has no ratelimit; it is in releases >=1.15.2"),
    ]);
    expect(await mistakes(scenarioWith().replace("kubernetes: {}", spire.replace("1.6.0", "1.15.3")))).toEqual([]);
  });

  test("delegates without an admin socket are told that nobody can ask as one", async () => {
    const spire = 'spire: {agent: {authorized_delegates: ["spiffe://example.org/node"]}}';
    expect(await mistakes(scenarioWith().replace("kubernetes: {}", spire))).toEqual([
      expect.stringContaining("authorized_delegates changes nothing: no workload has an admin socket"),
    ]);
  });

  test("an unknown template is named with its place and the nearest one", async () => {
    expect(await mistakes(scenarioWith({ expect: 'says: "at {{vault.uri}}"' }))).toEqual([
      "x.yaml:28:9 unknown template {{vault.uri}}; did you mean {{vault.url}}?",
    ]);
    expect(await mistakes(scenarioWith({ expect: 'says: "{{spire.socket}}"' }))).toEqual([
      "x.yaml:28:9 {{spire.socket}} has no value without a spire; add world.spire",
    ]);
  });

  test("a template without quotes is told to have some", async () => {
    const text = scenarioWith().replace('"{{vault.url}}"', "{{vault.url}}").replace("server:", "namespace:");
    expect(
      await mistakes(
        text.replace("path: pki/sign/app", 'path: "x"').replace("title: A sample", "title: {{vault.url}}"),
      ),
    ).toEqual([
      expect.stringMatching(/^x\.yaml:2:8 title is a map where a string is wanted; put the template in quotes/),
    ]);
  });

  test("what only a variant breaks is shown at the variant", async () => {
    const variants =
      "  - {id: gone, kind: fix, by: client, title: Gone, change: {client: {manifests: {issuer: null}, version: null}}}";
    expect(await mistakes(scenarioWith({ variants }))).toEqual(['x.yaml:30:61 client lacks its "version"; add it']);
  });

  test("a mistake in a variant's expectation is told once", async () => {
    const variants =
      "  - {id: up, kind: fix, by: client, title: Up, change: {client: {version: 1.15.0}}, expect: {outcom: success}}";
    expect(await mistakes(scenarioWith({ variants }))).toEqual([
      'x.yaml:30:94 unknown key "outcom" in variants[0].expect; did you mean "outcome"?',
    ]);
  });

  test("a real API server and settings of a fake one exclude each other", async () => {
    const text = scenarioWith().replace("kubernetes: {}", "kubernetes: {external: {context: kind}, apply: {}}");
    expect(await mistakes(text)).toEqual([
      "x.yaml:11:26 world.kubernetes.external cannot stand beside settings of a fake API server",
    ]);
  });

  test("two variants of one name are a mistake", async () => {
    const one = (version: string): string =>
      `  - {id: up, kind: fix, by: client, title: Up, change: {client: {version: ${version}}}}`;
    expect(await mistakes(scenarioWith({ variants: `${one("1.15.0")}\n${one("1.16.0")}` }))).toEqual([
      'x.yaml:31:10 a second variant "up"; give it an id of its own',
    ]);
  });

  test("a file that is no YAML, holds none or is not there is refused", async () => {
    expect(await mistakes("a: [1")).toEqual([expect.stringMatching(/^x\.yaml:1:\d+ is no YAML: /)]);
    expect(await mistakes("")).toEqual([expect.stringMatching(/^x\.yaml:1:1 holds no scenario/)]);
    await expect(loadScenario("nowhere.yaml")).rejects.toMatchObject({ code: "MISTRUST_SCENARIO_NOT_FOUND" });
  });
});
