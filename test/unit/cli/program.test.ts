import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { run } from "../../../src/cli/program.js";

let out = "";
let err = "";

beforeEach(() => {
  out = err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

test("--help lists every command and exits 0", async () => {
  expect(await run(["--help"])).toBe(0);
  for (const name of [
    "list",
    "show",
    "serve",
    "run",
    "verify",
    "lint",
    "explain",
    "journal",
    "apply",
    "reset",
    "schema",
  ]) {
    expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  }
});

test("an unknown command names the nearest one and exits 2", async () => {
  expect(await run(["verfy"])).toBe(2);
  expect(err).toContain('there is no command "verfy"; did you mean "verify"?');
});

test("an unknown option exits 2", async () => {
  expect(await run(["list", "--nope"])).toBe(2);
  expect(err).toContain("unknown option '--nope'");
});

test("a scenario that does not exist exits 2, as JSON where that was asked for", async () => {
  expect(await run(["show", "cert-manager/vault-token-audienc", "-o", "json"])).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ errors: [{ code: "MISTRUST_SCENARIO_NOT_FOUND", status: 404 }] });
});

test("without a running lab explain exits 3 and says how to start one", async () => {
  vi.stubEnv("MISTRUST_CONTROL", "http://127.0.0.1:1");
  expect(await run(["explain"])).toBe(3);
  expect(err).toContain("start a lab with: mistrust serve");
  vi.unstubAllEnvs();
});

test("results carry no colour codes where nobody sees them", async () => {
  await run(["--help"]);
  expect(out).not.toContain("\u001b");
});
