import { type BackendReply, type BackendRequest, VaultError } from "../core/backend.js";
import { listReply, NOT_FOUND } from "../core/sdk.js";
import { parsePasswordPolicy, passwordOf, PasswordPolicyError } from "../policy/password.js";
import type { SysPaths } from "./context.js";

/** (vault/logical_system.go: minPasswordLength, maxPasswordLength) */
const [SHORTEST, LONGEST] = [4, 100];

/** `policies/password*`. (vault/logical_system.go: handlePoliciesPasswordSet and others) */
export const passwordPolicyPaths: SysPaths = (core) => {
  const policies = new Map<string, string>();
  const name = ({ data }: BackendRequest): string => data.string("name");
  const found = (request: BackendRequest): string => {
    const text = policies.get(name(request));
    if (text === undefined) throw new VaultError(404, "policy does not exist");
    return text;
  };
  return [
    {
      pattern: "policies/password/?$",
      operations: { list: () => (policies.size === 0 ? NOT_FOUND : listReply(policies.keys())) },
      summary: "List the existing password policies.",
    },
    {
      pattern: "policies/password/(?<name>.+)/generate$",
      fields: { name: { type: "string" } },
      operations: {
        read: (request): BackendReply => {
          const password = passwordOf(parsePasswordPolicy(found(request)), core().ids.seed);
          return { data: { password } };
        },
      },
      summary: "Generate a password from an existing password policy.",
    },
    {
      pattern: "policies/password/(?<name>.+)$",
      fields: { name: { type: "string" }, policy: { type: "string" } },
      operations: {
        read: (request) => ({ data: { policy: found(request) } }),
        update: (request) => {
          policies.set(name(request), checked(request));
          return undefined;
        },
        delete: (request) => {
          policies.delete(name(request));
          return undefined;
        },
      },
      summary: "Read, Modify, or Delete a password policy.",
    },
  ];
};

/** The policy as it was sent, or as the base64 of it. */
function checked({ data }: BackendRequest): string {
  const sent = data.string("policy");
  if (sent === "") throw new VaultError(400, "missing policy");
  const isBase64 = sent.length % 4 === 0 && /^[A-Za-z\d+/]+={0,2}$/.test(sent);
  const text = isBase64 ? Buffer.from(sent, "base64").toString("utf8") : sent;
  try {
    const { length } = parsePasswordPolicy(text);
    if (length >= SHORTEST && length <= LONGEST) return text;
  } catch (error) {
    if (!(error instanceof PasswordPolicyError)) throw error;
    throw new VaultError(400, `invalid password policy: ${error.message}`);
  }
  throw new VaultError(400, `passwords must be between ${SHORTEST} and ${LONGEST} characters`);
}
