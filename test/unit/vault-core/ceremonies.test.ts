import { describe, expect, it } from "vitest";
import { Bench } from "./helper.js";

async function initialized(shares = 3, threshold = 2): Promise<{ bench: Bench; keys: readonly string[] }> {
  const bench = new Bench({ devMode: false });
  const { text } = await bench.ask("PUT", "sys/init", {
    body: { secret_shares: shares, secret_threshold: threshold },
  });
  const { keys } = JSON.parse(text) as { keys: string[] };
  for (const key of keys.slice(0, threshold)) await bench.ask("PUT", "sys/unseal", { body: { key } });
  return { bench, keys };
}

const body = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe("sys/generate-root", () => {
  it("makes a root token under a one-time password, share by share", async () => {
    const { bench, keys } = await initialized();
    const begun = body((await bench.ask("PUT", "sys/generate-root/attempt")).text);
    expect(begun).toMatchObject({ started: true, progress: 0, required: 2, otp_length: 28 });
    const update = async (key: string | undefined) =>
      await bench.ask("PUT", "sys/generate-root/update", { body: { key, nonce: begun.nonce } });
    expect(body((await update(keys[0])).text)).toMatchObject({ progress: 1, complete: false });
    expect((await update(keys[0])).json.errors).toEqual([
      "given key has already been provided during this generation operation",
    ]);
    const done = body((await update(keys[2])).text);
    expect(done).toMatchObject({ progress: 2, complete: true });
    const otp = Buffer.from(String(begun.otp));
    const token = Buffer.from(String(done.encoded_token), "base64").map((byte, at) => byte ^ (otp[at] ?? 0));
    const self = await bench.ask("GET", "auth/token/lookup-self", { token: Buffer.from(token).toString() });
    expect(self.json.data).toMatchObject({ policies: ["root"], path: "auth/token/root" });
  });

  it("is refused in the order of the real server", async () => {
    const { bench } = await initialized();
    const update = async (sent: unknown) =>
      (await bench.ask("PUT", "sys/generate-root/update", { body: sent })).json.errors;
    expect(await update({})).toEqual(["'key' must be specified in request body as JSON"]);
    expect(await update({ key: "AAAA", nonce: "x" })).toEqual(["invalid key: key is shorter than minimum 16 bytes"]);
    expect(await update({ key: "00".repeat(32) })).toEqual(["no root generation in progress"]);
    expect((await bench.ask("PUT", "sys/generate-root/attempt", { body: { otp: "x" } })).json.errors).toEqual([
      "OTP string is wrong length",
    ]);
    expect((await bench.ask("DELETE", "sys/generate-root/attempt")).status).toBe(204);
  });
});

describe("sys/rekey", () => {
  it("puts new shares in the place of the old ones", async () => {
    const { bench, keys } = await initialized();
    const begun = body(
      (await bench.ask("PUT", "sys/rekey/init", { body: { secret_shares: 1, secret_threshold: 1 } })).text,
    );
    expect(begun).toMatchObject({ started: true, t: 1, n: 1, required: 2 });
    const update = async (key: string | undefined) =>
      body((await bench.ask("PUT", "sys/rekey/update", { body: { key, nonce: begun.nonce } })).text);
    expect(await update(keys[0])).toMatchObject({ progress: 1 });
    const done = await update(keys[1]);
    expect(done).toMatchObject({ complete: true, keys: [expect.any(String)] });
    expect(body((await bench.ask("GET", "sys/seal-status")).text)).toMatchObject({ sealed: false, t: 1, n: 1 });
  });

  it("cannot want more shares than there are", async () => {
    const { bench } = await initialized();
    const { json } = await bench.ask("PUT", "sys/rekey/init", { body: { secret_shares: 1, secret_threshold: 2 } });
    expect(json.errors).toEqual(["provided threshold greater than the total shares"]);
    expect((await bench.ask("GET", "sys/rekey/verify")).json.errors).toEqual(["no rekey configuration found"]);
  });
});

describe("sys/init", () => {
  it.each([
    [{}, "invalid seal configuration: shares must be at least one"],
    [{ secret_shares: 1, secret_threshold: 1 }, "Vault is already initialized"],
    [
      { secret_shares: "1" },
      "failed to parse JSON input: json: cannot unmarshal string into Go struct field InitRequest.secret_shares of type int",
    ],
    [[], "failed to parse JSON input: json: cannot unmarshal array into Go value of type http.InitRequest"],
    [{ recovery_shares: 1 }, "parameters recovery_shares not applicable to seal type shamir"],
  ])("of an initialised server is refused with %j", async (sent, text) => {
    const { status, json } = await new Bench().ask("PUT", "sys/init", { body: sent });
    expect([status, json.errors]).toEqual([400, [text]]);
  });
});
