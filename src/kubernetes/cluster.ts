import type { Clock, Ids } from "../runtime/index.js";
import type { Authorizer } from "./access/authorizer.js";
import type { JsonObject } from "./objects.js";
import type { KubernetesRelease } from "./quirks.js";
import type { ObjectStore } from "./store.js";
import type { TokenAuthenticator } from "./tokens/authenticator.js";
import type { TokenIssuer } from "./tokens/issue.js";
import type { SigningKey } from "./tokens/keys.js";

/** All that a fake API server consists of; handlers get it whole. */
export interface Cluster {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly release: KubernetesRelease;
  readonly objects: ObjectStore;
  readonly authorizer: Authorizer;
  readonly authenticator: TokenAuthenticator;
  readonly issuer: TokenIssuer;
  readonly issuerName: string;
  readonly apiAudiences: readonly string[];
  /** Where `/.well-known/openid-configuration` points; by default this server as the client named it. */
  readonly jwksUrl: string | undefined;
  /** PEM of the CA that long-lived token Secrets hold. */
  readonly ca: string | undefined;
  signingKey(): Promise<SigningKey>;
}

/** `metadata` of what is not stored: older releases print a creation time of null. (quirk creation-timestamp-null) */
export function bareMetadata(cluster: Cluster): JsonObject {
  return cluster.release.quirk("creation-timestamp-null") ? { creationTimestamp: null } : {};
}
