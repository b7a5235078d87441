import { type Command, Option } from "commander";
import type { LabOptions } from "../lab/index.js";

const VAULT_STATES = [
  "active",
  "standby",
  "performance-standby",
  "dr-secondary",
  "leaderless",
  "sealed",
  "uninitialized",
] as const;
type VaultState = (typeof VAULT_STATES)[number];

/** What `serve` and `run` take to set up a world beyond what the scenario says. */
export interface WorldOptions {
  readonly variant?: string;
  readonly seed?: string;
  readonly vaultVersion?: string;
  readonly vaultListen?: string;
  readonly vaultRootToken?: string;
  readonly vaultTls: boolean;
  readonly vaultConfig?: string;
  readonly vaultState?: VaultState;
  readonly boundAudiences?: "enforce" | "ignore";
  readonly audit?: boolean;
  readonly kubernetesListen?: string;
  readonly spire?: boolean;
  readonly spireVersion?: string;
  readonly spireSocket?: string;
  readonly write?: readonly string[];
}

export function addWorldOptions(command: Command): Command {
  return command
    .option("--variant <id>", "start in this variant; the same as ID@variant")
    .option("--seed <text>", "draw other ids than the scenario's seed gives")
    .option("--vault-version <version>", 'behave as this release: "1.15.6", "openbao-2.6"')
    .option("--vault-listen <host:port>", "where Vault listens; a free port on 127.0.0.1 if left out")
    .option("--vault-root-token <token>", "Vault's root token")
    .option("--no-vault-tls", "speak plain HTTP, as a dev server does")
    .option("--vault-config <file>", "a Vault configuration file: its tcp listeners are opened, too")
    .addOption(new Option("--vault-state <state>", "the state that it starts in").choices(VAULT_STATES))
    .addOption(
      new Option(
        "--bound-audiences <mode>",
        "bound_audiences on Kubernetes roles: check it, or drop it as the real plugin does",
      ).choices(["enforce", "ignore"]),
    )
    .option("--kubernetes-listen <host:port>", "where the Kubernetes API listens")
    .option("--spire", "a SPIRE agent, too, where the scenario has none")
    .option("--spire-version <version>", 'behave as this release of SPIRE: "1.15.2"')
    .option("--spire-socket <path>", "where the workload socket stands")
    .addOption(
      new Option(
        "--write <file=template>",
        "write what a template stands for into a file, such as api.key=istio.key; may be said more than once",
      ).argParser((wish: string, before: readonly string[] | undefined) => [...(before ?? []), wish]),
    );
}

/** The options as settings that go over the scenario's world. */
export function labOptions(options: WorldOptions, variant: string | undefined): LabOptions {
  const chosen = options.variant ?? variant;
  const vault = {
    ...(options.vaultVersion !== undefined && { version: options.vaultVersion }),
    ...(options.vaultListen !== undefined && { listen: options.vaultListen }),
    ...(options.vaultRootToken !== undefined && { rootToken: options.vaultRootToken }),
    ...(options.vaultConfig !== undefined && { configFile: options.vaultConfig }),
    ...(options.vaultState !== undefined && { state: options.vaultState }),
    ...(options.audit === true && { audit: true }),
    ...(!options.vaultTls && { tls: false as const }),
    ...(options.boundAudiences !== undefined && { boundAudiences: options.boundAudiences }),
  };
  const spire = {
    ...(options.spireVersion !== undefined && { version: options.spireVersion }),
    ...(options.spireSocket !== undefined && { socket: options.spireSocket }),
  };
  return {
    ...(chosen !== undefined && { variant: chosen }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(Object.keys(vault).length > 0 && { vault }),
    ...((options.spire === true || Object.keys(spire).length > 0) && { spire }),
    ...(options.kubernetesListen !== undefined && { kubernetes: { listen: options.kubernetesListen } }),
  };
}
