import { expect, test } from "vitest";
import { Bench } from "./helper.js";

async function withKey(): Promise<Bench> {
  const bench = new Bench();
  await bench.root("POST", "sys/mounts/transit", { type: "transit" });
  await bench.root("POST", "transit/keys/k", { exportable: true });
  return bench;
}

test("a key is made once; making it again changes nothing and says nothing", async () => {
  const bench = await withKey();
  const { json } = await bench.root("POST", "transit/keys/k", { type: "rsa-2048" });
  expect(json).toMatchObject({ warnings: null, data: { exportable: true, type: "aes256-gcm96" } });
});

test("versions below which nothing is decrypted or encrypted keep within the key's own", async () => {
  const bench = await withKey();
  await bench.root("POST", "transit/keys/k/rotate");
  const ask = async (body: unknown): Promise<unknown> =>
    (await bench.root("POST", "transit/keys/k/config", body)).json.errors?.[0];
  expect(await ask({ min_decryption_version: -1 })).toBe("min decryption version cannot be negative");
  expect(await ask({ min_encryption_version: 3 })).toBe(
    "cannot set min encryption version of 3, latest key version is 2",
  );
  expect(await ask({ min_decryption_version: 2, min_encryption_version: 1 })).toBe(
    "cannot set min encryption/decryption values; min encryption version of 1 must be greater than or equal to min decryption version of 2",
  );
  expect(await ask({ auto_rotate_period: "10m" })).toBe("auto rotate period must be 0 to disable or at least an hour");
  expect(await ask({ min_encryption_version: 2 })).toBeUndefined();
  const old = await bench.root("POST", "transit/encrypt/k", { plaintext: "YQ==", key_version: 1 });
  expect(old.json.errors).toEqual(["requested version for encryption is less than the minimum encryption key version"]);
  const unknown = await bench.root("POST", "transit/keys/none/config", {});
  expect([unknown.status, unknown.json.errors]).toEqual([400, ["no existing key named none could be found"]]);
});

test("an encryption without plaintext makes no key", async () => {
  const bench = await withKey();
  expect((await bench.root("POST", "transit/encrypt/new", {})).json.errors).toEqual(["missing plaintext to encrypt"]);
  expect((await bench.root("GET", "transit/keys/new")).status).toBe(404);
  const nothing = await bench.root("POST", "transit/decrypt/none", {});
  expect(nothing.json.errors).toEqual(["missing ciphertext to decrypt"]);
});

test("a data key comes encrypted, and in plain where that is asked for", async () => {
  const bench = await withKey();
  const { json } = await bench.root("POST", "transit/datakey/plaintext/k", { bits: 128 });
  const opened = await bench.root("POST", "transit/decrypt/k", { ciphertext: json.data?.ciphertext });
  expect(opened.json.data).toEqual({ plaintext: json.data?.plaintext });
  expect((await bench.root("POST", "transit/datakey/wrapped/k")).json.data).not.toHaveProperty("plaintext");
  expect((await bench.root("POST", "transit/datakey/wrapped/k", { bits: 5 })).json.errors).toEqual([
    "invalid bit length",
  ]);
});

test("a key is exported only if it may be", async () => {
  const bench = await withKey();
  await bench.root("POST", "transit/keys/kept");
  expect((await bench.root("GET", "transit/export/encryption-key/kept")).json.errors).toEqual([
    "private key material is not exportable",
  ]);
  const { json } = await bench.root("GET", "transit/export/encryption-key/k/latest");
  expect(json.data).toMatchObject({ name: "k", type: "aes256-gcm96" });
  expect(JSON.stringify(json.data?.keys)).toMatch(/^\{"1":".{43}="\}$/);
  expect((await bench.root("GET", "transit/export/signing-key/k")).json.errors).toEqual([
    "signing not supported for the key",
  ]);
});

const INPUT = Buffer.from("hello").toString("base64");
const CONTEXT = Buffer.from("ctx").toString("base64");

async function ask(bench: Bench, path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const { status, json } = await bench.root("POST", `transit/${path}`, body);
  return status === 200 ? (json.data ?? {}) : { status, error: json.errors?.[0] };
}

test.each(["ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"])(
  "what a key of type %s has signed is known again, and nothing else",
  async (type) => {
    const bench = await withKey();
    await ask(bench, "keys/s", { type });
    const { signature, key_version } = await ask(bench, "sign/s", { input: INPUT });
    expect(key_version).toBe(1);
    expect(await ask(bench, "verify/s", { input: INPUT, signature })).toEqual({ valid: true });
    expect(await ask(bench, "verify/s", { input: CONTEXT, signature })).toEqual({ valid: false });
    expect(await ask(bench, "verify/s", { input: INPUT, signature: "x" })).toEqual({
      status: 400,
      error: "invalid signature: no prefix",
    });
    expect(await ask(bench, "sign/s", { input: INPUT, key_version: 5 })).toEqual({
      status: 500,
      error: "1 error occurred:\n\t* requested version for signing is higher than the latest key version\n\n",
    });
  },
);

test("every key makes HMACs, and knows its own", async () => {
  const bench = await withKey();
  await ask(bench, "keys/h", { type: "hmac", key_size: 32 });
  for (const key of ["k", "h"]) {
    const { hmac } = await ask(bench, `hmac/${key}/sha2-512`, { input: INPUT });
    expect(hmac).toMatch(/^vault:v1:.{86}==$/);
    expect(await ask(bench, `verify/${key}/sha2-512`, { input: INPUT, hmac })).toEqual({ valid: true });
  }
  expect(await ask(bench, "encrypt/h", { plaintext: INPUT })).toEqual({
    status: 400,
    error: "message encryption not supported for key type hmac",
  });
});

test("a derived key needs a context, and a convergent one repeats itself", async () => {
  const bench = await withKey();
  await ask(bench, "keys/c", { derived: true, convergent_encryption: true });
  const once = await ask(bench, "encrypt/c", { plaintext: INPUT, context: CONTEXT });
  expect(await ask(bench, "encrypt/c", { plaintext: INPUT, context: CONTEXT })).toEqual(once);
  expect(await ask(bench, "decrypt/c", { ciphertext: once.ciphertext, context: CONTEXT })).toEqual({
    plaintext: INPUT,
  });
  expect(await ask(bench, "decrypt/c", { ciphertext: once.ciphertext, context: INPUT })).toEqual({
    status: 400,
    error: "cipher: message authentication failed",
  });
  expect(await ask(bench, "encrypt/c", { plaintext: INPUT })).toEqual({
    status: 400,
    error: expect.stringMatching(/^missing 'context' for key derivation/) as string,
  });
  expect(await ask(bench, "keys/r", { type: "rsa-2048", derived: true })).toEqual({
    status: 500,
    error:
      "1 error occurred:\n\t* key derivation and convergent encryption not supported for keys of type rsa-2048\n\n",
  });
});

test("a batch that is none is refused as a whole", async () => {
  const bench = await withKey();
  const refused = async (batch_input: unknown) => (await ask(bench, "encrypt/k", { batch_input })).error;
  expect(await refused("x")).toBe(
    "1 error occurred:\n\t* failed to parse batch input: source data must be an array or slice, got string\n\n",
  );
  expect(await refused([{}])).toBe(
    "1 error occurred:\n\t* failed to parse batch input: 1 error(s) decoding:\n\n* '[0].plaintext' missing plaintext to encrypt\n\n",
  );
  expect(await refused([{ plaintext: INPUT, context: CONTEXT }, { plaintext: INPUT }])).toBe(
    "context should be set either in all the request blocks or in none",
  );
});

test("a key comes back from its backup under any name that is free", async () => {
  const bench = await withKey();
  const backup = async () => (await bench.root("GET", "transit/backup/k")).json;
  expect((await backup()).errors).toEqual(["1 error occurred:\n\t* plaintext backup is disallowed on the policy\n\n"]);
  await ask(bench, "keys/k/config", { allow_plaintext_backup: true });
  const { ciphertext } = await ask(bench, "encrypt/k", { plaintext: INPUT });
  const sent = { backup: (await backup()).data?.backup };
  expect(await ask(bench, "restore", sent)).toEqual({
    status: 500,
    error: '1 error occurred:\n\t* key "k" already exists\n\n',
  });
  await ask(bench, "restore/other", sent);
  expect(await ask(bench, "decrypt/other", { ciphertext })).toEqual({ plaintext: INPUT });
});

test("versions below the least that decrypts are gone until it is lowered", async () => {
  const bench = await withKey();
  await ask(bench, "keys/k/rotate", {});
  await ask(bench, "keys/k/config", { min_decryption_version: 2 });
  expect(await ask(bench, "encrypt/k", { plaintext: INPUT, key_version: 1 })).toEqual({
    status: 400,
    error: "no such key version",
  });
  expect(await ask(bench, "keys/k/trim", { min_available_version: 2 })).toEqual({
    status: 400,
    error: "minimum available version cannot be set when minimum encryption version is not set",
  });
});

test("a batch with a failure is a 400 when it encrypts or decrypts, and no failure at all when it rewraps", async () => {
  const bench = await withKey();
  const { json } = await bench.root("POST", "transit/encrypt/k", { plaintext: "YQ==" });
  const batch = { batch_input: [{ ciphertext: json.data?.ciphertext }, { ciphertext: "vault:v9:YQ==" }] };
  expect((await bench.root("POST", "transit/decrypt/k", batch)).status).toBe(400);
  const own = { ...batch, partial_failure_response_code: 207 };
  expect((await bench.root("POST", "transit/decrypt/k", own)).status).toBe(207);
  const rewrapped = await bench.root("POST", "transit/rewrap/k", batch);
  expect([rewrapped.status, rewrapped.json.data]).toMatchObject([
    200,
    { batch_results: [{ key_version: 1 }, { error: expect.any(String) as string }] },
  ]);
});
