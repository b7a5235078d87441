import { goQuote } from "../../runtime/index.js";
import type { Cluster } from "../cluster.js";
import { asGoError, GoError } from "../go/error.js";
import { type KeyPair, keyPair } from "../go/key-pair.js";
import { joinPath, parseSecret, tokenId, type VaultApi } from "../go/vault-api.js";
import type { VaultIssuer } from "./issuer.js";

/** A Secret that is not there; the signing controller has a reason of its own for it. */
export class SecretNotFound extends GoError {}

/** What a login needs besides Vault. */
export interface LoginContext {
  readonly issuer: VaultIssuer;
  readonly cluster: Cluster;
  readonly has: (quirk: "service-account-ref" | "token-audiences" | "server-audience" | "filtered-secrets") => boolean;
  /** A client that presents another certificate, for the cert auth method. */
  readonly withCertificate: (certificate: KeyPair) => VaultApi;
}

/** Gives the client its token by the first method that is set. (cert-manager: internal/vault/vault.go setToken) */
export async function login(api: VaultApi, context: LoginContext): Promise<void> {
  const auth = context.issuer.vault.at("auth");
  if (auth.at("tokenSecretRef").exists) {
    const ref = auth.at("tokenSecretRef");
    api.token = tokenValue(context, ref.at("name").text, ref.at("key").text || "token").trim();
  } else if (auth.at("appRole").exists) {
    api.token = await appRoleLogin(api, context);
  } else if (auth.at("clientCertificate").exists) {
    api.token = await certificateLogin(api, context);
  } else {
    api.token = await kubernetesLogin(api, context);
  }
}

async function kubernetesLogin(api: VaultApi, context: LoginContext): Promise<string> {
  const kubernetes = context.issuer.vault.at("auth", "kubernetes");
  const secret = kubernetes.at("secretRef", "name").text;
  try {
    const key = kubernetes.at("secretRef", "key").text || "token";
    const jwt = secret === "" ? await requestJwt(context) : await secretJwt(context, secret, key);
    const mount = kubernetes.at("mountPath").text || "/v1/auth/kubernetes";
    return await loginAt(api, `${mount}/login`, { role: kubernetes.at("role").text, jwt });
  } catch (thrown) {
    const error = asGoError(thrown);
    if (context.has("service-account-ref"))
      throw prefixed(error, "while requesting a Vault token using the Kubernetes auth: ");
    throw error.wrap(`error reading Kubernetes service account token from ${secret}: `);
  }
}

/** A wrapped error keeps being a missing Secret, as `%w` does. */
function prefixed(error: GoError, prefix: string): GoError {
  return error instanceof SecretNotFound ? new SecretNotFound(`${prefix}${error.message}`) : error.wrap(prefix);
}

/** The audiences of the token that is asked for, by release. */
export function audiences({ issuer, has }: Pick<LoginContext, "issuer" | "has">): string[] {
  const asked = issuer.vault.at("auth", "kubernetes", "serviceAccountRef", "audiences").texts;
  return [
    ...(has("token-audiences") ? asked : []),
    `vault://${issuer.namespace === "" ? "" : `${issuer.namespace}/`}${issuer.name}`,
    ...(has("server-audience") ? [issuer.vault.at("server").text] : []),
  ];
}

async function requestJwt(context: LoginContext): Promise<string> {
  const { issuer, cluster } = context;
  const account = issuer.vault.at("auth", "kubernetes", "serviceAccountRef", "name").text;
  try {
    return await cluster.createToken(issuer.resourceNamespace, account, {
      audiences: audiences(context),
      expirationSeconds: 600,
    });
  } catch (thrown) {
    throw asGoError(thrown).wrap(`while requesting a token for the service account ${issuer.namespace}/${account}: `);
  }
}

/**
 * A Secret of type kubernetes.io/service-account-token is applied empty and filled by Kubernetes' token controller, for
 * which a token of the API server's own audience stands here, as in the recordings.
 */
async function secretJwt(context: LoginContext, name: string, key: string): Promise<string> {
  const { cluster, issuer } = context;
  const namespace = issuer.resourceNamespace;
  const secret = cluster.find("Secret", namespace, name);
  const account = secret?.at("metadata", "annotations", "kubernetes.io/service-account.name").text ?? "";
  const isFilled = secret?.at("type").text === "kubernetes.io/service-account-token" && !secret.at("data").exists;
  if (!isFilled || key !== "token") return secretValue(context, name, key);
  return await cluster.createToken(namespace, account, { audiences: [], expirationSeconds: 365 * 86_400 });
}

async function appRoleLogin(api: VaultApi, context: LoginContext): Promise<string> {
  const appRole = context.issuer.vault.at("auth", "appRole");
  const ref = appRole.at("secretRef");
  const secretId = secretValue(context, ref.at("name").text, ref.at("key").text).trim();
  const path = joinPath("v1", "auth", appRole.at("path").text || "approle", "login");
  const token = await loginAt(
    api,
    path,
    { role_id: appRole.at("roleId").text.trim(), secret_id: secretId },
    "error logging in to Vault server: ",
  );
  if (token === "") throw new GoError("no token returned");
  return token;
}

async function certificateLogin(api: VaultApi, context: LoginContext): Promise<string> {
  const auth = context.issuer.vault.at("auth", "clientCertificate");
  const secret = auth.at("secretName").text;
  let client = api;
  if (secret !== "") {
    const certPem = secretValue(context, secret, "tls.crt", "tls.crt");
    const keyPem = secretValue(context, secret, "tls.key", "tls.key");
    try {
      client = context.withCertificate(keyPair({ certPem, keyPem }));
    } catch (thrown) {
      throw asGoError(thrown).wrap("error reading client certificate: ");
    }
  }
  return await loginAt(client, `${auth.at("mountPath").text || "/v1/auth/cert"}/login`, {
    name: auth.at("name").text,
  });
}

async function loginAt(
  api: VaultApi,
  path: string,
  body: Readonly<Record<string, string>>,
  prefix = "error calling Vault server: ",
): Promise<string> {
  let response;
  try {
    response = await api.raw("POST", path, body);
  } catch (thrown) {
    throw asGoError(thrown).wrap(prefix);
  }
  let secret;
  try {
    secret = parseSecret(response);
    if (secret === undefined) throw new GoError("EOF");
  } catch (thrown) {
    throw asGoError(thrown).wrap("unable to decode JSON payload: ");
  }
  try {
    return tokenId(secret);
  } catch (thrown) {
    throw asGoError(thrown).wrap("unable to read token: ");
  }
}

/** tokenRef takes name and namespace the other way round, which shows in its error alone. */
function tokenValue(context: LoginContext, name: string, key: string): string {
  const { cluster, issuer } = context;
  const secret = cluster.find("Secret", issuer.resourceNamespace, name);
  if (secret === undefined || cluster.value(secret, key) !== undefined) return secretValue(context, name, key);
  throw new GoError(`no data for ${goQuote(key)} in secret '${name}/${issuer.resourceNamespace}'`);
}

/** @param shownKey how the error names the key; quoted if not given */
export function secretValue(
  { issuer, cluster, has }: LoginContext,
  name: string,
  key: string,
  shownKey?: string,
): string {
  const namespace = issuer.resourceNamespace;
  const secret = cluster.find("Secret", namespace, name);
  if (secret === undefined)
    throw new SecretNotFound(`${has("filtered-secrets") ? "secrets" : "secret"} "${name}" not found`);
  const value = cluster.value(secret, key);
  if (value === undefined)
    throw new GoError(`no data for ${shownKey ?? goQuote(key)} in secret '${namespace}/${name}'`);
  return value;
}
