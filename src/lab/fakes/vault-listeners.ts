import { readFileSync } from "node:fs";
import { MistrustError } from "../../runtime/index.js";
import { type HttpHandler, listen, type Listener, type TlsSettings } from "../../transport/index.js";
import { type ListenerStanza, listenersOf } from "../../vault/index.js";
import { parseAddress } from "./door.js";
import type { FakeContext } from "./fake.js";

/**
 * Opens the listeners of a Vault configuration file, beside the one that a lab always has.
 * @throws MISTRUST_USAGE for a file that cannot be read, MISTRUST_LISTEN_FAILED
 */
export async function openConfigured(
  context: FakeContext,
  file: string,
  { handler, go }: { readonly handler: HttpHandler; readonly go: string },
): Promise<Listener[]> {
  // Everything that a file can have wrong is found before the first listener opens.
  const wanted = listenersOf(read(file, "the Vault configuration")).map((stanza) => {
    const tls = tlsOf(stanza, go);
    return { ...parseAddress(stanza.address), ...(tls && { tls }) };
  });
  const { journal } = context;
  const faults = context.faults.ofConnections("vault");
  const opened: Listener[] = [];
  try {
    for (const one of wanted) opened.push(await listen({ ...one, server: "vault", journal, handler, faults }));
    return opened;
  } catch (error) {
    await Promise.all(opened.map((listener) => listener.close()));
    throw error;
  }
}

const VERSIONS = { tls10: "TLSv1", tls11: "TLSv1.1", tls12: "TLSv1.2", tls13: "TLSv1.3" } as const;

function tlsOf(stanza: ListenerStanza, go: string): TlsSettings | undefined {
  if (stanza.tlsDisabled) return undefined;
  const { certFile = "", keyFile = "", clientCaFile, minVersion, maxVersion, cipherSuites } = stanza;
  const asks = stanza.requiresClientCertificate ? "require" : stanza.disablesClientCertificates ? "none" : "request";
  return {
    certificatePem: read(certFile, "tls_cert_file"),
    keyPem: read(keyFile, "tls_key_file"),
    go,
    clientCertificate: asks,
    ...(clientCaFile !== undefined && clientCaFile !== "" && { clientCa: read(clientCaFile, "tls_client_ca_file") }),
    ...(minVersion !== undefined && { minVersion: version(minVersion, "tls_min_version") }),
    ...(maxVersion !== undefined && { maxVersion: version(maxVersion, "tls_max_version") }),
    ...(cipherSuites.length > 0 && { cipherSuites }),
  };
}

function version(text: string, key: string): (typeof VERSIONS)[keyof typeof VERSIONS] {
  const known = Object.entries(VERSIONS).find(([name]) => name === text)?.[1];
  if (known !== undefined) return known;
  const names = Object.keys(VERSIONS).join(",");
  throw new MistrustError("MISTRUST_USAGE", `'${key}' value "${text}" not supported, please specify one of [${names}]`);
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MistrustError("MISTRUST_USAGE", `${what} "${file}" cannot be read: ${why}`, { cause });
  }
}
