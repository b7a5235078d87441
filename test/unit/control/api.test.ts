import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Control, LabRegistry, startControl } from "../../../src/control/index.js";
import { type Lab, startLab } from "../../../src/lab/index.js";
import type { Scenario } from "../../../src/scenario/index.js";
import { exchange, get, post } from "../../support/https.js";

const scenario: Scenario = {
  id: "test/role-audience",
  title: "A role wants another audience",
  summary: "…",
  sources: [{ url: "https://example.org" }],
  world: { vault: { version: "1.15.6", write: { "secret/data/which": { data: { version: "broken" } } } } },
  expect: { outcome: "failure" },
  variants: [
    {
      id: "fix",
      kind: "fix",
      by: "vault",
      title: "Mend it",
      change: { world: { vault: { write: { "secret/data/which": { data: { version: "mended" } } } } } },
    },
  ],
};

let lab: Lab;
let control: Control;
let api: string;

beforeAll(async () => {
  lab = await startLab(scenario);
  const labs = new LabRegistry();
  labs.add(lab);
  control = await startControl({ labs });
  api = `${control.url}/api/v1/labs/role-audience`;
});
afterAll(async () => {
  await control.stop();
  await lab.stop();
});

async function which(): Promise<unknown> {
  const reply = await get(`${lab.vault.url}/v1/secret/data/which`, {
    ca: lab.vault.ca,
    headers: { "x-vault-token": lab.vault.rootToken },
  });
  return (JSON.parse(reply.text) as { data: { data: { version: unknown } } }).data.data.version;
}

describe("labs", () => {
  test("are listed, each with the way to it", async () => {
    const { text } = await get(`${control.url}/api/v1/labs`, {});
    expect(JSON.parse(text)).toMatchObject({
      labs: [
        { id: "role-audience", scenario: "test/role-audience", variant: null, self: "/api/v1/labs/role-audience" },
      ],
    });
  });

  test("tell their addresses, environment and clock", async () => {
    const { text } = await get(api, {});
    expect(JSON.parse(text)).toMatchObject({
      fakes: { vault: { address: lab.vault.url } },
      env: { VAULT_ADDR: lab.vault.url },
    });
  });

  test("take on a variant behind the same address, and go back", async () => {
    const { url, rootToken } = lab.vault;
    expect(await which()).toBe("broken");
    expect((await post(`${api}/variants/fix/apply`, undefined, {})).status).toBe(200);
    expect(await which()).toBe("mended");
    expect([lab.vault.url, lab.vault.rootToken, lab.variant]).toEqual([url, rootToken, "fix"]);
    const { text } = await get(`${api}/variants`, {});
    expect(JSON.parse(text)).toMatchObject({ variants: [{ id: "fix", applied: true }] });
    expect((await post(`${api}/reset`, undefined, {})).status).toBe(200);
    expect(await which()).toBe("broken");
  });
});

describe("errors", () => {
  test("are problem+json with a stable code and a remedy", async () => {
    const reply = await post(`${api}/variants/fixx/apply`, undefined, {});
    expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(reply.text)).toMatchObject({
      status: 404,
      code: "MISTRUST_VARIANT_NOT_FOUND",
      remedy: 'did you mean "fix"?',
    });
  });

  test("name what is not there", async () => {
    expect((await get(`${control.url}/api/v1/labs/nope`, {})).status).toBe(404);
    expect((await get(`${control.url}/api/v2`, {})).status).toBe(404);
  });

  test("refuse a misspelt filter instead of ignoring it", async () => {
    const reply = await get(`${api}/journal?sevrer=vault`, {});
    expect(JSON.parse(reply.text)).toMatchObject({ status: 400, code: "MISTRUST_USAGE" });
  });
});

describe("web pages", () => {
  test("of another origin are refused", async () => {
    const reply = await get(`${control.url}/api/v1/labs`, { headers: { origin: "https://evil.example" } });
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text)).toMatchObject({ code: "MISTRUST_FORBIDDEN" });
  });

  test("behind a rebound name are refused", async () => {
    expect((await get(`${control.url}/livez`, { headers: { host: "evil.example" } })).status).toBe(403);
  });

  test("of this very listener are served", async () => {
    expect((await get(`${control.url}/livez`, { headers: { origin: control.url } })).status).toBe(200);
  });
});

describe("the journal", () => {
  test("comes in pages that join without a gap", async () => {
    await which();
    const seen: number[] = [];
    let next: number | undefined = 0;
    while (next !== undefined) {
      const { text } = await get(`${api}/journal?limit=3&after=${next}`, {});
      const page = JSON.parse(text) as { events: { seq: number }[]; next?: number };
      seen.push(...page.events.map((event) => event.seq));
      next = page.next;
    }
    expect(seen).toEqual(lab.journal.events().map((event) => event.seq));
  });

  test("comes as NDJSON and holds no secret", async () => {
    await which();
    const { text } = await get(`${api}/journal`, { headers: { accept: "application/x-ndjson" } });
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(lab.journal.events());
    expect(text).not.toContain(lab.vault.rootToken);
  });

  test("is pushed as SSE, and resumes after the last event that was seen", async () => {
    await which();
    const last = lab.journal.seq;
    const got = await new Promise<string>((resolve, reject) => {
      const asked = request(
        `${api}/journal?type=request`,
        { headers: { accept: "text/event-stream", "last-event-id": String(last) } },
        (response) => {
          response.setEncoding("utf8");
          response.once("data", (text: string) => {
            asked.destroy();
            resolve(text);
          });
          which().catch(reject);
        },
      );
      asked.on("error", reject);
      asked.end();
    });
    expect(Number(/^id: (\d+)\nevent: request\ndata: \{/.exec(got)?.[1])).toBeGreaterThan(last);
  });
});

test("explain comes as JSON and as a page of text", async () => {
  await exchange("GET", `${lab.vault.url}/v1/secret/data/which`, undefined, { ca: lab.vault.ca });
  const json = JSON.parse((await get(`${api}/explain`, { headers: { accept: "application/json" } })).text) as {
    refusals: unknown[];
  };
  expect(json.refusals.length).toBeGreaterThan(0);
  const page = await get(`${api}/explain`, { headers: { accept: "text/plain" } });
  expect(page.text).toContain("Why vault refused");
});
