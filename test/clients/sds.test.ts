import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Lab, startLab } from "../../src/index.js";
import { Program, type Step } from "./support/program.js";
import { goProgram, type Tool } from "./support/tools.js";

const SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
const VALIDATOR = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";

/** protojson of a Secret, as Envoy's own definitions print it. */
interface Secret {
  readonly name: string;
  readonly tlsCertificate?: Record<"certificateChain" | "privateKey", { readonly inlineBytes: string }>;
  readonly validationContext?: {
    readonly trustedCa?: { readonly inlineBytes: string };
    readonly customValidatorConfig?: {
      readonly name: string;
      readonly typedConfig: {
        readonly "@type": string;
        readonly trustDomains: readonly {
          readonly name: string;
          readonly trustBundle: { readonly inlineBytes: string };
        }[];
      };
    };
  };
}

interface Answer extends Step {
  readonly version: string;
  readonly nonce: string;
  readonly type: string;
  /** Bytes that Envoy's definitions do not know. */
  readonly strangers: number;
  readonly secrets: readonly { readonly secret: Secret; readonly strangers: number; readonly error?: string }[];
}

const pem = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString();

let tool: Tool = { missing: "not prepared" };
let lab: Lab;
beforeAll(async () => {
  tool = await goProgram(join(import.meta.dirname, "go-sds"));
}, 600_000);
beforeEach(async () => {
  lab = await startLab("istio/spire-file-root-system");
});
afterEach(async () => await lab.stop());

const start = (socket: string, env: Readonly<Record<string, string>> = {}): Program =>
  new Program("path" in tool ? tool.path : "", [], { env: { SPIFFE_ENDPOINT_SOCKET: socket, ...env } });
const answerOf = async (program: Program): Promise<Answer> => (await program.step("answer")) as Answer;

/** Waits until the agent has read so many requests: an acknowledgement is sent with the answer, but read later. */
async function requestsRead(count: number): Promise<void> {
  let after = 0;
  for (let read = 0; read < count;) {
    const event = await lab.journal.waitFor({ type: "message" }, { after });
    if (event.type === "message" && event.direction === "received") read += 1;
    after = event.seq;
  }
}

test("Envoy's generated code reads every field of SPIRE's certificate and validator", async ({ skip }) => {
  skip(tool.missing !== undefined, tool.missing);
  await using program = start(lab.spire.url);
  program.say("default ROOTCA");
  const answer = await answerOf(program);
  expect(answer).toMatchObject({ version: "1", type: SECRET, strangers: 0 });
  expect(answer.nonce).toMatch(/^[0-9a-f]{8}$/);
  expect(answer.secrets.map(({ error, strangers }) => ({ error, strangers }))).toEqual([
    { strangers: 0 },
    { strangers: 0 },
  ]);
  const secrets = new Map(answer.secrets.map(({ secret }) => [secret.name, secret]));
  const { certificateChain, privateKey } = secrets.get("default")?.tlsCertificate ?? {};
  const certificate = new X509Certificate(pem(certificateChain?.inlineBytes));
  expect(certificate.checkPrivateKey(createPrivateKey(pem(privateKey?.inlineBytes)))).toBe(true);
  const validator = secrets.get("ROOTCA")?.validationContext?.customValidatorConfig;
  expect(validator).toMatchObject({ name: "envoy.tls.cert_validator.spiffe", typedConfig: { "@type": VALIDATOR } });
  const [domain] = validator?.typedConfig.trustDomains ?? [];
  expect(domain?.name).toBe("example.org");
  expect(certificate.verify(new X509Certificate(pem(domain?.trustBundle.inlineBytes)).publicKey)).toBe(true);
});

test("SPIRE reads which Envoy calls, and sends a plain CA to one that is too old for the validator", async ({
  skip,
}) => {
  skip(tool.missing !== undefined, tool.missing);
  await using program = start(lab.spire.url, { ENVOY_MINOR: "17" });
  program.say("ROOTCA");
  const [only] = (await answerOf(program)).secrets;
  expect(Object.keys(only?.secret.validationContext ?? {})).toEqual(["trustedCa"]);
});

test("a changed list is answered on the same call, a rotation is pushed, and an unknown name ends the call", async ({
  skip,
}) => {
  skip(tool.missing !== undefined, tool.missing);
  await using program = start(lab.spire.url);
  program.say("default");
  const first = await answerOf(program);
  program.say("default ROOTCA");
  expect((await answerOf(program)).secrets).toHaveLength(2);
  await requestsRead(4);
  await lab.clock.advance(0.6 * 3_600_000);
  const pushed = await answerOf(program);
  expect(pushed.version).toBe("2");
  expect(pushed.secrets[0]?.secret).not.toEqual(first.secrets[0]?.secret);
  program.say("file-root:system");
  expect(await program.step("end")).toMatchObject({
    code: 3,
    error: 'workload is not authorized for the requested identities ["file-root:system"]',
  });
  const received = lab.journal
    .events()
    .flatMap((event) => (event.type === "message" && event.direction === "received" ? [event.summary.kind] : []));
  expect(received).toEqual(["first", "ack", "ack", "ack", "ack", "ack"]);
});

test("it reads what the istio-agent sends of its files", async ({ skip }) => {
  skip(tool.missing !== undefined, tool.missing);
  await lab.apply("istio-1.26");
  await using program = start(lab.env().MISTRUST_ISTIO_FILES_SOCKET ?? "");
  program.say("file-root:system");
  const answer = await answerOf(program);
  expect(answer).toMatchObject({ type: SECRET, strangers: 0 });
  const [only] = answer.secrets;
  expect(only).toMatchObject({ strangers: 0, secret: { name: "file-root:system" } });
  expect(new X509Certificate(pem(only?.secret.validationContext?.trustedCa?.inlineBytes)).ca).toBe(true);
});
