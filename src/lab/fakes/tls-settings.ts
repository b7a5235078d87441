import { type KeyedRequest, mintServerCertificate } from "../../pki/index.js";
import type { CertificateSetting, TlsFrontSetting } from "../../scenario/index.js";
import type { KeyAndCertificate, TlsSettings } from "../../transport/index.js";
import { SHARED_KEYS } from "../keys.js";
import type { FakeContext } from "./fake.js";

/** Names and addresses that a certificate has unless its description says otherwise. */
export interface DefaultNames {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
}

/**
 * A world's `tls` as the settings of a listener, with certificates minted now against the lab's clock.
 * @throws MISTRUST_CONFLICT for defects that exclude each other
 */
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
  const { certificatePem, keyPem } = mintServerCertificate({
    authority: context.authority(),
    request: requestOf(setting, names),
    ...(setting.defects !== undefined && { defects: setting.defects }),
    ...(setting.chain !== undefined && { chain: setting.chain }),
  });
  return { certificatePem, keyPem };
}

function requestOf(setting: CertificateSetting, names: DefaultNames): KeyedRequest {
  const dns = setting.dnsNames ?? names.dns;
  return {
    commonName: setting.commonName ?? dns[0] ?? "localhost",
    dns,
    ips: setting.ipAddresses ?? names.ips,
    ...(setting.uris !== undefined && { uris: setting.uris }),
    ...(setting.notBefore !== undefined && { notBefore: Date.parse(setting.notBefore) }),
    ...(setting.notAfter !== undefined && { notAfter: Date.parse(setting.notAfter) }),
    ...(setting.key === "rsa" && { key: SHARED_KEYS.key("rsa-2048", "listener"), keys: SHARED_KEYS }),
  };
}
