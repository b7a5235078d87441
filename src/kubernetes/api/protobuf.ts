import { type KubernetesMessage, readKubernetesMessage } from "../../transport/grpc/kubernetes-messages.js";
import { isObject, type JsonObject, mapAt, textAt } from "../objects.js";

const MAGIC = Buffer.from("k8s\0", "latin1");

/** Fields whose keys are the user's own, in which an empty text says something. */
const MAPS: ReadonlySet<string> = new Set(["labels", "annotations", "data", "binaryData", "stringData"]);

/** An object as Kubernetes' Go clients write it: a magic number, an envelope with the kind, and the kind's own message. */
export interface ProtobufObject {
  readonly object: JsonObject;
  /** False for a kind whose fields the fake does not know. */
  readonly known: boolean;
}

/** @throws Error in the words of apimachinery's protobuf serializer */
export function decodeProtobuf(body: Buffer): ProtobufObject {
  if (body.length === 0) throw new Error("empty data");
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    const prefix = `[${[...MAGIC].join(" ")}]`;
    throw new Error(`provided data does not appear to be a protobuf message, expected prefix ${prefix}`);
  }
  if (body.length === MAGIC.length) throw new Error("empty body");
  const envelope = read("Unknown", body.subarray(MAGIC.length)) ?? {};
  const about = shown(mapAt(envelope, "typeMeta"));
  const message = read(textAt(about, "kind"), Buffer.from(textAt(envelope, "raw"), "base64"));
  return { object: { ...about, ...(message !== undefined && shown(message)) }, known: message !== undefined };
}

function read(kind: string, bytes: Buffer): KubernetesMessage | undefined {
  try {
    return readKubernetesMessage(kind, bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw new Error("unexpected EOF", { cause });
    throw cause;
  }
}

/** Go's generated code writes empty texts, too, which its JSON leaves out; and a list within a map as a message. */
function shown(message: KubernetesMessage): JsonObject {
  return Object.fromEntries(
    Object.entries(message).flatMap(([name, value]) => {
      if (value === "") return [];
      if (name === "extra" && isObject(value)) {
        return [[name, Object.fromEntries(Object.entries(value).map(([key, list]) => [key, itemsOf(list)]))]];
      }
      if (Array.isArray(value)) return [[name, value.map((item: unknown) => (isObject(item) ? shown(item) : item))]];
      return [[name, isObject(value) && !MAPS.has(name) ? shown(value) : value]];
    }),
  );
}

function itemsOf(list: unknown): unknown {
  return isObject(list) ? (list.items ?? []) : list;
}
