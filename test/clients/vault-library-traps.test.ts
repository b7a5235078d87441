import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { HEALTHY_VAULT } from "./support/healthy-vault.js";
import type { Tool } from "./support/tools.js";
import { LIBRARIES, type Step, steps } from "./support/vault-libraries.js";

/** What each library does on the wire that people trip over. */
describe.each(["node-vault", "vault-java-driver", "Spring Vault", "vaultrs"])("%s", (name) => {
  const library = LIBRARIES.find((one) => one.name === name);
  let tool: Tool = { missing: "not prepared" };
  let lab: Lab;
  let said: ReadonlyMap<string, Step> = new Map();
  beforeAll(async () => {
    if (library === undefined) throw new Error(`there is no library ${name}`);
    tool = await library.tool();
    lab = await startLab(HEALTHY_VAULT);
    if (tool.missing === undefined) said = await steps(library, tool, lab, "app");
  }, 300_000);
  afterAll(async () => await lab.stop());

  /** `METHOD path status` of everything that the program asked of Vault. */
  function exchanges(): readonly string[] {
    const replies = lab.journal.events({ server: "vault", type: "reply" });
    return lab.journal.events({ server: "vault", type: "request" }).flatMap((event) => {
      if (event.type !== "request") return [];
      const reply = replies.find(({ exchange }) => exchange === event.exchange);
      return reply?.type === "reply" ? [`${event.method} ${event.path} ${reply.status}`] : [];
    });
  }

  if (name === "node-vault") {
    test("without the mount's name it posts to a path that is cleaned by a redirect, which makes it a GET", ({
      skip,
    }) => {
      skip(tool.missing !== undefined, tool.missing);
      const asked = exchanges();
      const at = asked.indexOf("POST /v1/auth//login 301");
      expect(asked[at + 1]).toBe("GET /v1/auth/login 403");
      expect(said.get("log in without naming the mount")?.error).toBe("Error: permission denied");
    });

    test("lists with the verb LIST, or with a query where a proxy takes no verbs", ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      expect(exchanges()).toEqual(
        expect.arrayContaining(["LIST /v1/secret/metadata 200", "GET /v1/secret/metadata?list=1 200"]),
      );
    });
  }

  if (name === "vault-java-driver") {
    test("a read that is refused is an empty secret, and only the status tells", ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      expect(exchanges()).toContain("GET /v1/secret/data/other 403");
      expect(said.get("read what is forbidden")).toEqual({
        step: "read what is forbidden",
        result: { status: 403, data: {} },
      });
    });
  }

  if (name === "Spring Vault") {
    test("lists with a query", ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      expect(exchanges()).toContain("GET /v1/secret/metadata/?list=true 200");
    });

    test("asks a sealed Vault twice, since Apache's client repeats after a 503", async ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      await using sealed = await startLab(HEALTHY_VAULT);
      await sealed.vault.core.write("sys/seal", {});
      if (library !== undefined) await steps(library, tool, sealed, "app");
      expect(sealed.journal.events({ request: "POST /v1/auth/kubernetes/login" })).toHaveLength(2);
    });

    test("without Apache's client it does not read the trust store that it is given", async ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      if (library === undefined || tool.missing !== undefined) return;
      const [program = ""] = tool.path.split(":");
      const jars = readdirSync(program).filter((jar) => jar.endsWith(".jar") && !/^http(client|core)5/.test(jar));
      const path = [program, ...jars.map((jar) => join(program, jar))].join(":");
      expect((await steps(library, { path }, lab, "app")).get("login")?.error).toContain("PKIX path building failed");
    });
  }

  if (name === "vaultrs") {
    test("asks with a bare question mark", ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      expect(exchanges()).toContain("GET /v1/secret/data/app? 200");
    });

    test("keeps Vault's words in the error's fields", ({ skip }) => {
      skip(tool.missing !== undefined, tool.missing);
      expect(said.get("read what is forbidden")).toMatchObject({
        error: "The Vault server returned an error (status code 403)",
        errors: ["1 error occurred:\n\t* permission denied\n\n"],
      });
    });
  }
});
