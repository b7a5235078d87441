import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";
import { newAuthority } from "../../../src/spire/certificates.js";
import { NEWEST, releaseOf } from "../../../src/spire/index.js";
import type { JwtSpec } from "./transcript.js";

/** Another trust domain, whose keys the replayer holds. */
export interface ForeignDomain {
  /** SPIFFE bundle document. */
  readonly bundle: string;
  token(spec: JwtSpec, now: number): string;
}

export function foreignDomain(name: string, now: number): ForeignDomain {
  const authority = newAuthority({
    release: releaseOf(NEWEST),
    trustDomainId: `spiffe://${name}`,
    keyType: "ec-p256",
    now,
    ttl: 86_400_000,
  });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = `kid-of-${name}`;
  const keys = [
    {
      use: "x509-svid",
      ...new X509Certificate(authority.der).publicKey.export({ format: "jwk" }),
      x5c: [authority.der.toString("base64")],
    },
    { use: "jwt-svid", kid, ...publicKey.export({ format: "jwk" }) },
  ];
  return {
    bundle: JSON.stringify({ keys, spiffe_sequence: 1, spiffe_refresh_hint: 300 }),
    token(spec, at) {
      const header = Object.entries({ alg: "ES256", kid, typ: "JWT", ...spec.header }).filter(
        ([, v]) => v !== "<absent>",
      );
      const key =
        spec.signWith === "wrong" ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : privateKey;
      return signed(Object.fromEntries(header), times(spec.claims ?? {}, at), key);
    },
  };
}

function signed(header: object, claims: unknown, key: KeyObject): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

/** `<now+300>` as a Unix time. */
function times(value: unknown, now: number): unknown {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, times(item, now)]));
  }
  const match = typeof value === "string" ? /^<now([+-]\d+)?>$/.exec(value) : null;
  return match === null ? value : Math.floor(now / 1000) + Number(match[1] ?? 0);
}
