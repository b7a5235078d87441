import type { Node, ObjectNode } from "./policy/hcl-parser.js";
import { parseHcl } from "./policy/hcl-parser.js";

/** A `listener "tcp"` of a Vault server's configuration file. File names are as written. */
export interface ListenerStanza {
  /** HOST:PORT */
  readonly address: string;
  readonly tlsDisabled: boolean;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clientCaFile?: string;
  readonly requiresClientCertificate: boolean;
  readonly disablesClientCertificates: boolean;
  /** `tls10` to `tls13` */
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly cipherSuites: readonly string[];
}

/**
 * The listeners of a Vault configuration file; everything else in it is left to a real Vault.
 * @throws HclError in Vault's words
 * @see https://developer.hashicorp.com/vault/docs/configuration/listener/tcp
 */
export function listenersOf(text: string): ListenerStanza[] {
  return blocks(parseHcl(text), "listener").flatMap(({ label, body }) => (label === "tcp" ? [stanza(body)] : []));
}

function blocks(file: ObjectNode, name: string): { readonly label: string; readonly body: ObjectNode }[] {
  return file.items.flatMap(({ keys: [key, label], value }) =>
    key?.name === name && value.kind === "object" ? [{ label: label?.name ?? "", body: value }] : [],
  );
}

function stanza(body: ObjectNode): ListenerStanza {
  const text = (name: string): string | undefined => {
    const value = literal(body, name);
    return value === undefined ? undefined : String(value);
  };
  const flag = (name: string): boolean => ["true", "1"].includes(text(name) ?? "");
  const [certFile, keyFile, clientCaFile] = [text("tls_cert_file"), text("tls_key_file"), text("tls_client_ca_file")];
  const [minVersion, maxVersion] = [text("tls_min_version"), text("tls_max_version")];
  return {
    address: text("address") ?? "127.0.0.1:8200",
    tlsDisabled: flag("tls_disable"),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
    ...(clientCaFile !== undefined && { clientCaFile }),
    requiresClientCertificate: flag("tls_require_and_verify_client_cert"),
    disablesClientCertificates: flag("tls_disable_client_certs"),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
    cipherSuites: (text("tls_cipher_suites") ?? "")
      .split(",")
      .map((suite) => suite.trim())
      .filter((suite) => suite !== ""),
  };
}

function literal(body: ObjectNode, name: string): string | number | boolean | undefined {
  const value: Node | undefined = body.items.find(({ keys }) => keys[0]?.name === name)?.value;
  return value?.kind === "literal" ? value.value : undefined;
}
