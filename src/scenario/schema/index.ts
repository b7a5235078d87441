export { Client, PRODUCTS } from "./client.js";
export { Expectation, Observation, Sighting, VariantExpectation } from "./expect.js";
export { Fault } from "./fault.js";
export { IstioWorld } from "./istio.js";
export { ExternalKubernetes, KubernetesWorld } from "./kubernetes.js";
export { Change, Clock, Scenario, Variant, VARIANT_KINDS, World } from "./scenario.js";
export { Entry, SpireWorld } from "./spire.js";
export { Certificate, TlsFront } from "./tls.js";
export { VaultWorld } from "./vault.js";
