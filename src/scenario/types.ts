import type { z } from "zod";
import type * as schema from "./schema/index.js";

/**
 * The format's types, taken from its schema. Only types: importing this loads nothing.
 * Every key of the YAML file is here under its own name, and nothing else.
 */

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

type Of<T extends z.ZodType> = Frozen<z.output<T>>;

export type Scenario = Of<typeof schema.Scenario>;
export type Variant = Of<typeof schema.Variant>;
export type Change = Of<typeof schema.Change>;
export type Expectation = Of<typeof schema.Expectation>;
export type Observation = Of<typeof schema.Observation>;
export type Sighting = Of<typeof schema.Sighting>;

export type World = Of<typeof schema.World>;
export type KubernetesSetting = Of<typeof schema.KubernetesWorld>;
export type ExternalKubernetesSetting = Of<typeof schema.ExternalKubernetes>;
export type VaultSetting = Of<typeof schema.VaultWorld>;
export type SpireSetting = Of<typeof schema.SpireWorld>;
export type IstioSetting = Of<typeof schema.IstioWorld>;
export type TlsFrontSetting = Of<typeof schema.TlsFront>;
export type CertificateSetting = Of<typeof schema.Certificate>;
export type FaultSetting = Of<typeof schema.Fault>;

export type ClientSetting = Of<typeof schema.Client>;
export type Manifest = ClientSetting["manifests"][string];

/** A scenario as one experiment: the variant, if any, is applied already, to the expectation too. */
export type Effective = Omit<Scenario, "variants"> & {
  /** The variant in it; absent for the scenario as it stands. */
  readonly variant?: Variant;
};
