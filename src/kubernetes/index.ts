export { createKubernetes, type IssueOptions, KubernetesApi, type KubernetesOptions } from "./api.js";
export { knownKinds, type ManifestSource } from "./manifests.js";
export type { KubernetesObject } from "./objects.js";
export type { BoundObjectRef } from "./tokens/issue.js";
export { generateSigningKey, sharedSigningKeys, SigningKey, SigningKeys, type SigningKeyType } from "./tokens/keys.js";
