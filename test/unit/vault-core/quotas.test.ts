import { expect, test } from "vitest";
import { Bench } from "./helper.js";

const LIMIT = { rate: 1, interval: "1h" };

test.each(["secret", "/secret/"])("a quota on %s is one on the mount, with its slash", async (path) => {
  const bench = new Bench();
  await bench.root("POST", "sys/quotas/rate-limit/q", { ...LIMIT, path });
  expect((await bench.root("GET", "sys/quotas/rate-limit/q")).json.data?.path).toBe("secret/");
  const statuses = [await bench.root("GET", "secret/data/a"), await bench.root("GET", "secret/data/a")];
  expect(statuses.map(({ status }) => status)).toEqual([404, 429]);
});

test("a quota below a mount strikes that path alone", async () => {
  const bench = new Bench();
  await bench.root("POST", "sys/quotas/rate-limit/q", { ...LIMIT, path: "secret/data/a" });
  await bench.root("GET", "secret/data/a");
  expect((await bench.root("GET", "secret/data/a")).status).toBe(429);
  expect((await bench.root("GET", "secret/data/b")).status).toBe(404);
});

test("a quota on what is no mount is refused", async () => {
  const reply = await new Bench().root("POST", "sys/quotas/rate-limit/q", { ...LIMIT, path: "nothing" });
  expect([reply.status, reply.json.errors]).toEqual([400, ['invalid mount path "nothing/"']]);
});
