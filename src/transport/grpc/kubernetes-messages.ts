import { type AnyDefinition, loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { protosFolder } from "./protos-folder.js";

const PACKAGE = loadSync("k8s/objects.proto", {
  includeDirs: [protosFolder()],
  keepCase: true,
  longs: Number,
  bytes: String,
});

/** A message as the JSON of its kind: base64 for bytes, and only what was written. */
export type KubernetesMessage = Readonly<Record<string, unknown>>;

/**
 * Reads a message of `protos/k8s/objects.proto`; `undefined` for one that is not in there.
 * @throws RangeError where the bytes end too early
 */
export function readKubernetesMessage(name: string, bytes: Buffer): KubernetesMessage | undefined {
  const definition = PACKAGE[`k8s.${name}`];
  return definition !== undefined && isMessage(definition) ? definition.deserialize(bytes) : undefined;
}

function isMessage(definition: AnyDefinition): definition is MessageTypeDefinition<object, KubernetesMessage> {
  return definition.format === "Protocol Buffer 3 DescriptorProto";
}
