import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { differences, substitute, substituteAll } from "../match.js";
import { claimsOf, startWorld, type World } from "./world.js";

interface Step {
  readonly note?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
}

interface Transcript {
  readonly id: string;
  readonly title: string;
  readonly subject: { readonly version: string };
  readonly steps: readonly Step[];
}

const FOLDER = new URL("../recorded/kubernetes/", import.meta.url);
const VERSION = "1.34.4";

/** What the recording script did besides the requests that it recorded, by transcript and number of the step that follows. */
const MEANWHILE: Readonly<Record<string, readonly ((world: World) => Promise<unknown>)[]>> = {
  "kubernetes/tokenreview-pod-deleted": [
    async (world) => {
      const body = { spec: { token: world.names.get("jwt.pod"), audiences: ["vault"] } };
      await world.admin("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body);
      await world.admin("DELETE", "/api/v1/namespaces/conformance/pods/app");
    },
    (world) => world.clock.advance(11_000),
  ],
};

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
}

function stepDifferences(world: World, step: Step): Promise<string[]> {
  const names = (name: string): string | undefined => world.names.get(name);
  const { method, path, headers, body, rawBody } = substituteAll(step.request, names) as Step["request"];
  const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const sent = { method, path, ...(headers && { headers }), ...(text !== undefined && { body: text }) };
  return world.send(sent).then((reply) => {
    const { response } = step;
    const found = differences(response.status, reply.status).map((difference) => `status${difference}`);
    for (const [name, wanted] of Object.entries(response.headers ?? {})) {
      found.push(...differences({ [name]: wanted }, { [name]: reply.headers[name] }, names));
    }
    if (response.rawBody !== undefined) found.push(...differences(substitute(response.rawBody, names), reply.text));
    else found.push(...differences(response.body, JSON.parse(reply.text) as unknown, names));
    return found.map((difference) => `${step.note ?? method}: ${difference}`);
  });
}

const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json") && file !== "claims.json")
  .sort();

test.each(files)("%s is what the fake answers", async (file) => {
  const transcript = read(file) as Transcript;
  await using world = await startWorld(VERSION);
  const found: string[] = [];
  for (const [i, step] of transcript.steps.entries()) {
    await MEANWHILE[transcript.id]?.[i]?.(world);
    found.push(...(await stepDifferences(world, step)));
  }
  expect(found).toEqual([]);
});

test("issued tokens have the recorded claims", async () => {
  const { tokens } = read("claims.json") as { readonly tokens: Readonly<Record<string, unknown>> };
  await using world = await startWorld(VERSION);
  for (const [name, expected] of Object.entries(tokens)) {
    expect(differences(expected, claimsOf(world.names.get(`jwt.${name}`) ?? ""))).toEqual([]);
  }
});
