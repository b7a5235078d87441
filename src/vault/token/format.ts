import type { Ids } from "../../runtime/index.js";

export interface TokenForms {
  readonly service: string;
  readonly batch: string;
  /** Are service tokens handed out signed, as `hvs.CAESI…`? */
  readonly signed: boolean;
}

/** Releases from 1.10 on say `hvs.` and sign their service tokens; older ones and OpenBao say `s.`. */
export const SIGNED_FORMS: TokenForms = { service: "hvs.", batch: "hvb.", signed: true };
export const PLAIN_FORMS: TokenForms = { service: "s.", batch: "b.", signed: false };

/** Makes tokens and accessors in the exact formats of Vault. (vault/token_store.go, tokens.proto) */
export class TokenMint {
  constructor(
    readonly forms: TokenForms,
    readonly ids: Ids,
  ) {}

  accessor(): string {
    return this.ids.base62(24);
  }

  /** A token as it is stored, and as root tokens are handed out. */
  plain(): string {
    return `${this.forms.service}${this.ids.base62(24)}`;
  }

  /**
   * A service token as it is handed out: SignedToken{1: version, 2: HMAC, 3: Token{1: the plain token}} in protobuf.
   * Only Vault has the HMAC's key, so that any bytes look like one.
   */
  sign(plain: string): string {
    if (!this.forms.signed) return plain;
    const hmac = this.ids.seed.bytes(32).toString("latin1");
    const token = `\x0a${String.fromCharCode(plain.length)}${plain}`;
    const signed = `\x08\x01\x12\x20${hmac}\x1a${String.fromCharCode(token.length)}${token}`;
    return `${this.forms.service}${Buffer.from(signed, "latin1").toString("base64url")}`;
  }

  /** A batch token: an opaque sealed blob, which begins with the barrier's key term. */
  batch(): string {
    const blob = Buffer.concat([Buffer.from([0, 0, 0, 1, 2]), this.ids.seed.bytes(111)]);
    return `${this.forms.batch}${blob.toString("base64url")}`;
  }

  /** What a lease id ends in. */
  leaseSuffix(): string {
    return `h${this.ids.hex(32)}`;
  }
}

const PREFIX = /^(?:hv[bsr]\.|[bsr]\.)/;

/** The namespace id that a token claims to belong to: what follows the last dot. (helper/namespace: SplitIDFromString) */
export function namespaceOf(token: string): string | undefined {
  const bare = token.replace(PREFIX, "");
  const dot = bare.lastIndexOf(".");
  return dot === -1 || dot === bare.length - 1 ? undefined : bare.slice(dot + 1);
}

/** Three dotted parts that are no Vault token: somebody sent a JWT as a token. */
export function looksLikeJwt(token: string): boolean {
  return token.split(".").length === 3 && !PREFIX.test(token);
}
