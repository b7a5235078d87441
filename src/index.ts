/**
 * Fake Vault and SPIRE servers that fail exactly the way the real ones do: on demand, deterministically, and with an
 * explanation.
 *
 * ```ts
 * import { startLab } from "mistrust";
 *
 * await using lab = await startLab("cert-manager/vault-token-audience");
 * const reply = await fetch(`${lab.vault.url}/v1/sys/health`);
 * ```
 */
export {
  type CheckRecord,
  type EventOf,
  type EventType,
  type Journal,
  type JournalEvent,
  type Matcher,
} from "./journal/index.js";
export {
  type Experiment,
  experimentsOf,
  type Explanation,
  explain,
  junit,
  junitCases,
  type Lab,
  type LabOptions,
  type Refusal,
  renderExplanation,
  type RenderOptions,
  type Shortfall,
  startLab,
  type Verified,
  verify,
  type VerifyOptions,
} from "./lab/index.js";
export {
  type ErrorCode,
  ERRORS,
  type LabClock,
  type LabClockOptions,
  MistrustError,
  type Place,
} from "./runtime/index.js";
export {
  type Expectation,
  findScenario,
  lintScenario,
  listScenarios,
  loadScenario,
  type Observation,
  type Problem,
  type Scenario,
  type Variant,
  type World,
} from "./scenario/index.js";
