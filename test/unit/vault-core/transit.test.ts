import { expect, test } from "vitest";
import { Bench } from "./helper.js";

async function withKey(): Promise<Bench> {
  const bench = new Bench();
  await bench.root("POST", "sys/mounts/transit", { type: "transit" });
  await bench.root("POST", "transit/keys/k", { exportable: true });
  return bench;
}

test("a key is made once; making it again only warns", async () => {
  const bench = await withKey();
  const { json } = await bench.root("POST", "transit/keys/k");
  expect(json).toMatchObject({ warnings: ["key k already existed"], data: { exportable: true } });
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
