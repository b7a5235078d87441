import type { CheckRecord } from "../../journal/index.js";
import { type ClientHello, versionsOf } from "./client-hello.js";
import type { HelloProblem } from "./fronts/index.js";
import type { Identity, Offer } from "./offer.js";
import { type AlertName, cipherSuiteName, groupName, isGrease, TLS_VERSIONS, versionName } from "./registry.js";

/** What a hello is held against. */
interface Meeting {
  readonly hello: ClientHello;
  readonly offer: Offer;
  readonly identity: Identity;
  /** The newest version that both speak; 0 if there is none. */
  readonly version: number;
}

/** One step of a server's decision about a ClientHello. */
interface HelloCheck {
  readonly id: HelloProblem;
  /** One sentence for the reference page. */
  readonly doc: string;
  readonly alert: AlertName;
  wants(meeting: Meeting): string;
  got(meeting: Meeting): string;
  passes(meeting: Meeting): boolean;
  readonly remedy: string;
}

const TLS13 = TLS_VERSIONS["TLSv1.3"];
const names = (list: readonly string[]): string => (list.length === 0 ? "nothing" : list.join(" "));
const meant = (ids: readonly number[]): number[] => ids.filter((id) => !isGrease(id));

/** In the order in which Go's and OpenSSL's servers go. */
export const HELLO_CHECKS: readonly HelloCheck[] = [
  {
    id: "protocol-version",
    doc: "Client and server must share a version of TLS (RFC 8446 §4.2.1).",
    alert: "protocol_version",
    wants: ({ offer }) => names(offer.versions.map(versionName)),
    got: ({ hello }) => names(versionsOf(hello).map(versionName)),
    passes: ({ version }) => version !== 0,
    remedy: "let the server speak a newer version of TLS, or the client an older one",
  },
  {
    id: "cipher-suite",
    doc: "They must share a cipher suite that fits the version, the kind of the certificate's key and the groups.",
    alert: "handshake_failure",
    wants: (meeting) => names(usableSuites(meeting).map(cipherSuiteName)),
    got: ({ hello }) => names(meant(hello.cipherSuites).map(cipherSuiteName)),
    passes: (meeting) => usableSuites(meeting).some((id) => meeting.hello.cipherSuites.includes(id)),
    remedy: "let the server offer an ECDHE cipher suite that fits its certificate's key, or TLS 1.3",
  },
  {
    id: "key-exchange",
    doc: "In TLS 1.3 they must share a group for the key exchange (RFC 8446 §4.2.7).",
    alert: "handshake_failure",
    wants: ({ offer }) => names(offer.groups.map((group) => group.name)),
    got: ({ hello }) => names(meant(hello.groups).map(groupName)),
    passes: ({ hello, offer, version }) =>
      version !== TLS13 || offer.groups.some((group) => hello.groups.includes(group.id)),
    remedy: "let the server offer a group that the client has, such as X25519 or P-256",
  },
  {
    id: "application-protocol",
    doc: "A client that names application protocols must share one with a server that names some (RFC 7301 §3.2).",
    alert: "no_application_protocol",
    wants: ({ offer }) => names(offer.alpn),
    got: ({ hello }) => names(hello.alpn),
    passes: ({ hello, offer }) =>
      !offer.front.insistsOnAlpn ||
      offer.alpn.length === 0 ||
      hello.alpn.length === 0 ||
      hello.alpn.some(
        (protocol) => offer.alpn.includes(protocol) || (protocol === "http/1.1" && offer.alpn.includes("h2")),
      ),
    remedy: "let the server offer a protocol that the client asks for",
  },
];

/** Suites of the agreed version that certificate and groups allow. */
function usableSuites({ hello, offer, identity, version }: Meeting): number[] {
  if (version === TLS13) return offer.cipherSuites13.map((suite) => suite.id);
  const curves = hello.groups.length === 0 || offer.groups.some((group) => hello.groups.includes(group.id));
  return offer.cipherSuites
    .filter(({ keyExchange }) => (keyExchange === "ECDHE_ECDSA") === (identity.keyType === "ECDSA"))
    .filter(({ keyExchange }) => curves || !keyExchange.startsWith("ECDHE"))
    .map((suite) => suite.id);
}

export interface HelloRefusal {
  readonly kind: HelloProblem;
  readonly alert: AlertName;
  readonly wanted: string;
  readonly checks: readonly CheckRecord[];
}

/** Decides on a ClientHello as the server would; nothing when the handshake may go on. */
export function refusalOf(hello: ClientHello, offer: Offer, identity: Identity): HelloRefusal | undefined {
  const spoken = versionsOf(hello);
  const meeting: Meeting = { hello, offer, identity, version: offer.versions.find((id) => spoken.includes(id)) ?? 0 };
  const refusing = HELLO_CHECKS.find((check) => !check.passes(meeting));
  if (refusing === undefined) return undefined;
  const checks = HELLO_CHECKS.slice(0, HELLO_CHECKS.indexOf(refusing) + 1).map((check) => ({
    id: check.id,
    outcome: check === refusing ? ("refused" as const) : ("passed" as const),
    wanted: check.wants(meeting),
    got: check.got(meeting),
    ...(check === refusing && { remedy: check.remedy }),
  }));
  return { kind: refusing.id, alert: refusing.alert, wanted: refusing.wants(meeting), checks };
}
