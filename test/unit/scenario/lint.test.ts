import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatProblem, lintScenario } from "../../../src/scenario/index.js";
import CHECK_IDS from "../../../src/scenario/lint/check-ids.json" with { type: "json" };
import { scenarioWith } from "./sample.js";

async function lint(text: string, file = "x.yaml"): Promise<string[]> {
  return (await lintScenario({ text, file })).map(formatProblem);
}

describe("lint", () => {
  test("a healthy scenario has nothing to be said", async () => {
    expect(await lint(scenarioWith())).toEqual([]);
  });

  test("five different mistakes are five lines with place and remedy", async () => {
    const text = scenarioWith({
      role: "bound_audience: [vault], token_ttl: 10 minutes",
      kubernetesAuth: "additionalAudiences: [vault]",
      vault: "verison: 1.15.6",
      variants: "  - {id: same, kind: fix, by: client, title: Same, change: {client: {version: 1.14.4}}}",
    });
    expect(await lint(text)).toEqual([
      'x.yaml:7:5 unknown key "verison" in world.vault; did you mean "version"?',
      'x.yaml:10:68 unknown key "bound_audience" in a kubernetes role, which Vault would ignore; did you mean "audience", or "bound_audiences", which only mistrust checks?',
      'x.yaml:10:104 token_ttl: "10 minutes" is not a duration; write seconds, or one such as 30s, 1h30m or 7d',
      'x.yaml:24:98 cert-manager 1.14.4 has no field "additionalAudiences" in spec.vault.auth.kubernetes of an Issuer; it never existed; cert-manager 1.15.0 and later take serviceAccountRef.audiences',
      'x.yaml:30:52 variant "same" changes nothing: what it sets is so already; set something else, or drop the variant',
    ]);
  });

  test("a mistake in one of several bodies for a path is told at its place", async () => {
    const list = scenarioWith().replace(
      "sys/auth/kubernetes: {type: kubernetes}",
      "sys/auth/kubernetes: [{type: kubernetes}, {typ: kubernetes}]",
    );
    expect(await lint(list)).toEqual([
      'x.yaml:9:50 unknown key "typ" in a mount, which Vault would ignore; did you mean "type"?',
    ]);
  });

  test("bound_audiences is noted, and said to be meant by world.vault.boundAudiences", async () => {
    expect(await lint(scenarioWith({ role: "bound_audiences: [vault]" }))).toEqual([
      expect.stringMatching(
        /^x\.yaml:10:68 note: "bound_audiences" in a kubernetes role is checked by mistrust, while/,
      ),
    ]);
    expect(await lint(scenarioWith({ role: "bound_audiences: [vault]", vault: "boundAudiences: ignore" }))).toEqual([]);
  });

  test("a field is known from the release on that brought it", async () => {
    const asking = "serviceAccountRef: {name: app, audiences: [vault]}";
    expect(await lint(scenarioWith({ kubernetesAuth: asking }))).toEqual([
      expect.stringContaining(
        'has no field "audiences" in spec.vault.auth.kubernetes.serviceAccountRef of an Issuer, only since 1.15.0',
      ),
    ]);
    expect(await lint(scenarioWith({ kubernetesAuth: asking, version: "1.15.0" }))).toEqual([]);
  });

  test("a variant that brings a field too new for the release is told so at its own place", async () => {
    const asking = "{spec: {vault: {auth: {kubernetes: {serviceAccountRef: {audiences: [vault]}}}}}}";
    const variants = `  - {id: ask, kind: fix, by: client, title: Ask, change: {client: {manifests: {issuer: ${asking}}}}}`;
    expect(await lint(scenarioWith({ variants }))).toEqual([
      expect.stringMatching(/^x\.yaml:30:\d+ cert-manager 1\.14\.4 has no field/),
    ]);
  });

  test("a mistake of the scenario is not told again for each variant that changes the release", async () => {
    const up = (version: string): string =>
      `  - {id: to-${version}, kind: fix, by: client, title: Up, change: {client: {version: ${version}}}}`;
    const variants = [up("1.15.5"), up("1.21.1")].join("\n");
    expect(await lint(scenarioWith({ kubernetesAuth: "additionalAudiences: [vault]", variants }))).toHaveLength(1);
  });

  test("a roll-back to a release without a field is told so", async () => {
    const variants = "  - {id: back, kind: rollback, by: client, title: Back, change: {client: {version: 1.14.4}}}";
    const kubernetesAuth = "serviceAccountRef: {name: app, audiences: [vault]}";
    expect(await lint(scenarioWith({ version: "1.15.5", kubernetesAuth, variants }))).toEqual([
      expect.stringMatching(/^x\.yaml:30:\d+ with variant "back": cert-manager 1\.14\.4 has no field "audiences"/),
    ]);
  });

  test("a field that is declared as pruned is let through, and must be there", async () => {
    const client = "pruned: {issuer: [spec.vault.auth.kubernetes.additionalAudiences]}";
    expect(await lint(scenarioWith({ kubernetesAuth: "additionalAudiences: [x]", client }))).toEqual([]);
    expect(await lint(scenarioWith({ client }))).toEqual([
      expect.stringContaining("manifest issuer has no spec.vault.auth.kubernetes.additionalAudiences"),
    ]);
  });

  test("a key that is declared as ignored is let through, and must be there and unknown", async () => {
    const vault = "ignored: {auth/kubernetes/role/app: [audiences]}";
    expect(await lint(scenarioWith({ role: "audiences: [x]", vault }))).toEqual([]);
    expect(await lint(scenarioWith({ vault }))).toEqual([
      expect.stringContaining('"audiences" is not written to auth/kubernetes/role/app'),
    ]);
    expect(
      await lint(scenarioWith({ role: "audience: x", vault: "ignored: {auth/kubernetes/role/app: [audience]}" })),
    ).toEqual([expect.stringContaining('Vault does know "audience" in a kubernetes role')]);
  });

  test("a value of a type that the CRD does not have is found", async () => {
    expect(await lint(scenarioWith({ kubernetesAuth: "serviceAccountRef: app" }))).toEqual([
      expect.stringContaining(
        "spec.vault.auth.kubernetes.serviceAccountRef of an Issuer is a string where the CRD has an object",
      ),
    ]);
  });

  test("an expectation that no server could meet is found", async () => {
    const observed = [
      "{server: vault, request: POST /apis/authentication.k8s.io/v1/tokenreviews}",
      "{server: vault, request: POST /v1/auth/kubernetes/login, status: 418}",
      "{server: vault, request: POST /v1/auth/kubernetes/login, status: 200, refusedBy: audience}",
      "{server: vault, request: POST /v1/auth/kubernetes/login, status: 403, refusedBy: audiense}",
      "{server: spire, status: 3}",
    ];
    expect(await lint(scenarioWith({ expect: `observed: [${observed.join(", ")}]` }))).toEqual([
      expect.stringContaining(
        "vault serves nothing at /apis/authentication.k8s.io/v1/tokenreviews; its API starts at /v1/",
      ),
      expect.stringContaining("vault never answers with 418"),
      expect.stringContaining("a request that is refused does not end in 200"),
      expect.stringContaining('the fake vault has no check "audiense"; did you mean "audience"?'),
      expect.stringContaining("this world has no spire; add world.spire"),
    ]);
  });

  test("under a folder named scenarios the id is the path", async () => {
    expect(await lint(scenarioWith(), "/a/scenarios/cert-manager/sample.yaml")).toEqual([]);
    expect(await lint(scenarioWith(), "/a/scenarios/cert-manager/other.yaml")).toEqual([
      expect.stringContaining(
        '1:5 id "cert-manager/sample" differs from the file\'s path; write cert-manager/other, or move the file',
      ),
    ]);
  });

  test("every check of the fakes can be named in refusedBy: node scripts/check-ids.mjs has been run", () => {
    const root = join(import.meta.dirname, "../../..");
    const script = `import { checkIds } from "./scripts/check-ids.mjs"; console.log(JSON.stringify(checkIds()))`;
    const ids: unknown = JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: root, encoding: "utf8" }),
    );
    expect(CHECK_IDS).toEqual(ids);
  });
});
