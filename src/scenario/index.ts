export { builtInFolder, findScenario, listScenarios, splitVariant } from "./catalogue.js";
export { lintScenario, loadScenario, scenarioJsonSchemaText } from "./lazy.js";
export type { KnownChecks, LintOptions } from "./lint/index.js";
export type { ScenarioText } from "./load.js";
export { applyVariant, expectationOf, mergePatch, variantOf } from "./merge.js";
export { formatProblem, type Problem, ScenarioError } from "./problem.js";
export {
  resolve,
  type TemplateId,
  type TemplateLookup,
  type TemplateName,
  templateProblem,
  TEMPLATES,
  templatesIn,
  type TemplateUse,
} from "./templates.js";
export type {
  CertificateSetting,
  Change,
  ClientSetting,
  Effective,
  Expectation,
  ExternalKubernetesSetting,
  FaultSetting,
  IstioSetting,
  KubernetesSetting,
  Manifest,
  Observation,
  Scenario,
  Sighting,
  SpireSetting,
  TlsFrontSetting,
  Variant,
  VaultSetting,
  World,
} from "./types.js";
