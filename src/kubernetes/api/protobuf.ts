import type { JsonObject } from "../objects.js";

/** How a field of a message is written: by its number, its JSON name and what it holds. */
type Field = readonly [number: number, name: string, holds: Holds, repeated?: "repeated"];
type Holds = "string" | "int" | "bool" | "bytes by name" | "text by name" | "texts by name" | Message;
type Message = readonly Field[];

const OWNER: Message = [
  [1, "kind", "string"],
  [3, "name", "string"],
  [4, "uid", "string"],
  [5, "apiVersion", "string"],
  [6, "controller", "bool"],
  [7, "blockOwnerDeletion", "bool"],
];
const METADATA: Message = [
  [1, "name", "string"],
  [2, "generateName", "string"],
  [3, "namespace", "string"],
  [5, "uid", "string"],
  [6, "resourceVersion", "string"],
  [11, "labels", "text by name"],
  [12, "annotations", "text by name"],
  [13, "ownerReferences", OWNER, "repeated"],
  [14, "finalizers", "string", "repeated"],
];
const OBJECT: Field = [1, "metadata", METADATA];
const ATTRIBUTES: Message = [
  [1, "namespace", "string"],
  [2, "verb", "string"],
  [3, "group", "string"],
  [4, "version", "string"],
  [5, "resource", "string"],
  [6, "subresource", "string"],
  [7, "name", "string"],
];
const PATH_ATTRIBUTES: Message = [
  [1, "path", "string"],
  [2, "verb", "string"],
];
const OWN_ACCESS: Message = [
  [1, "resourceAttributes", ATTRIBUTES],
  [2, "nonResourceAttributes", PATH_ATTRIBUTES],
];
const ACCESS: Message = [
  ...OWN_ACCESS,
  [3, "user", "string"],
  [4, "groups", "string", "repeated"],
  [5, "extra", "texts by name"],
  [6, "uid", "string"],
];
const REFERENCE: Message = [
  [1, "kind", "string"],
  [2, "namespace", "string"],
  [3, "name", "string"],
  [4, "uid", "string"],
  [5, "apiVersion", "string"],
  [6, "resourceVersion", "string"],
  [7, "fieldPath", "string"],
];
const RULE: Message = [
  [1, "verbs", "string", "repeated"],
  [2, "apiGroups", "string", "repeated"],
  [3, "resources", "string", "repeated"],
  [4, "resourceNames", "string", "repeated"],
  [5, "nonResourceURLs", "string", "repeated"],
];
const SUBJECT: Message = [
  [1, "kind", "string"],
  [2, "apiGroup", "string"],
  [3, "name", "string"],
  [4, "namespace", "string"],
];
const ROLE_REF: Message = [
  [1, "apiGroup", "string"],
  [2, "kind", "string"],
  [3, "name", "string"],
];
const ROLE: Message = [OBJECT, [2, "rules", RULE, "repeated"]];
const BINDING: Message = [OBJECT, [2, "subjects", SUBJECT, "repeated"], [3, "roleRef", ROLE_REF]];
const BOUND_OBJECT: Message = [
  [1, "kind", "string"],
  [2, "apiVersion", "string"],
  [3, "name", "string"],
  [4, "uid", "string"],
];
const TOKEN_REQUEST: Message = [
  [1, "audiences", "string", "repeated"],
  [3, "boundObjectRef", BOUND_OBJECT],
  [4, "expirationSeconds", "int"],
];
const TOKEN_REVIEW: Message = [
  [1, "token", "string"],
  [2, "audiences", "string", "repeated"],
];

/** What clients send of the kinds that the fake serves, but for what is the server's to write. (k8s.io/api generated.proto) */
const KINDS: Readonly<Record<string, Message>> = {
  ClusterRole: ROLE,
  ClusterRoleBinding: BINDING,
  ConfigMap: [OBJECT, [2, "data", "text by name"], [3, "binaryData", "bytes by name"], [4, "immutable", "bool"]],
  LocalSubjectAccessReview: [OBJECT, [2, "spec", ACCESS]],
  Namespace: [OBJECT, [2, "spec", [[1, "finalizers", "string", "repeated"]]]],
  Role: ROLE,
  RoleBinding: BINDING,
  Secret: [
    OBJECT,
    [2, "data", "bytes by name"],
    [3, "type", "string"],
    [4, "stringData", "text by name"],
    [5, "immutable", "bool"],
  ],
  SelfSubjectAccessReview: [OBJECT, [2, "spec", OWN_ACCESS]],
  SelfSubjectReview: [OBJECT],
  ServiceAccount: [
    OBJECT,
    [2, "secrets", REFERENCE, "repeated"],
    [3, "imagePullSecrets", [[1, "name", "string"]], "repeated"],
    [4, "automountServiceAccountToken", "bool"],
  ],
  SubjectAccessReview: [OBJECT, [2, "spec", ACCESS]],
  TokenRequest: [OBJECT, [2, "spec", TOKEN_REQUEST]],
  TokenReview: [OBJECT, [2, "spec", TOKEN_REVIEW]],
};

const MAGIC = Buffer.from("k8s\0", "latin1");
const ENVELOPE: Message = [
  [1, "apiVersion", "string"],
  [2, "kind", "string"],
];

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
  let about: JsonObject = {};
  let raw: Buffer = Buffer.alloc(0);
  for (const [number, value] of fieldsOf(body.subarray(MAGIC.length))) {
    if (number === 1 && Buffer.isBuffer(value)) about = read(value, ENVELOPE);
    if (number === 2 && Buffer.isBuffer(value)) raw = value;
  }
  const message = typeof about.kind === "string" ? KINDS[about.kind] : undefined;
  return { object: { ...about, ...(message !== undefined && read(raw, message)) }, known: message !== undefined };
}

function read(body: Buffer, message: Message): JsonObject {
  const object: Record<string, unknown> = {};
  for (const [number, value] of fieldsOf(body)) {
    const field = message.find(([its]) => its === number);
    if (field === undefined) continue;
    const [, name, holds, repeated] = field;
    if (repeated !== undefined) object[name] = [...listAt(object, name), held(value, holds)];
    else if (isMap(holds)) object[name] = { ...mapAt(object, name), ...entry(value, holds) };
    // Go's generated code writes empty texts, too, which its JSON leaves out.
    else if (holds !== "string" || bufferOf(value).length > 0) object[name] = held(value, holds);
  }
  return object;
}

function held(value: Buffer | bigint, holds: Holds): unknown {
  if (typeof value === "bigint") return holds === "bool" ? value !== 0n : Number(BigInt.asIntN(64, value));
  if (typeof holds !== "string") return read(value, holds);
  return value.toString();
}

function isMap(holds: Holds): boolean {
  return holds === "bytes by name" || holds === "text by name" || holds === "texts by name";
}

/** An entry of a map is a message of its own: 1 is the key, 2 the value. */
function entry(value: Buffer | bigint, holds: Holds): JsonObject {
  if (typeof value === "bigint") return {};
  const parts = new Map(fieldsOf(value));
  const [key, content] = [bufferOf(parts.get(1)), bufferOf(parts.get(2))];
  const shown =
    holds === "bytes by name"
      ? content.toString("base64")
      : holds === "texts by name"
        ? texts(content)
        : content.toString();
  return { [key.toString()]: shown };
}

function texts(value: Buffer): string[] {
  return [...fieldsOf(value)].map(([, item]) => bufferOf(item).toString());
}

function bufferOf(value: Buffer | bigint | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function listAt(object: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const found = object[name];
  return Array.isArray(found) ? found : [];
}

function mapAt(object: Readonly<Record<string, unknown>>, name: string): object {
  const found = object[name];
  return typeof found === "object" && found !== null ? found : {};
}

/** The fields of a message as they come: numbers as they are, everything else as bytes. */
function* fieldsOf(body: Buffer): Generator<readonly [number: number, value: Buffer | bigint]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body[at++];
      if (byte === undefined) throw new Error("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < body.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) yield [tag >> 3, varint()];
    else {
      // 1 and 5 are fixed numbers, which none of these messages has.
      const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
      if (at + length > body.length) throw new Error("unexpected EOF");
      yield [tag >> 3, body.subarray(at, at + length)];
      at += length;
    }
  }
}
