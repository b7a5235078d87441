import { createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generateRsaKey } from "../../../src/pki/index.js";

describe("generateRsaKey", () => {
  it("makes keys of exactly the wanted size, whose signatures their public halves confirm", async () => {
    for (const bits of [1024, 2048]) {
      const key = await generateRsaKey(bits);
      const text = Buffer.from("signed");
      expect(key.asymmetricKeyDetails).toEqual({ modulusLength: bits, publicExponent: 65_537n });
      expect(verify("sha256", text, createPublicKey(key), sign("sha256", text, key))).toBe(true);
    }
  });

  it("makes another key each time", async () => {
    const [one, other] = await Promise.all([generateRsaKey(1024), generateRsaKey(1024)]);
    expect(one.equals(other)).toBe(false);
  });
});
