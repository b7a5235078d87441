import { z } from "zod";
import { Listen, Manifests, maybe, VersionText } from "./common.js";
import { TlsSetting } from "./tls.js";

/** A real API server in place of the fake one, in the words of a kubeconfig. */
export const ExternalKubernetes = z
  .strictObject({
    kubeconfig: maybe(z.string()).meta({ description: "Path of a kubeconfig; the rest is then taken from it" }),
    context: maybe(z.string()).meta({ description: "Its context; the current one if left out" }),
    server: maybe(z.string()).meta({ description: "URL of the API server" }),
    certificateAuthorityData: maybe(z.string()).meta({ description: "Its CA, PEM or base64 of PEM" }),
    token: maybe(z.string()).meta({ description: "A bearer token that may create tokens and token reviews" }),
    insecureSkipTlsVerify: maybe(z.boolean()),
  })
  .meta({ description: "No fake: logins are reviewed by this real API server" });

export const KubernetesWorld = z
  .strictObject({
    version: maybe(VersionText).meta({ description: 'What /version says, such as "1.32.0"' }),
    listen: maybe(Listen),
    tls: maybe(TlsSetting),
    serviceAccountIssuer: maybe(z.string()).meta({ description: "kube-apiserver --service-account-issuer" }),
    apiAudiences: maybe(z.array(z.string()).min(1)).meta({
      description: "kube-apiserver --api-audiences: what a bearer token must be meant for; the issuer if left out",
    }),
    apply: maybe(Manifests),
    external: maybe(ExternalKubernetes),
  })
  .refine((world) => world.external === undefined || Object.keys(world).length === 1, {
    path: ["external"],
    message: "cannot stand beside settings of a fake API server",
  })
  .meta({ id: "KubernetesWorld", description: "The fake Kubernetes API, or a real one under external" });
