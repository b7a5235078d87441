import { expect, test } from "vitest";
import { type Check, decide, Exchange, fingerprint, Journal, pass, refuse, skip } from "../../../src/journal/index.js";
import { LabClock } from "../../../src/runtime/index.js";

const journalAt = (startAt: number): Journal => new Journal({ clock: new LabClock({ startAt, frozen: true }) });

test("events get rising sequence numbers and the lab's time", () => {
  const journal = journalAt(42);
  journal.append({ server: "vault" }, { type: "log", level: "info", line: "one" });
  journal.append({ server: "vault" }, { type: "log", level: "info", line: "two" });
  expect(journal.events().map(({ seq, at }) => [seq, at])).toEqual([
    [1, 42],
    [2, 42],
  ]);
});

test("a full journal drops the oldest events and never repeats a sequence number", () => {
  const journal = new Journal({ clock: new LabClock({ frozen: true }), capacity: 10 });
  for (let i = 0; i < 55; i++) journal.append({ server: "vault" }, { type: "log", level: "info", line: String(i) });
  const kept = journal.events();
  expect(kept.length).toBeGreaterThanOrEqual(10);
  expect(kept.at(-1)?.seq).toBe(55);
});

test("secrets are shown as fingerprints, the same secret always by the same one", () => {
  const journal = journalAt(0);
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
  journal.append(
    { server: "vault", exchange: 1 },
    {
      type: "request",
      method: "POST",
      path: "/v1/auth/kubernetes/login",
      httpVersion: "1.1",
      headers: { "x-vault-token": "root", authorization: `Bearer ${jwt}` },
      body: { jwt, role: "web", nested: { password: "hunter2" } },
    },
  );
  journal.append({ server: "vault" }, { type: "log", level: "debug", line: `got ${jwt}` });
  const shown = journal.events();
  expect(JSON.stringify(shown)).not.toContain(jwt);
  expect(JSON.stringify(shown)).not.toContain("hunter2");
  expect(shown[0]).toMatchObject({
    headers: { "x-vault-token": fingerprint("root"), authorization: `Bearer ${fingerprint(jwt)}` },
    body: { jwt: fingerprint(jwt), role: "web", nested: { password: fingerprint("hunter2") } },
  });
  expect(shown[1]).toMatchObject({ line: `got ${fingerprint(jwt)}` });
});

test("waiting resolves with an event that is already there, and with one that comes later", async () => {
  const journal = journalAt(0);
  journal.append({ server: "vault" }, { type: "log", level: "info", line: "early" });
  expect(await journal.waitFor({ log: "early" })).toMatchObject({ seq: 1 });
  const later = journal.waitFor({ log: "late" });
  journal.append({ server: "vault" }, { type: "log", level: "info", line: "late" });
  expect(await later).toMatchObject({ seq: 2 });
});

test("waiting for what does not happen ends with an error that names it", async () => {
  await expect(journalAt(0).waitFor({ log: "never" }, { timeoutMs: 1 })).rejects.toMatchObject({
    code: "MISTRUST_TIMEOUT",
  });
});

test("a matcher's star stands for any run of characters", () => {
  const journal = journalAt(0);
  journal.append(
    { server: "vault" },
    { type: "request", method: "POST", path: "/v1/pki/sign/x", headers: {}, httpVersion: "1.1" },
  );
  expect(journal.events({ request: "* /v1/pki/*" })).toHaveLength(1);
  expect(journal.events({ request: "* /v1/kv/*" })).toHaveLength(0);
});

test("checks run in order up to the first refusal, and all of it is journaled", async () => {
  const ran: string[] = [];
  const checks: Check<{ readonly n: number }, string>[] = [
    { id: "first", doc: "", wants: () => "n", run: ({ n }) => (ran.push("first"), pass(String(n))) },
    { id: "second", doc: "", run: () => (ran.push("second"), skip("not asked for")) },
    {
      id: "third",
      doc: "",
      run: () => refuse("403", { got: "x", log: { level: "debug", line: "login unauthorized" }, remedy: "do y" }),
    },
    { id: "fourth", doc: "", run: () => (ran.push("fourth"), pass()) },
  ];
  const decision = await decide(checks, { n: 7 });
  expect(ran).toEqual(["first", "second"]);
  expect(decision.refusal).toMatchObject({ by: "third", reply: "403" });

  const journal = journalAt(0);
  new Exchange(journal, "vault", 1).decided("login", decision);
  expect(journal.events()).toMatchObject([
    {
      type: "checks",
      refusedBy: "third",
      checks: [
        { id: "first", outcome: "passed", wanted: "n", got: "7" },
        { id: "second", outcome: "skipped", note: "not asked for" },
        { id: "third", outcome: "refused", got: "x", remedy: "do y" },
      ],
    },
    { type: "log", level: "debug", line: "login unauthorized" },
  ]);
});

test("a decision that comes out as the last time is kept in the same records, and what differs in its own", async () => {
  const journal = journalAt(0);
  const outcome = async (n: string) => {
    const checks: Check<string, string>[] = [
      { id: "same", doc: "", wants: () => "all", run: () => pass("all") },
      { id: "other", doc: "", run: (got) => pass(got) },
    ];
    return journal.condense("login", (await decide(checks, n)).checks);
  };
  const [first, second] = [await outcome("1"), await outcome("2")];
  expect(second[0]).toBe(first[0]);
  expect([first[1], second[1]]).toEqual([
    { id: "other", outcome: "passed", got: "1" },
    { id: "other", outcome: "passed", got: "2" },
  ]);
});
