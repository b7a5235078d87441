import { z } from "zod";
import { DEFECT_IDS } from "../../pki/index.js";
import { Instant, maybe } from "./common.js";

/** What a TLS listener offers and wants, and with which certificate: the door in front of a fake. */

const ProtocolVersion = z.enum(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]);

export const Certificate = z
  .strictObject({
    key: maybe(z.enum(["rsa", "ec"])).meta({ description: "Kind of key; ec if left out" }),
    commonName: maybe(z.string()),
    dnsNames: maybe(z.array(z.string())).meta({ description: "DNS names in subjectAltName" }),
    ipAddresses: maybe(z.array(z.string())).meta({ description: "IP addresses in subjectAltName" }),
    uris: maybe(z.array(z.string())).meta({ description: "URIs in subjectAltName" }),
    notBefore: maybe(Instant),
    notAfter: maybe(Instant),
    defects: maybe(z.array(z.enum(DEFECT_IDS))).meta({ description: "What shall be wrong with it; any number combine, unless they contradict one another" }),
    chain: maybe(z.enum(["full", "leaf-only", "reversed", "wrong-intermediate"])).meta({
      description: "What the server sends of the intermediate that signs the leaf; the CA signs it itself if left out",
    }),
  })
  .meta({ id: "Certificate", description: "The certificate that a listener presents, minted at start" });

export const TlsFront = z
  .strictObject({
    front: maybe(z.enum(["vault", "nginx", "haproxy", "openssl"])).meta({
      description: "Whose alerts and plain-HTTP answers are given: Vault's own listener, or a load balancer before it",
    }),
    go: maybe(z.string().regex(/^1\.\d+$/, 'is not a Go release such as "1.24"')).meta({
      description: "The Go that a vault front was built with, where alerts depend on it; by the Vault version if left out",
    }),
    minVersion: maybe(ProtocolVersion),
    maxVersion: maybe(ProtocolVersion),
    cipherSuites: maybe(z.array(z.string().regex(/^TLS_[A-Z0-9_]+$/, "is not an IANA name such as TLS_AES_128_GCM_SHA256"))),
    curves: maybe(z.array(z.enum(["X25519", "P-256", "P-384", "P-521", "X25519MLKEM768"]))),
    alpn: maybe(z.array(z.enum(["h2", "http/1.1"]))).meta({ description: "Protocols offered, best first" }),
    clientCertificate: maybe(z.enum(["none", "request", "require"])).meta({ description: "none if left out" }),
    clientCa: maybe(z.string()).meta({ description: "PEM of the CA that client certificates must come from" }),
    certificate: maybe(Certificate),
    sni: maybe(z.record(z.string(), Certificate)).meta({ description: "Other certificates by server name" }),
  })
  .meta({ id: "TlsFront", description: "The TLS listener before a fake" });

export const TlsSetting = z
  .union([z.literal(false), TlsFront])
  .meta({ description: "How the listener speaks TLS; false for plain HTTP" });
