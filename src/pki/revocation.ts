import type { KeyObject } from "node:crypto";
import type { Clock } from "../runtime/index.js";
import { hashFor, sealed, signatureAlgorithm } from "./certificate.js";
import { encode, enumerated, integer, octets, oid, sequence, tagged, time } from "./der.js";
import { authorityKeyId, EXTENSION, extensionDer } from "./extensions.js";
import { nameOf, type Subject } from "./names.js";

export interface RevokedCertificate {
  readonly serial: Buffer;
  /** ms since the epoch. */
  readonly revokedAt: number;
  /** CRLReason of RFC 5280 §5.3.1; left out if absent. */
  readonly reason?: number;
}

export interface Revocation {
  readonly revoked: readonly RevokedCertificate[];
  /** Number of the list. */
  readonly number: number;
  /** ms since the epoch; three days after the clock's now if absent. */
  readonly nextUpdate?: number;
  /** Makes it a delta of the list of that number (RFC 5280 §5.2.4). */
  readonly deltaOf?: number;
}

interface ListIssuer {
  readonly subject: Subject;
  readonly key: KeyObject;
  readonly keyId: Buffer;
  readonly clock: Clock;
}

/** A version 2 certificate revocation list in DER (RFC 5280 §5). */
export function signRevocationList(issuer: ListIssuer, { revoked, number, nextUpdate, deltaOf }: Revocation): Buffer {
  const now = issuer.clock.now();
  const entries = revoked.map((entry) =>
    sequence(
      integer(entry.serial),
      time(entry.revokedAt),
      ...(entry.reason === undefined
        ? []
        : [sequence(sequence(oid("2.5.29.21"), octets(encode(enumerated(entry.reason)))))]),
    ),
  );
  const crlNumber = { id: EXTENSION.crlNumber, critical: false, value: encode(integer(number)) };
  const delta = { id: EXTENSION.deltaCrlIndicator, critical: true, value: encode(integer(deltaOf ?? 0)) };
  const extensions = [authorityKeyId(issuer.keyId), crlNumber, ...(deltaOf === undefined ? [] : [delta])];
  const tbs = sequence(
    integer(1),
    signatureAlgorithm(issuer.key, hashFor(issuer.key)),
    nameOf(issuer.subject),
    time(now),
    time(nextUpdate ?? now + 3 * 86_400_000),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    tagged(0, [sequence(...extensions.map(extensionDer))]),
  );
  return sealed(tbs, issuer.key);
}
