import { type CheckRecord } from "../journal/index.js";
import * as sds from "../transport/grpc/sds-messages.js";
import { SYSTEM_ROOTS } from "./options.js";

/** What the agent has for the proxy itself; none where somebody else does that ("ServeOnlyFiles"). */
export interface OwnIdentity {
  readonly chainPem: string;
  readonly keyPem: string;
  readonly rootPem: string;
}

export interface SecretStore {
  readonly files: Readonly<Record<string, string>>;
  readonly own: OwnIdentity | undefined;
}

export type Found =
  | { readonly secret: sds.Secret; readonly check: CheckRecord; readonly log?: string }
  | { readonly problem: string; readonly check: CheckRecord };

const NO_CLIENT = "attempted to fetch secret, but ca client is nil";

/** The agent's rules for names. (istio security/pkg/nodeagent/cache/secretcache.go generateFileSecret) */
export function findSecret(store: SecretStore, name: string): Found {
  const root = /^file-root:(.+)$/.exec(name)?.[1];
  if (root !== undefined) {
    const path = root === "system" ? SYSTEM_ROOTS : root;
    const pem = store.files[path];
    if (pem === undefined) return missing(name, path);
    return fromFile(
      name,
      root === "system" ? `the operating system's CAs, ${path}` : `the file ${path}`,
      trusted(name, pem),
    );
  }
  const [, chainPath, keyPath] = /^file-cert:([^~]+)~([^~]+)$/.exec(name) ?? [];
  if (chainPath !== undefined && keyPath !== undefined) {
    const [chain, key] = [store.files[chainPath], store.files[keyPath]];
    if (chain === undefined || key === undefined) return missing(name, chain === undefined ? chainPath : keyPath);
    return fromFile(name, `the files ${chainPath} and ${keyPath}`, certificate(name, chain, key));
  }
  const { own } = store;
  if (own === undefined) {
    return {
      problem: NO_CLIENT,
      check: {
        id: "resource-name",
        outcome: "refused",
        got: name,
        wanted: "file-root:<path>, file-root:system or file-cert:<certificate>~<key>",
        note: "the agent serves files only, since somebody else owns the workload socket",
      },
    };
  }
  const check: CheckRecord = { id: "resource-name", outcome: "passed", got: name, note: "from the mesh's CA" };
  if (name === "ROOTCA") return { secret: trusted(name, own.rootPem), check };
  return { secret: certificate(name, own.chainPem, own.keyPem), check };
}

function fromFile(name: string, note: string, secret: sds.Secret): Found {
  return {
    secret,
    check: { id: "resource-name", outcome: "passed", got: name, note },
    log: "read certificate from file",
  };
}

/** unverified: the words for a file that is missing, which are Go's. */
function missing(name: string, path: string): Found {
  const problem = `open ${path}: no such file or directory`;
  return {
    problem,
    check: {
      id: "resource-name",
      outcome: "refused",
      got: name,
      wanted: `a file ${path}`,
      note: problem,
      remedy: "mount the file into the proxy's container",
    },
  };
}

function trusted(name: string, pem: string): sds.Secret {
  return { name, validationContext: { trustedCa: { inlineBytes: Buffer.from(pem) } } };
}

function certificate(name: string, chainPem: string, keyPem: string): sds.Secret {
  return {
    name,
    tlsCertificate: {
      certificateChain: { inlineBytes: Buffer.from(chainPem) },
      privateKey: { inlineBytes: Buffer.from(keyPem) },
    },
  };
}
