import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLab } from "../../src/index.js";
import { createAuthority } from "../../src/pki/index.js";
import { LabClock } from "../../src/runtime/index.js";
import type { VaultSetting } from "../../src/scenario/index.js";
import { HEALTHY_VAULT } from "./support/healthy-vault.js";
import type { Tool } from "./support/tools.js";
import { LIBRARIES, type Step, steps } from "./support/vault-libraries.js";

/** Something about the connection that libraries dislike. */
interface Trouble {
  readonly name: string;
  readonly tls: Exclude<VaultSetting["tls"], undefined>;
  /** The client is given somebody else's CA. */
  readonly strangerCa?: true;
  /** What each library says; several where two sides race to end the connection. */
  readonly words: Readonly<Record<string, string | RegExp>>;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: "RSA key exchange only",
    tls: {
      front: "haproxy",
      maxVersion: "TLSv1.2",
      cipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"],
      certificate: { key: "rsa" },
    },
    words: {
      "Go vault/api": "remote error: tls: handshake failure",
      hvac: "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure",
      "node-vault": "ok",
      "vault-java-driver": "ok",
      "Spring Vault": "ok",
      vaultrs: "received fatal alert: HandshakeFailure",
    },
  },
  {
    name: "a client certificate demanded by a load balancer",
    tls: { front: "openssl", maxVersion: "TLSv1.2", clientCertificate: "require", clientCa: "{{lab.clientCa}}" },
    words: {
      "Go vault/api": "remote error: tls: handshake failure",
      hvac: "SSLV3_ALERT_HANDSHAKE_FAILURE",
      "node-vault": /write EPROTO .*sslv3 alert handshake failure.*SSL alert number 40/s,
      "vault-java-driver": /Received fatal alert: handshake_failure|Remote host terminated the handshake|Broken pipe/,
      "Spring Vault": /Received fatal alert: handshake_failure|Remote host terminated the handshake|Broken pipe/,
      vaultrs: "received fatal alert: HandshakeFailure",
    },
  },
  {
    name: "a client certificate demanded by Vault itself",
    tls: { clientCertificate: "require", clientCa: "{{lab.clientCa}}" },
    words: {
      "Go vault/api": "remote error: tls: certificate required",
      hvac: /TLSV13_ALERT_CERTIFICATE_REQUIRED|EOF occurred in violation of protocol/,
      "node-vault": /tlsv13 alert certificate required.*SSL alert number 116/s,
      // It offers TLS 1.2 at most, so that it never sees the alert of TLS 1.3.
      "vault-java-driver": /Received fatal alert: handshake_failure|Remote host terminated the handshake|Broken pipe/,
      "Spring Vault": /certificate_required|Remote host terminated the handshake|Broken pipe/,
      vaultrs: "received fatal alert: CertificateRequired",
    },
  },
  {
    name: "a certificate from an unknown CA",
    tls: {},
    strangerCa: true,
    words: {
      "Go vault/api": "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      hvac: "certificate verify failed: unable to get local issuer certificate",
      "node-vault": "unable to verify the first certificate",
      "vault-java-driver": /PKIX path building failed: .*unable to find valid certification path to requested target/,
      "Spring Vault": /PKIX path building failed: .*unable to find valid certification path to requested target/,
      vaultrs: "invalid peer certificate: UnknownIssuer",
    },
  },
  {
    name: "a certificate for another name",
    tls: { certificate: { dnsNames: ["vault.example.com"] } },
    words: {
      "Go vault/api": "x509: certificate is valid for vault.example.com, not localhost",
      hvac: "Hostname mismatch, certificate is not valid for 'localhost'.",
      "node-vault":
        "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: DNS:vault.example.com",
      "vault-java-driver": "No subject alternative DNS name matching localhost found.",
      "Spring Vault":
        "Certificate for <localhost> doesn't match any of the subject alternative names: [vault.example.com]",
      vaultrs: 'certificate not valid for name "localhost"; certificate is only valid for DnsName("vault.example.com")',
    },
  },
  {
    name: "an expired certificate",
    tls: { certificate: { defects: ["expired"] } },
    words: {
      "Go vault/api": /x509: certificate has expired or is not yet valid: current time \S+ is after \S+/,
      hvac: "certificate has expired",
      "node-vault": "certificate has expired",
      "vault-java-driver": /PKIX path validation failed: .*validity check failed/,
      "Spring Vault": /PKIX path validation failed: .*validity check failed/,
      vaultrs: /invalid peer certificate: (Expired|certificate expired: verification time \d+)/,
    },
  },
];

/** Everything that a step says of a failure, or `ok`. */
function words(step: Step | undefined): string {
  return step?.error === undefined ? "ok" : [step.error, ...(step.errors ?? [])].join(": ");
}

describe.each(LIBRARIES)("$name", (library) => {
  let tool: Tool = { missing: "not prepared" };
  let folder = "";
  beforeAll(async () => {
    tool = await library.tool();
    folder = await mkdtemp(join(tmpdir(), "vault-library-"));
    const stranger = createAuthority({ clock: new LabClock(), commonName: "somebody else's CA" });
    await writeFile(join(folder, "stranger.pem"), stranger.certificatePem);
  }, 300_000);
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  test.for(TROUBLES)("before $name", async ({ tls, strangerCa, words: expected }, { skip }) => {
    skip(tool.missing !== undefined, tool.missing);
    await using lab = await startLab(HEALTHY_VAULT, { vault: { tls } });
    const { port } = new URL(lab.vault.url);
    const said = await steps(library, tool, lab, "app", {
      VAULT_ADDR: `https://localhost:${port}`,
      ...(strangerCa && { VAULT_CACERT: join(folder, "stranger.pem") }),
    });
    expect(words(said.get("login"))).toMatch(expected[library.name] ?? "nothing known");
  });
});
