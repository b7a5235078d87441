import { expect, test } from "vitest";
import { type Answer, Bench } from "../vault-core/helper.js";

async function withAlice(version?: string): Promise<Bench> {
  const bench = new Bench(version === undefined ? {} : { version });
  await bench.root("POST", "sys/auth/userpass", { type: "userpass" });
  await bench.root("POST", "auth/userpass/users/alice", { password: "right", token_policies: "p" });
  return bench;
}

function login(bench: Bench, name: string, password: string): Promise<Answer> {
  return bench.ask("POST", `auth/userpass/login/${name}`, { body: { password } });
}

test("five wrong passwords lock a user that exists for a quarter of an hour", async () => {
  const bench = await withAlice();
  for (let i = 0; i < 5; i++) expect((await login(bench, "alice", "wrong")).status).toBe(400);
  expect((await login(bench, "alice", "right")).json.errors).toEqual(["permission denied"]);
  for (let i = 0; i < 6; i++) expect((await login(bench, "nobody", "wrong")).status).toBe(400);
  await bench.clock.advance(15 * 60_000);
  expect((await login(bench, "alice", "right")).status).toBe(200);
});

test("a success forgets the failures before it", async () => {
  const bench = await withAlice();
  for (let i = 0; i < 4; i++) await login(bench, "alice", "wrong");
  expect((await login(bench, "alice", "right")).status).toBe(200);
  for (let i = 0; i < 4; i++) await login(bench, "alice", "wrong");
  expect((await login(bench, "alice", "right")).status).toBe(200);
});

test("the reply does not tell a wrong password from an unknown user, the journal does", async () => {
  const bench = await withAlice();
  const wrong = await login(bench, "alice", "wrong");
  const unknown = await login(bench, "bob", "wrong");
  expect(wrong.json).toEqual(unknown.json);
  const notes = bench.journal.events({ refusedBy: "password" }).map((event) => JSON.stringify(event));
  expect(notes[0]).toContain("the password is wrong");
  expect(notes[1]).toContain("there is no such user");
});

test("a user's policies are kept in order and lower case when set on their own path", async () => {
  const bench = await withAlice();
  await bench.root("POST", "auth/userpass/users/alice/policies", { policies: "B,a,b" });
  const { json } = await bench.root("GET", "auth/userpass/users/alice");
  expect(json.data).toMatchObject({ policies: ["a", "b"], token_policies: ["a", "b"] });
});

test("an empty password is no password, on an update neither, until it may be hashed", async () => {
  const bench = await withAlice("1.16.0");
  const update = await bench.root("POST", "auth/userpass/users/alice", { password: "" });
  expect([update.status, update.json.errors]).toEqual([400, ["missing password"]]);
  expect((await login(bench, "alice", "right")).status).toBe(200);
});
