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
