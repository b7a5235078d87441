import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { generateRsaKey } from "../../../pki/index.js";

const generate = promisify(generateKeyPair);
const CURVES: Readonly<Record<number, string>> = { 224: "secp224r1", 256: "P-256", 384: "P-384", 521: "P-521" };

/** A new private key, made beside the event loop: an RSA one takes its time. */
export async function newKey(type: string, bits: number): Promise<KeyObject> {
  switch (type) {
    case "ec":
      return (await generate("ec", { namedCurve: CURVES[bits] ?? "P-256" })).privateKey;
    case "ed25519":
      return (await generate("ed25519", {})).privateKey;
    default:
      return await generateRsaKey(bits === 0 ? 2048 : bits);
  }
}
