import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { VaultOptions } from "../../../src/vault/index.js";
import { Bench, DENIED } from "../vault-core/helper.js";

const H = expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/) as unknown;
const clean: (() => void)[] = [];
afterEach(() => {
  for (const undo of clean.splice(0)) undo();
});

type Line = Readonly<Record<string, unknown>> & {
  readonly auth: Readonly<Record<string, unknown>>;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>>;
};

/** A Vault of 1.14 whose disk is a folder that goes away after the test. */
function bench(options: Partial<VaultOptions> = {}): { vault: Bench; disk: string } {
  const disk = mkdtempSync(join(tmpdir(), "mistrust-audit-"));
  const vault = new Bench({ version: "1.14.9", fileRoot: disk, ...options });
  clean.push(() => {
    vault.vault.stop();
    rmSync(disk, { recursive: true, force: true });
  });
  return { vault, disk };
}

async function audited(options: Readonly<Record<string, string>> = {}, version = "1.14.9") {
  const { vault, disk } = bench({ version });
  await vault.root("PUT", "sys/audit/file", { type: "file", options: { file_path: "/a.log", ...options } });
  const text = (): string[] => readFileSync(join(disk, "a.log"), "utf8").trimEnd().split("\n");
  return { vault, disk, text, lines: (): Line[] => text().map((line) => JSON.parse(line) as Line) };
}

const KV_MOUNT = {
  mount_point: "secret/",
  mount_type: "kv",
  mount_accessor: expect.stringMatching(/^kv_[0-9a-f]{8}$/) as unknown,
  mount_class: "secret",
};

describe("the audit log of a file device", () => {
  test("a device is probed, and the request that enables it leaves its response alone", async () => {
    const { lines, disk } = await audited();
    expect(lines().map(({ type, request }) => [type, request.path])).toEqual([
      ["request", "sys/audit/test"],
      ["response", "sys/audit/file"],
    ]);
    expect(lines()[0]?.auth).toEqual({ token_type: "default" });
    expect(statSync(join(disk, "a.log")).mode & 0o777).toBe(0o600);
  });

  test("a write is noted before and after, its values hashed, its keys and booleans not", async () => {
    const { vault, lines, text } = await audited();
    await vault.root("POST", "secret/data/x", { data: { password: "geheim", n: 5, b: true } });
    const [request, response] = lines().slice(-2);
    expect(request).toEqual({
      time: "2026-11-23T00:00:00Z",
      type: "request",
      auth: {
        client_token: H,
        accessor: H,
        display_name: "token",
        policies: ["root"],
        token_policies: ["root"],
        policy_results: {
          allowed: true,
          granting_policies: [{ name: "root", namespace_id: "root", type: "acl" }],
        },
        token_type: "service",
        token_issue_time: "2026-11-23T00:00:00Z",
      },
      request: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        client_id: expect.any(String) as unknown,
        operation: "create",
        ...KV_MOUNT,
        mount_running_version: "v0.15.0+builtin",
        client_token: H,
        client_token_accessor: H,
        namespace: { id: "root" },
        path: "secret/data/x",
        data: { data: { b: true, n: H, password: H } },
        remote_address: "127.0.0.1",
        remote_port: 1,
      },
    });
    expect(response?.request).toEqual(request?.request);
    expect(response?.response).toMatchObject({
      ...KV_MOUNT,
      mount_running_plugin_version: "v0.15.0+builtin",
      data: { created_time: H, deletion_time: H, destroyed: false, version: 1, custom_metadata: null },
    });
    expect(text().join("\n")).not.toContain("geheim");
    expect(text().at(-1)).toMatch(/^\{"time":"[^"]+","type":"response","auth":\{"client_token":/);
  });

  test("numbers that Vault sends stay, numbers that it was sent do not", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "secret/data/x", { data: { n: 5 } });
    await vault.root("GET", "secret/data/x");
    expect(lines().at(-1)?.response?.data).toMatchObject({ data: { n: 5 }, metadata: { version: 1, created_time: H } });
  });

  test("sys/audit-hash makes the hash that stands in the log", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "secret/data/x", { data: { password: "geheim" } });
    const { json } = await vault.root("POST", "sys/audit-hash/file", { input: "geheim" });
    const written = lines().find(({ request }) => request.path === "secret/data/x");
    expect(written?.request.data).toEqual({ data: { password: json.data?.hash } });
  });

  test("a token without permission leaves a denied request and a denied response", async () => {
    const { vault, lines } = await audited();
    await vault.ask("GET", "secret/data/x", { token: await vault.token({ policies: ["nobody"] }) });
    const [request, response] = lines().slice(-2);
    expect(request?.error).toBe(DENIED);
    expect(request?.auth).toMatchObject({ policy_results: { allowed: false }, policies: ["default", "nobody"] });
    expect(request?.request.mount_accessor).toBeUndefined();
    expect(response?.error).toBe(DENIED);
    expect(response?.response).toEqual({
      mount_point: "secret/",
      mount_type: "kv",
      mount_running_plugin_version: "v0.15.0+builtin",
      mount_class: "secret",
      data: { error: H },
    });
  });

  test("an unknown token is hashed, and nothing is said of whom it is", async () => {
    const { vault, lines } = await audited();
    await vault.ask("GET", "secret/data/x", { token: "hvs.unknown" });
    const [request, response] = lines().slice(-2);
    expect([request?.auth, request?.error]).toEqual([{ token_type: "default" }, "permission denied"]);
    expect(request?.request).toMatchObject({ client_token: H });
    expect(request?.request.client_token_accessor).toBeUndefined();
    expect([response?.error, response?.response?.data]).toEqual([DENIED, { error: H }]);
  });

  test("a path without a mount fails only in the response", async () => {
    const { vault, lines } = await audited();
    await vault.root("GET", "nowhere/x");
    const [request, response] = lines().slice(-2);
    expect(request?.error).toBeUndefined();
    expect(response?.error).toBe("1 error occurred:\n\t* unsupported path\n\n");
    expect(response?.response).toEqual({ data: { error: H } });
  });

  test("a login shows whom it made a token for, and only the first one of an entity creates it", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "sys/auth/userpass", { type: "userpass" });
    await vault.root("POST", "auth/userpass/users/anna", { password: "geheim", token_ttl: 60 });
    const login = async (): Promise<Line[]> => {
      await vault.ask("POST", "auth/userpass/login/anna", { body: { password: "geheim" } });
      return lines().slice(-2);
    };
    const [request, response] = await login();
    expect(request?.auth).toEqual({ policy_results: { allowed: true }, token_type: "default" });
    expect(request?.request).toMatchObject({ data: { password: H }, mount_class: "auth", mount_type: "userpass" });
    expect(request?.request.client_token).toBeUndefined();
    expect(response?.auth).toMatchObject({
      client_token: H,
      display_name: "userpass-anna",
      metadata: { username: "anna" },
      entity_created: true,
      token_ttl: 60,
    });
    expect(response?.auth.policy_results).toBeUndefined();
    expect(response?.response?.auth).not.toHaveProperty("entity_created");
    expect((await login())[1]?.auth).not.toHaveProperty("entity_created");
  });

  test("a refusal by an auth method is data, and its text is hashed", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "sys/auth/userpass", { type: "userpass" });
    await vault.ask("POST", "auth/userpass/login/anna", { body: { password: "x" } });
    const [, response] = lines().slice(-2);
    expect(response?.error).toBeUndefined();
    expect(response?.response?.data).toEqual({ error: H });
  });

  test("a wrapped reply shows the wrapping and not what is in it", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "secret/data/x", { data: { password: "geheim" } });
    const headers = { "x-vault-wrap-ttl": "60" };
    await vault.ask("GET", "secret/data/x", { token: vault.vault.rootToken, headers });
    const [request, response] = lines().slice(-2);
    expect(request?.request.wrap_ttl).toBe(60);
    expect(response?.response?.data).toBeUndefined();
    expect(response?.response?.wrap_info).toEqual({
      ttl: 60,
      token: H,
      accessor: H,
      creation_time: "2026-11-23T00:00:00Z",
      creation_path: "secret/data/x",
    });
  });

  test("keys that a mount exempts stay in clear", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "sys/mounts/kv", { type: "kv", config: { audit_non_hmac_request_keys: ["open"] } });
    await vault.root("POST", "kv/x", { open: "seen", closed: "hidden" });
    expect(lines().at(-1)?.request.data).toEqual({ open: "seen", closed: H });
  });

  test("options make lists short, accessors readable, or everything", async () => {
    const { vault, lines } = await audited({ elide_list_responses: "true", hmac_accessor: "false" });
    await vault.root("POST", "secret/data/x", { data: {} });
    await vault.root("LIST", "secret/metadata/");
    expect(lines().at(-1)?.response?.data).toEqual({ keys: 1 });
    expect(lines().at(-1)?.auth.accessor).not.toMatch(/^hmac/);
    const raw = await audited({ log_raw: "true", prefix: "" });
    await raw.vault.root("POST", "secret/data/x", { data: { password: "geheim" } });
    expect(raw.lines().at(-2)?.request.data).toEqual({ data: { password: "geheim" } });
  });

  test("headers are noted once they are configured, and hashed where that is asked for", async () => {
    const { vault, lines } = await audited();
    await vault.root("POST", "sys/config/auditing/request-headers/X-Team", { hmac: false });
    await vault.root("POST", "sys/config/auditing/request-headers/X-Secret", { hmac: true });
    const headers = { "x-team": "blue", "x-secret": "s", "x-other": "o" };
    await vault.ask("GET", "secret/data/x", { token: vault.vault.rootToken, headers });
    expect(lines().at(-2)?.request.headers).toEqual({ "x-team": ["blue"], "x-secret": [H] });
  });

  test("newer releases sort the keys", async () => {
    const { text } = await audited({}, "1.19.0");
    expect(text().at(-1)).toMatch(/^\{"auth":\{"accessor":/);
  });
});

describe("a device that fails", () => {
  test("a socket that nobody listens on cannot be enabled", async () => {
    const { vault } = bench();
    const { status, json } = await vault.root("PUT", "sys/audit/s", {
      type: "socket",
      options: { address: "127.0.0.1:1" },
    });
    expect(status).toBe(400);
    expect(json.errors?.[0]).toMatch(
      /^audit backend failed test message: 2 errors occurred:\n\t\* dial tcp 127\.0\.0\.1:1/,
    );
  });

  test("every request fails once the only device does, and one working device is enough", async () => {
    const peers: Socket[] = [];
    const server = createServer((socket) => peers.push(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { vault } = bench();
    const options = { address: `127.0.0.1:${port}` };
    expect((await vault.root("PUT", "sys/audit/s", { type: "socket", options })).status).toBe(204);
    expect((await vault.root("GET", "sys/mounts")).status).toBe(200);

    for (const peer of peers) peer.resetAndDestroy();
    await new Promise((resolve) => server.close(resolve));
    await vault.root("POST", "secret/data/x", { data: {} });
    const { status, json } = await vault.root("GET", "secret/data/x");
    expect([status, json.errors]).toEqual([500, ["internal error"]]);
    const log = vault.journal.events({ type: "log" }).flatMap((event) => (event.type === "log" ? [event.line] : []));
    expect(log.some((line) => line.startsWith("audit: backend failed to log request: backend=s/ error="))).toBe(true);

    await vault.vault.audit();
    expect((await vault.root("GET", "sys/mounts")).status).toBe(200);
  });

  test("a file on standard output is seen in the journal", async () => {
    const { vault } = bench();
    await vault.vault.audit();
    await vault.root("GET", "sys/mounts");
    const lines = vault.journal.events({ type: "audit" });
    expect(lines.length).toBe(3);
    expect(lines.at(-1)).toMatchObject({
      device: "stdout/",
      target: "stdout",
      line: expect.stringContaining('"path":"sys/mounts"') as unknown,
    });
  });
});
