import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { HEALTHY_VAULT } from "./support/healthy-vault.js";
import type { Tool } from "./support/tools.js";
import { LIBRARIES, steps } from "./support/vault-libraries.js";

const INVALID = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";
const DENIED = "1 error occurred:\n\t* permission denied\n\n";
const AUDIENCE = "invalid audience (aud) claim: audience claim does not match any expected audience";
const UNWRAPPED = "wrapping token is not valid or does not exist";

describe.each(LIBRARIES)("$name", (library) => {
  let tool: Tool = { missing: "not prepared" };
  let lab: Lab;
  beforeAll(async () => {
    tool = await library.tool();
    lab = await startLab(HEALTHY_VAULT);
  }, 300_000);
  afterAll(async () => await lab.stop());

  test("logs in, writes, reads, renews, unwraps once and revokes", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    const said = new Map<string, unknown>();
    for (const [step, { result, error }] of await steps(library, tool, lab, "app")) said.set(step, error ?? result);
    const { url } = lab.vault;
    expect(said.get("login")).toEqual(["app", "default"]);
    expect(said.get("write")).toBeGreaterThanOrEqual(1);
    expect(said.get("read")).toEqual({ password: "hunter2" });
    expect(said.get("read what is not there")).toEqual(library.missing(url));
    const forbidden = library.forbidden ?? library.refused("GET", `${url}/v1/secret/data/other`, 403, DENIED);
    expect(said.get("read what is forbidden")).toEqual(forbidden);
    expect(said.get("renew")).toBe(true);
    expect(said.get("unwrap")).toEqual({ password: "hunter2" });
    const again = library.refused("PUT", `${url}/v1/sys/wrapping/unwrap`, 400, UNWRAPPED);
    expect(said.get("unwrap again")).toEqual(library.usedUp === undefined ? again : library.usedUp);
    expect(said.get("use what is revoked")).toBe(
      library.refused("GET", `${url}/v1/auth/token/lookup-self`, 403, INVALID),
    );
    for (const [step, result] of Object.entries(library.more ?? {})) expect(said.get(step), step).toEqual(result);
  });

  test("words the refusal of a foreign audience in its own way", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    const login = (await steps(library, tool, lab, "elsewhere")).get("login");
    expect(login?.error).toContain(library.refused("PUT", `${lab.vault.url}/v1/auth/kubernetes/login`, 403, AUDIENCE));
  });

  test("words a sealed Vault in its own way", async ({ skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using sealed = await startLab(HEALTHY_VAULT);
    await sealed.vault.core.write("sys/seal", {});
    const login = (await steps(library, tool, sealed, "app")).get("login");
    const url = `${sealed.vault.url}/v1/auth/kubernetes/login`;
    expect(login?.error).toContain(library.refused("PUT", url, 503, "Vault is sealed"));
  });
});
