import { fieldManager, managedFields } from "../managed-fields.js";
import { at, isObject, ownMetadata, textAt, textsAt, timestamp } from "../objects.js";
import type { BoundObjectRef, TokenRequestSpec } from "../tokens/issue.js";
import { type Answer, type Call, readObject } from "./call.js";

const TOKEN_REQUEST = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" } as const;
const DEFAULT_SECONDS = 3_600;

/** `POST serviceaccounts/NAME/token`. (pkg/registry/core/serviceaccount/storage/token.go) */
export async function createToken(call: Call): Promise<Answer> {
  const { cluster, request, info } = call;
  const object = await readObject(call, TOKEN_REQUEST);
  const spec = readSpec(object.spec);
  const { namespace = "", name = "" } = info.resource ?? {};
  const { decision, issued } = await cluster.issuer.issue(namespace, name, spec, object.metadata);
  request.exchange.decided("token-request", decision);
  if (decision.refusal !== undefined) throw decision.refusal.reply;
  const ref = spec.boundObjectRef;
  const now = timestamp(cluster.clock.now());
  const managed = managedFields(
    {
      metadata: object.metadata,
      spec: {
        ...(spec.audiences.length > 0 && { audiences: spec.audiences }),
        expirationSeconds: spec.expirationSeconds,
        ...(ref !== undefined && { boundObjectRef: ref }),
      },
    },
    {
      manager: fieldManager(info.query, request.headers["user-agent"]),
      apiVersion: "authentication.k8s.io/v1",
      time: now,
      subresource: "token",
    },
  );
  return {
    status: 201,
    object: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {
        ...ownMetadata(object),
        name,
        namespace,
        uid: cluster.release.quirk("token-request-uid") ? issued?.account.metadata.uid : cluster.ids.uuid(),
        creationTimestamp: now,
        managedFields: managed,
      },
      spec: {
        audiences: issued?.audiences ?? [],
        expirationSeconds: spec.expirationSeconds,
        boundObjectRef: ref ?? null,
      },
      status: { token: issued?.token ?? "", expirationTimestamp: issued?.expirationTimestamp ?? null },
    },
  };
}

function readSpec(spec: unknown): TokenRequestSpec {
  const seconds = at(spec, "expirationSeconds");
  const ref = at(spec, "boundObjectRef");
  return {
    audiences: textsAt(spec, "audiences"),
    expirationSeconds: typeof seconds === "number" ? seconds : DEFAULT_SECONDS,
    ...(isObject(ref) && { boundObjectRef: readRef(ref) }),
  };
}

function readRef(ref: unknown): BoundObjectRef {
  const apiVersion = textAt(ref, "apiVersion");
  const uid = textAt(ref, "uid");
  return {
    kind: textAt(ref, "kind"),
    ...(apiVersion !== "" && { apiVersion }),
    name: textAt(ref, "name"),
    ...(uid !== "" && { uid }),
  };
}
