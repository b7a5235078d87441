import { describe, expect, it } from "vitest";
import { type Answer, Bench } from "../vault-core/helper.js";

async function withUserpass(): Promise<{ readonly bench: Bench; readonly accessor: string }> {
  const bench = new Bench({ version: "1.14.8" });
  await bench.vault.write("sys/auth/userpass", { type: "userpass" });
  await bench.vault.write("auth/userpass/users/alice", { password: "right", policies: "default" });
  const { json } = await bench.root("GET", "sys/auth/userpass");
  return { bench, accessor: String(json.data?.accessor) };
}

const idOf = ({ json }: Answer): string => String(json.data?.id);

describe("an entity", () => {
  it("keeps its policies in the case in which they were written, each one once, but never root", async () => {
    const { bench } = await withUserpass();
    const id = idOf(await bench.root("POST", "identity/entity", { name: "e", policies: ["p1", "P2", "p1"] }));
    expect((await bench.root("GET", `identity/entity/id/${id}`)).json.data?.policies).toEqual(["P2", "p1"]);
    const root = await bench.root("POST", "identity/entity", { name: "r", policies: ["root"] });
    expect([root.status, root.json.errors]).toEqual([400, ["policies cannot contain root"]]);
  });

  it("is not made under an id that nobody has, and takes no name of another", async () => {
    const { bench } = await withUserpass();
    const stranger = await bench.root("POST", "identity/entity", { id: "bogus", name: "x" });
    expect([stranger.status, stranger.json.errors]).toEqual([400, ["entity not found from id"]]);
    await bench.root("POST", "identity/entity", { name: "taken" });
    const id = idOf(await bench.root("POST", "identity/entity", { name: "other" }));
    const renamed = await bench.root("POST", `identity/entity/id/${id}`, { name: "Taken" });
    expect(renamed.json.errors).toEqual(["entity name is already in use"]);
  });

  it("has no more to say than Vault keeps", async () => {
    const { bench } = await withUserpass();
    const value = "y".repeat(513);
    const answer = await bench.root("POST", "identity/entity", { name: "m", metadata: { x: value } });
    expect([answer.status, answer.json.errors]).toEqual([
      500,
      [
        `1 error occurred:\n\t* invalid entity metadata: failed to load metadata pair ("x", "${value}"): value is too long (limit: 512 characters)\n\n`,
      ],
    ]);
  });
});

describe("an alias", () => {
  it("makes its own entity, and a login under it finds that entity", async () => {
    const { bench, accessor } = await withUserpass();
    const made = await bench.root("POST", "identity/entity-alias", { name: "Alice", mount_accessor: accessor });
    expect(made.status).toBe(200);
    const login = await bench.ask("POST", "auth/userpass/login/alice", { body: { password: "right" } });
    expect(login.json.auth?.entity_id).toBe(made.json.data?.canonical_id);
  });

  it.each([
    [{}, "'id' or 'mount_accessor' and 'name' must be provided"],
    [{ name: "a", mount_accessor: "bogus" }, 'invalid mount accessor "bogus"'],
    [{ id: "bogus", name: "a" }, "invalid alias ID provided"],
  ])("is refused without what it stands for: %j", async (body, words) => {
    const { bench } = await withUserpass();
    const answer = await bench.root("POST", "identity/entity-alias", body);
    expect([answer.status, answer.json.errors]).toEqual([400, [words]]);
  });

  it("is the only one of its mount in an entity", async () => {
    const { bench, accessor } = await withUserpass();
    const canonical = idOf(await bench.root("POST", "identity/entity", { name: "e" }));
    const alias = { mount_accessor: accessor, canonical_id: canonical };
    await bench.root("POST", "identity/entity-alias", { ...alias, name: "a" });
    expect((await bench.root("POST", "identity/entity-alias", { ...alias, name: "b" })).json.errors).toEqual([
      "Alias already exists for requested entity and mount accessor",
    ]);
  });
});

describe("a group", () => {
  it("gives its policies to the members of its member groups", async () => {
    const { bench } = await withUserpass();
    const { json } = await bench.ask("POST", "auth/userpass/login/alice", { body: { password: "right" } });
    const member_entity_ids = [json.auth?.entity_id];
    const inner = idOf(await bench.root("POST", "identity/group", { name: "in", policies: "pi", member_entity_ids }));
    const outer = idOf(await bench.root("POST", "identity/group", { name: "out", policies: "po" }));
    expect((await bench.root("POST", `identity/group/id/${outer}`, { member_group_ids: [inner] })).status).toBe(204);
    const self = await bench.ask("GET", "auth/token/lookup-self", { token: String(json.auth?.client_token) });
    expect(self.json.data?.identity_policies).toEqual(["pi", "po"]);
    const cycle = await bench.root("POST", `identity/group/id/${inner}`, { member_group_ids: [outer] });
    expect(cycle.json.errors).toEqual([`cyclic relationship detected for member group ID "${outer}"`]);
  });

  it.each([
    [{ name: "g", type: "bogus" }, 'invalid group type "bogus"'],
    [
      { name: "g", type: "external", member_entity_ids: ["x"] },
      "member entities can't be set manually for external groups",
    ],
    [{ name: "" }, "empty group name"],
    [{ id: "bogus" }, "invalid group ID"],
  ])("is refused in Vault's words: %j", async (body, words) => {
    const { bench } = await withUserpass();
    const answer = await bench.root("POST", "identity/group", body);
    expect([answer.status, answer.json.errors]).toEqual([400, [words]]);
  });
});

describe("merging entities", () => {
  it("moves aliases and policies, and leaves one entity", async () => {
    const { bench, accessor } = await withUserpass();
    const to = idOf(await bench.root("POST", "identity/entity", { name: "to", policies: "pa" }));
    const from = idOf(await bench.root("POST", "identity/entity", { name: "from", policies: "pb" }));
    const alias = { name: "alice", mount_accessor: accessor, canonical_id: from };
    await bench.root("POST", "identity/entity-alias", alias);
    const merge = { from_entity_ids: [from], to_entity_id: to };
    expect((await bench.root("POST", "identity/entity/merge", merge)).status).toBe(204);
    expect((await bench.root("GET", `identity/entity/id/${to}`)).json.data).toMatchObject({
      aliases: [{ name: "alice", merged_from_canonical_ids: [from] }],
      merged_entity_ids: [from],
      policies: ["pa", "pb"],
    });
    expect((await bench.root("GET", `identity/entity/id/${from}`)).status).toBe(404);
  });

  it("asks for a choice where both have an alias of one mount", async () => {
    const { bench, accessor } = await withUserpass();
    const ids = await Promise.all(
      ["a", "b"].map(async (name) => {
        const id = idOf(await bench.root("POST", "identity/entity", { name }));
        await bench.root("POST", "identity/entity-alias", { name, mount_accessor: accessor, canonical_id: id });
        return id;
      }),
    );
    const merge = { from_entity_ids: [ids[1]], to_entity_id: ids[0] };
    const answer = await bench.root("POST", "identity/entity/merge", merge);
    expect(answer.json.errors?.[0]).toContain("aliases with the same mount accessor");
    expect(answer.json.data).toEqual([
      { alias: "a", entity: "a", entity_id: ids[0], mount: "userpass", mount_path: "auth/userpass/" },
      { alias: "b", entity: "b", entity_id: ids[1], mount: "userpass", mount_path: "auth/userpass/" },
    ]);
  });
});

describe("looking an entity up", () => {
  it.each([
    [{}, "query parameter not supplied"],
    [{ alias_name: "a" }, "both 'alias_name' and 'alias_mount_accessor' needs to be set"],
    [{ id: "a", name: "b" }, "query parameter conflict; please supply distinct set of query parameters"],
  ])("takes one question at a time: %j", async (body, words) => {
    const { bench } = await withUserpass();
    expect((await bench.root("POST", "identity/lookup/entity", body)).json.errors).toEqual([words]);
  });
});
