import { z } from "zod";
import { Client } from "./client.js";
import { Duration, Instant, maybe, Name, Url, VersionRange } from "./common.js";
import { Expectation, VariantExpectation } from "./expect.js";
import { Fault } from "./fault.js";
import { IstioWorld } from "./istio.js";
import { KubernetesWorld } from "./kubernetes.js";
import { SpireWorld } from "./spire.js";
import { VaultWorld } from "./vault.js";

export const World = z
  .strictObject({
    kubernetes: maybe(KubernetesWorld),
    vault: maybe(VaultWorld),
    spire: maybe(SpireWorld),
    istio: maybe(IstioWorld),
  })
  .meta({ id: "World", description: "The fakes, each in its own system's language" });

export const Clock = z
  .strictObject({
    start: maybe(Instant).meta({ description: "The lab's time at start; now if left out" }),
    frozen: maybe(z.boolean()).meta({ description: "Time moves only by hand" }),
    advance: maybe(Duration).meta({
      description: "How far time moves on once the world is set up and before the client comes: 25h",
    }),
  })
  .meta({ description: "The lab's clock" });

const Patch = z
  .record(z.string(), z.unknown())
  .meta({ description: "A JSON merge patch (RFC 7386): null removes a key, a list replaces a list" });

export const Change = z
  .strictObject({
    world: maybe(Patch),
    client: maybe(Patch),
    clients: maybe(Patch),
    faults: maybe(z.array(z.unknown())),
    clock: maybe(Patch),
    seed: maybe(z.string()),
  })
  .meta({ id: "Change", description: "A JSON merge patch (RFC 7386) over the scenario" });

export const VARIANT_KINDS = ["fix", "workaround", "rollback", "red-herring", "contrast"] as const;

export const Variant = z
  .strictObject({
    id: Name.meta({ description: "Unique in the scenario: run ID@variant" }),
    kind: z.enum(VARIANT_KINDS).meta({
      description:
        "fix, workaround and rollback help; a red-herring famously does not; a contrast shows the same in another version or setting",
    }),
    by: z.enum(["client", "vault", "kubernetes", "spire", "istio", "platform"]).meta({ description: "Who has to change" }),
    title: z.string().min(1),
    summary: maybe(z.string()).meta({ description: "Why it helps, or why it does not" }),
    since: maybe(z.string()).meta({ description: 'From which release on, such as "cert-manager 1.15.0"' }),
    sources: maybe(z.array(z.strictObject({ url: Url, says: maybe(z.string()) }))),
    change: Change,
    steps: maybe(z.array(z.string())).meta({ description: "What a person would run" }),
    expect: maybe(VariantExpectation),
  })
  .meta({ id: "Variant", description: "A change of the experiment, and what then must come out" });

export const Scenario = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)+$/, "is not an id such as cert-manager/vault-token-audience")
      .meta({ description: "Equals the path under scenarios/, without .yaml" }),
    title: z.string().min(1),
    summary: z.string().min(1),
    sources: z
      .array(z.strictObject({ url: Url, says: maybe(z.string()).meta({ description: "What it says, in a few words" }) }))
      .min(1)
      .meta({ description: "Where the failure is documented" }),
    affects: maybe(z.array(z.strictObject({ product: z.string(), versions: VersionRange }))).meta({
      description: "Which releases have it",
    }),
    tags: maybe(z.array(Name)),
    seed: maybe(z.string()).meta({ description: "Fixes ids, ports' order and the like; the scenario's id if left out" }),
    clock: maybe(Clock),
    world: World,
    client: maybe(Client),
    clients: maybe(z.record(z.string(), Client)).meta({ description: "Further clients beside it, by name, run in order" }),
    faults: maybe(z.array(Fault)),
    expect: Expectation,
    teach: maybe(
      z.strictObject({
        looksLike: z.string().meta({ description: "What people take it for" }),
        hints: z.array(z.string()).min(1).meta({ description: "From a nudge to the cause" }),
      }),
    ).meta({ description: "For trainers" }),
    variants: maybe(z.array(Variant)),
  })
  .meta({ title: "mistrust scenario", description: "One documented failure: its world, its client, what must come out, and what changes it" });
