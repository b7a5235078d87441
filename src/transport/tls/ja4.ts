import { createHash } from "node:crypto";
import type { ClientHello } from "./client-hello.js";
import { isGrease } from "./registry.js";

const VERSION: Readonly<Record<number, string>> = {
  0x0304: "13",
  0x0303: "12",
  0x0302: "11",
  0x0301: "10",
  0x0300: "s3",
};
const SERVER_NAME = 0;
const ALPN = 16;

/** The client's JA4 fingerprint, such as `t13d1312h2_f57a46bbacb6_ab7e3b40a677` (FoxIO JA4, technical details). */
export function ja4(hello: ClientHello): string {
  const suites = hello.cipherSuites.filter((id) => !isGrease(id));
  const extensions = hello.extensions.filter((id) => !isGrease(id));
  const newest = Math.max(hello.legacyVersion, ...hello.supportedVersions.filter((id) => !isGrease(id)));
  const version = VERSION[hello.supportedVersions.length > 0 ? newest : hello.legacyVersion] ?? "00";
  const count = (list: readonly number[]): string => String(Math.min(list.length, 99)).padStart(2, "0");
  const head = `t${version}${extensions.includes(SERVER_NAME) ? "d" : "i"}${count(suites)}${count(extensions)}${ends(hello.alpn[0])}`;
  const sorted = extensions.filter((id) => id !== SERVER_NAME && id !== ALPN);
  const signatures = hello.signatureAlgorithms.filter((id) => !isGrease(id)).map(hex4);
  const tail = sorted.map(hex4).sort().join(",") + (signatures.length > 0 ? `_${signatures.join(",")}` : "");
  return `${head}_${digest(suites.map(hex4).sort().join(","))}_${digest(sorted.length === 0 ? "" : tail)}`;
}

function ends(protocol: string | undefined): string {
  if (protocol === undefined || protocol === "") return "00";
  const outer = protocol.charAt(0) + protocol.charAt(protocol.length - 1);
  if (/^[0-9A-Za-z]{2}$/.test(outer)) return outer;
  const bytes = Buffer.from(protocol, "latin1").toString("hex");
  return bytes.charAt(0) + bytes.charAt(bytes.length - 1);
}

function digest(text: string): string {
  return text === "" ? "000000000000" : createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function hex4(id: number): string {
  return id.toString(16).padStart(4, "0");
}
