import { createAuthority, type KeyedCertificate, type KeyedRequest, KeyPool } from "../../pki/index.js";
import { MistrustError } from "../../runtime/index.js";
import type { CertificateSetting, TlsFrontSetting } from "../../scenario/index.js";
import type { KeyAndCertificate, TlsSettings } from "../../transport/index.js";
import type { FakeContext } from "./fake.js";

/** Names and addresses that a certificate has unless its description says otherwise. */
export interface DefaultNames {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
}

/** RSA keys take 0.15 s to make. The labs of a process share them, and nothing but them. */
const RSA_KEYS = new KeyPool();

/** A world's `tls` as the settings of a listener, with certificates minted now against the lab's clock. */
export function tlsSettings(context: FakeContext, setting: TlsFrontSetting, names: DefaultNames): TlsSettings {
  const { certificate, sni, ...rest } = setting;
  const others = Object.entries(sni ?? {}).map(
    ([name, one]) => [name, mint(context, one, { dns: [name], ips: [] })] as const,
  );
  return {
    ...rest,
    ...mint(context, certificate ?? {}, names),
    ...(others.length > 0 && { sni: Object.fromEntries(others) }),
  };
}

function mint(context: FakeContext, setting: CertificateSetting, names: DefaultNames): KeyAndCertificate {
  const [defect] = setting.defects ?? [];
  if (defect !== undefined) {
    throw new MistrustError("MISTRUST_WORLD_REFUSED", `no certificate can be minted with the defect "${defect}"`);
  }
  const dns = setting.dnsNames ?? names.dns;
  const request: KeyedRequest = {
    commonName: setting.commonName ?? dns[0] ?? "localhost",
    dns,
    ips: setting.ipAddresses ?? names.ips,
    ...(setting.uris !== undefined && { uris: setting.uris }),
    ...(setting.notBefore !== undefined && { notBefore: Date.parse(setting.notBefore) }),
    ...(setting.notAfter !== undefined && { notAfter: Date.parse(setting.notAfter) }),
    ...(setting.key === "rsa" && { keyType: "rsa-2048" as const, keys: RSA_KEYS }),
  };
  if (setting.chain === undefined) return presented(context.authority().issue(request), "full");
  return chained(context, setting.chain, request);
}

/** A chain that can be sent in the wrong way needs an authority between the root and the leaf. */
function chained(
  context: FakeContext,
  chain: NonNullable<CertificateSetting["chain"]>,
  request: KeyedRequest,
): KeyAndCertificate {
  const root = context.authority();
  const leaf = root.subordinate({ commonName: "mistrust intermediate CA" }).issue(request);
  if (chain !== "wrong-intermediate") return presented(leaf, chain);
  const stranger = createAuthority({ clock: context.clock, commonName: "mistrust unrelated CA" });
  const wrong = stranger.subordinate({ commonName: "mistrust unrelated intermediate CA" });
  return { certificatePem: leaf.certificatePem + wrong.certificatePem, keyPem: leaf.keyPem };
}

function presented(leaf: KeyedCertificate, chain: "full" | "leaf-only" | "reversed"): KeyAndCertificate {
  const { keyPem, certificatePem, chainPem } = leaf;
  switch (chain) {
    case "full":
      return { certificatePem: chainPem, keyPem };
    case "leaf-only":
      return { certificatePem, keyPem };
    case "reversed":
      return { certificatePem: chainPem.slice(certificatePem.length) + certificatePem, keyPem };
  }
}
