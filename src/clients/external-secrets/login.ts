import { goQuote } from "../../runtime/index.js";
import type { Fields } from "../fields.js";
import { asGoError, GoError } from "../go/error.js";
import { type KeyPair, keyPair } from "../go/key-pair.js";
import { tokenId, type VaultApi } from "../go/vault-api.js";
import { namespaceOfRef, type Scope, secretKey } from "./resolve.js";

export interface LoginContext extends Scope {
  readonly log: (line: string) => void;
  /** From now on the session presents this certificate, by this client. */
  readonly present: (certificate: KeyPair) => VaultApi;
}

type Method = (api: VaultApi, auth: Fields, context: LoginContext) => Promise<void>;

/** The auth methods in the order in which the provider looks for them. (pkg/provider/vault/auth.go setAuth) */
const METHODS: readonly (readonly [field: string, method: Method])[] = [
  ["tokenSecretRef", async (api, ref, context) => void (api.token = secretKey(context, ref))],
  ["appRole", appRole],
  ["kubernetes", kubernetes],
  ["ldap", async (api, auth, context) => await withPassword(api, auth, context, "ldap", "LDAP")],
  ["userPass", async (api, auth, context) => await withPassword(api, auth, context, "userpass", "userpass")],
  ["jwt", jwt],
  ["cert", cert],
];

/** Gives the client its token. @throws GoError as the provider words it */
export async function login(api: VaultApi, context: LoginContext): Promise<void> {
  const auth = context.store.vault.at("auth");
  const namespace = api.namespace;
  if (!auth.exists && context.has("auth-optional")) return;
  if (context.has("auth-namespace") && auth.at("namespace").exists) api.namespace = auth.at("namespace").text;
  try {
    const found = METHODS.find(([field]) => auth.at(field).exists);
    if (found === undefined) throw new GoError("cannot initialize Vault client: no valid auth method specified");
    await found[1](api, auth.at(found[0]), context);
  } finally {
    api.namespace = namespace;
  }
}

async function appRole(api: VaultApi, auth: Fields, context: LoginContext): Promise<void> {
  const inline = auth.at("roleId").text.trim();
  const ref = auth.at("roleRef");
  if (inline === "" && !ref.exists) {
    throw new GoError("invalid Auth.AppRole: neither `roleId` nor `roleRef` was supplied");
  }
  const roleId = inline === "" ? secretKey(context, ref) : inline;
  const secretId = secretKey(context, auth.at("secretRef"));
  if (roleId === "") throw new GoError("no role ID provided for login");
  if (secretId === "") throw unsourced("invalid secret ID: secret ID for AppRole");
  await apiLogin(
    api,
    `auth/${auth.at("path").text || "approle"}/login`,
    { role_id: roleId, secret_id: secretId },
    "app role",
  );
}

async function kubernetes(api: VaultApi, auth: Fields, context: LoginContext): Promise<void> {
  const role = auth.at("role").text;
  const token = await kubernetesJwt(auth, context);
  if (role === "") throw new GoError("no role name was provided");
  await apiLogin(api, `auth/${auth.at("mountPath").text || "kubernetes"}/login`, { jwt: token, role }, "Kubernetes");
}

async function kubernetesJwt(auth: Fields, context: LoginContext): Promise<string> {
  const account = auth.at("serviceAccountRef");
  if (account.exists) return await accountJwt(account, context);
  if (auth.at("secretRef").exists) return secretKey(context, auth.at("secretRef"), "token");
  const path = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  throw new GoError(
    `cannot read Kubernetes service account token from file system: stat ${path}: no such file or directory`,
  );
}

/** Since Kubernetes 1.24 service accounts have no Secrets of their own, so that this ends in a TokenRequest. */
async function accountJwt(account: Fields, context: LoginContext): Promise<string> {
  const tokenFirst = context.has("token-request-first");
  if (!tokenFirst) {
    context.log("unable to fetch jwt from service account secret, trying service account token next");
    return await accountToken(account, [], 600, context);
  }
  try {
    return await accountToken(account, [], 600, context);
  } catch (thrown) {
    const { message } = asGoError(thrown);
    context.log("unable to create service account token, trying to fetch jwt from service account secret next");
    const name = account.at("name").text;
    const quoted = goQuote(name);
    throw new GoError(
      message.endsWith(" not found")
        ? `${cannotRequest(name)}cannot get Kubernetes service account ${quoted}: ServiceAccount ${quoted} not found`
        : `${cannotRequest(name)}cannot find secrets bound to service account: ${quoted}`,
    );
  }
}

async function accountToken(
  account: Fields,
  more: readonly string[],
  expirationSeconds: number,
  context: LoginContext,
): Promise<string> {
  const name = account.at("name").text;
  const audiences = [...account.at("audiences").texts, ...more];
  try {
    return await context.cluster.createToken(namespaceOfRef(context, account), name, { audiences, expirationSeconds });
  } catch (thrown) {
    throw asGoError(thrown).wrap(cannotRequest(name));
  }
}

function cannotRequest(account: string): string {
  return `cannot request Kubernetes service account token for service account ${goQuote(account)}: `;
}

async function withPassword(
  api: VaultApi,
  auth: Fields,
  context: LoginContext,
  mount: string,
  named: string,
): Promise<void> {
  const password = secretKey(context, auth.at("secretRef"));
  if (auth.at("username").text.trim() === "") throw new GoError("no user name provided for login");
  if (password === "") throw unsourced(`invalid password: password for ${named === "LDAP" ? "LDAP" : "Userpass"} auth`);
  const path = `auth/${auth.at("path").text || mount}/login/${auth.at("username").text.trim()}`;
  await apiLogin(api, path, { password }, named);
}

async function jwt(api: VaultApi, auth: Fields, context: LoginContext): Promise<void> {
  const source = auth.at("kubernetesServiceAccountToken");
  let token: string;
  if (auth.at("secretRef").exists) token = secretKey(context, auth.at("secretRef"));
  else if (source.exists) {
    const audiences = source.at("audiences").exists ? source.at("audiences").texts : ["vault"];
    const seconds = Number(source.at("expirationSeconds").text || 600);
    token = await accountToken(source.at("serviceAccountRef"), audiences, seconds, context);
  } else {
    throw new GoError(
      "neither `secretRef` nor `kubernetesServiceAccountToken` was supplied as token source for jwt authentication",
    );
  }
  await plainLogin(api, `auth/${auth.at("path").text || "jwt"}/login`, {
    role: auth.at("role").text.trim(),
    jwt: token,
  });
}

async function cert(_: VaultApi, auth: Fields, context: LoginContext): Promise<void> {
  const keyPem = secretKey(context, auth.at("secretRef"));
  const certPem = secretKey(context, auth.at("clientCert"));
  const own = context.present(clientKeyPair({ certPem, keyPem }));
  const mount = context.has("cert-auth-path") ? auth.at("path").text || "cert" : "cert";
  const role = context.has("cert-auth-role") ? auth.at("vaultRole").text : "";
  try {
    await plainLogin(own, `auth/${mount}/login`, role === "" ? undefined : { name: role });
  } catch (thrown) {
    throw asGoError(thrown).wrap("error from Vault request: ");
  }
}

function unsourced(what: string): GoError {
  return new GoError(`${what} must be provided with a source file, environment variable, or plaintext string`);
}

/** @throws GoError `error from Client TLS Auth: "…"` */
export function clientKeyPair(pair: KeyPair): KeyPair {
  try {
    return keyPair(pair);
  } catch (thrown) {
    throw new GoError(`error from Client TLS Auth: ${goQuote(asGoError(thrown).message)}`);
  }
}

/** A login through vault/api's own auth helpers. (Go: vault/api Auth.Login, api/auth/*) */
async function apiLogin(
  api: VaultApi,
  path: string,
  body: Readonly<Record<string, string>>,
  method: string,
): Promise<void> {
  let secret;
  try {
    secret = await api.logical("PUT", path, body);
  } catch (thrown) {
    throw asGoError(thrown).wrap(`unable to log in to auth method: unable to log in with ${method} auth: `);
  }
  const token = secret?.auth?.client_token ?? "";
  if (token === "") throw new GoError("response did not return ClientToken, client token not set");
  api.token = token;
}

async function plainLogin(
  api: VaultApi,
  path: string,
  body: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  const secret = await api.logical("PUT", path, body);
  try {
    api.token = tokenId(secret);
  } catch (thrown) {
    throw asGoError(thrown).wrap("cannot parse Vault authentication token: ");
  }
}
