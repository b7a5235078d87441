import type { Agent } from "../agent.js";
import type { Node } from "../../transport/grpc/sds-messages.js";

/** How bundles are sent: for Envoy's SPIFFE validator, or as plain `trusted_ca`. */
export type Style = "spiffe-validator" | "trusted-ca";

export interface StyleChoice {
  readonly style: Style;
  /** Why, in words for the journal. */
  readonly why: string;
}

/** The style for a node. (sdsv3/handler.go: isSPIFFECertValidationDisabled, supportsSPIFFEAuthExtension) */
export function styleFor(agent: Agent, node: Node | null): StyleChoice {
  if (!agent.has("sds-spiffe-validator")) return { style: "trusted-ca", why: "this release knows no SPIFFE validator" };
  const disabled = disabledFor(agent, node);
  if (disabled !== undefined) return { style: "trusted-ca", why: disabled };
  const version = node?.userAgentBuildVersion?.version;
  if (version === undefined || version === null) {
    return agent.has("sds-validator-is-default")
      ? { style: "spiffe-validator", why: "the client does not tell its version" }
      : { style: "trusted-ca", why: "the client does not tell its version, which this release takes for an old one" };
  }
  const { majorNumber: major, minorNumber: minor } = version;
  const able = (major === 1 && minor > 17) || major > 1;
  return { style: able ? "spiffe-validator" : "trusted-ca", why: `the client is version ${major}.${minor}` };
}

function disabledFor(agent: Agent, node: Node | null): string | undefined {
  if (!agent.has("sds-validator-can-be-disabled")) return undefined;
  const value = node?.metadata?.fields.disable_spiffe_cert_validation;
  const asked =
    value?.kind === "boolValue"
      ? value.boolValue
      : value?.kind === "stringValue"
        ? goBool(value.stringValue)
        : undefined;
  if (asked !== undefined) return asked ? "the node's metadata disables SPIFFE certificate validation" : undefined;
  return agent.sds.disableSpiffeCertValidation
    ? "the agent's configuration disables SPIFFE certificate validation"
    : undefined;
}

/** Go: strconv.ParseBool */
function goBool(text: string | undefined): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text ?? "")) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text ?? "")) return false;
  return undefined;
}
