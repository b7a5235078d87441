import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { generateKey } from "../pki/index.js";
import { Ids, MistrustError, parseGoDuration, type Seed } from "../runtime/index.js";
import { type Bundle, bundleOf } from "./bundle.js";
import {
  newAuthority,
  newUpstreamRoot,
  newX509Svid,
  type SigningAuthority,
  type SvidOrder,
  type X509Svid,
} from "./certificates.js";
import type { KeyTypeName, ServerSettings } from "./options.js";
import type { Release } from "./quirks.js";
import { trustDomainId } from "./spiffe-id.js";

/** A key that JWT-SVIDs are signed with. Times in ms since the epoch. */
interface JwtSigner {
  readonly kid: string;
  readonly key: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface JwtSvid {
  readonly token: string;
  /** ms since the epoch, whole seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface JwtOrder {
  readonly spiffeId: string;
  readonly audience: readonly string[];
  /** ms. */
  readonly now: number;
  readonly ttl: number;
}

interface Slots<T> {
  current: T;
  next?: T | undefined;
  /** All that are in the bundle, oldest first. */
  readonly published: T[];
}

const DAY = 86_400_000;
const ALGORITHM: Readonly<Record<KeyTypeName, string>> = {
  "ec-p256": "ES256",
  "ec-p384": "ES384",
  "rsa-2048": "RS256",
  "rsa-4096": "RS256",
};

export interface AuthorityOptions {
  readonly release: Release;
  readonly seed: Seed;
  readonly trustDomain: string;
  readonly settings: ServerSettings;
  /** ms since the epoch. */
  readonly now: number;
}

/** The signing half of `spire-server`: its X.509 and JWT authorities, and their rotation. */
export class ServerAuthority {
  readonly #options: AuthorityOptions;
  readonly #ids: Ids;
  readonly #ttl: number;
  readonly #upstream: SigningAuthority | undefined;
  readonly #x509: Slots<SigningAuthority>;
  readonly #jwt: Slots<JwtSigner>;
  #bundle: Bundle;

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.#ids = new Ids(options.seed);
    this.#ttl = durationOf(options.settings.caTtl ?? "24h");
    const upstream = options.settings.upstreamAuthority === true;
    this.#upstream = upstream ? newUpstreamRoot(trustDomainId(options.trustDomain), options.now) : undefined;
    const x509 = this.#newX509(options.now);
    const jwt = this.#newJwt(options.now);
    this.#x509 = { current: x509, published: [x509] };
    this.#jwt = { current: jwt, published: [jwt] };
    this.#bundle = this.#bundleNow();
  }

  /** The trust domain's bundle; another object after each change. */
  get bundle(): Bundle {
    return this.#bundle;
  }

  x509Svid(order: Omit<SvidOrder, "release">): X509Svid {
    return newX509Svid(this.#x509.current, { ...order, release: this.#options.release });
  }

  /** A JWT-SVID; its claims are those of the server's credential builder, in Go's order. */
  jwtSvid(order: JwtOrder): JwtSvid {
    const { current } = this.#jwt;
    const issuedAt = Math.floor(order.now / 1000);
    const expiresAt = Math.floor(Math.min(order.now + order.ttl, current.notAfter) / 1000);
    const issuer = this.#options.settings.jwtIssuer;
    const header = { alg: ALGORITHM[this.#jwtKeyType], kid: current.kid, typ: "JWT" };
    const claims = {
      aud: order.audience,
      exp: expiresAt,
      iat: issuedAt,
      ...(issuer !== undefined && issuer !== "" && { iss: issuer }),
      sub: order.spiffeId,
    };
    const input = `${part(header)}.${part(claims)}`;
    const hash = header.alg === "ES384" ? "sha384" : "sha256";
    const signature = sign(hash, Buffer.from(input), { key: current.key, dsaEncoding: "ieee-p1363" });
    return {
      token: `${input}.${signature.toString("base64url")}`,
      issuedAt: issuedAt * 1000,
      expiresAt: expiresAt * 1000,
    };
  }

  /** `spire-server localauthority x509 prepare`: a new authority joins the bundle, the old one goes on signing. */
  prepareX509(now: number): void {
    this.#x509.next = this.#newX509(now);
    this.#x509.published.push(this.#x509.next);
    this.#publish();
  }

  /** When `rotate` has something to do next, ms since the epoch. */
  get due(): number {
    return Math.min(dueOf(this.#x509), dueOf(this.#jwt));
  }

  /** Prepares, activates and forgets authorities as their lives go by. (pkg/server/ca/manager) */
  rotate(now: number): void {
    const x509 = turn(this.#x509, now, () => this.#newX509(now));
    const jwt = turn(this.#jwt, now, () => this.#newJwt(now));
    if (x509 || jwt) this.#publish();
  }

  get #jwtKeyType(): KeyTypeName {
    return this.#options.settings.jwtKeyType ?? this.#options.settings.caKeyType ?? "ec-p256";
  }

  #newX509(now: number): SigningAuthority {
    const { release, trustDomain, settings } = this.#options;
    return newAuthority({
      release,
      trustDomainId: trustDomainId(trustDomain),
      keyType: settings.caKeyType ?? "ec-p256",
      now,
      ttl: this.#ttl,
      ...(this.#upstream !== undefined && { upstream: this.#upstream }),
    });
  }

  #newJwt(now: number): JwtSigner {
    const key = generateKey(this.#jwtKeyType);
    return { kid: this.#ids.base62(32), key, notBefore: now, notAfter: now + this.#ttl };
  }

  #publish(): void {
    this.#bundle = this.#bundleNow();
  }

  #bundleNow(): Bundle {
    const roots: Buffer[] = [];
    for (const { root } of this.#x509.published) if (!roots.some((known) => known.equals(root))) roots.push(root);
    const jwt = this.#jwt.published.map(({ kid, key }) => ({ kid, key: createPublicKey(key) }));
    return bundleOf(this.#options.trustDomain, roots, jwt);
  }
}

interface Lived {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Half of the life before the end, but no more than 30 days; a sixth, but no more than 7 days. */
const preparedAt = (it: Lived): number => it.notAfter - Math.min((it.notAfter - it.notBefore) / 2, 30 * DAY);
const activatedAt = (it: Lived): number => it.notAfter - Math.min((it.notAfter - it.notBefore) / 6, 7 * DAY);
const forgottenAt = (it: Lived): number => it.notAfter + DAY;

function dueOf<T extends Lived>(slots: Slots<T>): number {
  const next = slots.next === undefined ? preparedAt(slots.current) : activatedAt(slots.current);
  return Math.min(next, ...slots.published.map(forgottenAt));
}

/** @returns whether the published ones changed */
function turn<T extends Lived>(slots: Slots<T>, now: number, make: () => T): boolean {
  let changed = false;
  while (dueOf(slots) <= now) {
    if (slots.next === undefined && preparedAt(slots.current) <= now) {
      slots.next = make();
      slots.published.push(slots.next);
    }
    if (slots.next !== undefined && activatedAt(slots.current) <= now) {
      slots.current = slots.next;
      slots.next = undefined;
    }
    for (const old of slots.published.filter((it) => it !== slots.current && it !== slots.next)) {
      if (forgottenAt(old) <= now) slots.published.splice(slots.published.indexOf(old), 1);
    }
    changed = true;
  }
  return changed;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** @throws MISTRUST_WORLD_REFUSED for what is no Go duration */
export function durationOf(text: string): number {
  const ms = parseGoDuration(text);
  if (ms === undefined || ms <= 0) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `"${text}" is no duration`, {
      remedy: 'write it as Go does, such as "24h"',
    });
  }
  return ms;
}
