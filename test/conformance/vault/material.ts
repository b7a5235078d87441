import { createHmac, createPublicKey, constants, type KeyObject, sign } from "node:crypto";
import {
  type Authority,
  createAuthority,
  createSigningRequest,
  EXTENSION,
  KeyPool,
  type KeyedCertificate,
  pem,
  signCertificate,
} from "../../../src/pki/index.js";
import type { Clock } from "../../../src/runtime/index.js";
import type { CertSpec, CsrSpec, JwtSpec } from "./transcript.js";

const DAY = 86_400_000;

/** PEM of a certificate and of its key. */
export type CertificateAndKey = Pick<KeyedCertificate, "certificatePem" | "keyPem">;

/** Keys, certificates and tokens that transcripts ask for. The keys are made once, the rest by the clock of each world. */
export class Material {
  readonly #keys = new KeyPool();

  key(name: string, kind: "rsa" | "ec" | "rsa1024"): KeyObject {
    const type = { rsa: "rsa-2048", ec: "ec-p256", rsa1024: "rsa-1024" } as const;
    return this.#keys.key(type[kind], `replay ${name}`);
  }

  publicPem(name: string, kind: "rsa" | "ec"): string {
    return createPublicKey(this.key(name, kind)).export({ type: "spki", format: "pem" }).toString();
  }

  authority(commonName: string, clock: Clock): Authority {
    return createAuthority({ commonName, clock, keys: this.#keys, keyType: "ec-p256", notBefore: clock.now() - DAY });
  }

  serverCertificate(authority: Authority): KeyedCertificate {
    return authority.issue({
      commonName: "replay server",
      dns: ["localhost"],
      ips: ["127.0.0.1"],
      usage: "both",
      keys: this.#keys,
    });
  }

  clientCertificate(name: string, spec: CertSpec, authority: Authority | undefined, clock: Clock): CertificateAndKey {
    const request = {
      subject: { commonName: spec.cn ?? name, organizationalUnit: spec.ou ?? [], organization: spec.org ?? [] },
      dns: spec.dns ?? [],
      emails: spec.emails ?? [],
      uris: spec.uris ?? [],
      notBefore: clock.now() + (spec.start ?? -1) * DAY,
      notAfter: clock.now() + (spec.days ?? 2) * DAY,
      usage: spec.clientAuth === false ? ("none" as const) : ("client" as const),
    };
    if (authority !== undefined) return authority.issue(request);
    // Self-signed and no CA: an authority's own name and key in a leaf, which names no other key.
    const own = createAuthority({ subject: request.subject, clock });
    const draft = own.draft(createPublicKey(own.key), request);
    const extensions = draft.extensions.filter(({ id }) => id !== EXTENSION.authorityKeyId);
    return { certificatePem: pem("CERTIFICATE", signCertificate({ ...draft, extensions })), keyPem: own.keyPem };
  }

  signingRequest(spec: CsrSpec): string {
    const { cn, dns = [], ips = [], uris = [], emails = [], key = "rsa" } = spec;
    return createSigningRequest(this.key("csr", key), {
      subject: cn === undefined ? {} : { commonName: cn },
      dns,
      ips,
      uris,
      emails,
    }).pem;
  }

  /** A compact JWT. `now` is in seconds. */
  jwt(spec: JwtSpec, now: number): string {
    if (spec.raw !== undefined) return spec.raw;
    const { alg = "RS256", key = "sa" } = spec;
    const header: Readonly<Record<string, unknown>> = {
      alg,
      typ: "JWT",
      ...(alg !== "none" && { kid: key }),
      ...spec.header,
    };
    const kept = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== null));
    const signed = `${base64url(kept)}.${base64url(atTime(spec.claims ?? {}, now))}`;
    return mangled(`${signed}.${this.#signature(alg, key, signed).toString("base64url")}`, spec.mangle);
  }

  #signature(alg: string, key: string, text: string): Buffer {
    const data = Buffer.from(text);
    const hash = `sha${alg.slice(2)}`;
    switch (alg.slice(0, 2)) {
      case "RS":
        return sign(hash, data, this.key(key, "rsa"));
      case "PS": {
        const how = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 };
        return sign(hash, data, { key: this.key(key, "rsa"), ...how });
      }
      case "ES":
        return sign(hash, data, { key: this.key(key, "ec"), dsaEncoding: "ieee-p1363" });
      case "HS":
        return createHmac(hash, this.publicPem(key, "rsa")).update(data).digest();
      default:
        return Buffer.alloc(0);
    }
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** `<now+N>` as a number of seconds. */
function atTime(value: unknown, now: number): unknown {
  if (typeof value === "string") {
    const found = /^<now([+-]\d+)?>$/.exec(value);
    return found === null ? value : now + Number(found[1] ?? 0);
  }
  if (Array.isArray(value)) return value.map((item) => atTime(item, now));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, atTime(item, now)]));
}

function mangled(token: string, how: string | undefined): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  switch (how) {
    case undefined:
      return token;
    case "truncate-signature":
      return token.slice(0, -8);
    case "flip-signature":
      return `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    case "two-segments":
      return `${header}.${payload}`;
    case "bad-base64":
      return `${header}.!!!${payload}.${signature}`;
    case "payload-not-json":
      return `${header}.${Buffer.from("not json").toString("base64url")}.${signature}`;
    default:
      throw new Error(`no such way to mangle a token: ${how}`);
  }
}
