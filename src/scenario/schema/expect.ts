import { z } from "zod";
import { maybe } from "./common.js";

/** One thing that the journal must hold, or must not: all keys given must hold of the same request. */
export const Sighting = z
  .strictObject({
    server: z.enum(["vault", "kubernetes", "spire", "istio-agent", "client", "lab"]),
    request: maybe(z.string().regex(/^\S+ \//, "is not METHOD and path such as POST /v1/auth/kubernetes/login")).meta({
      description: "METHOD path; * stands for any run of characters",
    }),
    status: maybe(z.int()).meta({ description: "HTTP status, or gRPC code" }),
    details: maybe(z.string()).meta({ description: "The text beside a gRPC code, exact" }),
    refusedBy: maybe(z.string()).meta({ description: "Id of the check that refused" }),
    log: maybe(z.string()).meta({ description: "A part of a line that the real server would have logged" }),
    resource: maybe(z.string()).meta({ description: "An SDS resource name that was asked for" }),
    handshake: maybe(z.enum(["completed", "failed"])),
    alert: maybe(z.string()).meta({ description: "The alert that ended a handshake, such as handshake_failure" }),
    endedBy: maybe(z.enum(["server", "client"])).meta({ description: "Who sent it" }),
    audit: maybe(z.record(z.string(), z.unknown())).meta({
      description:
        "A part of a line that Vault's audit devices wrote about the request: what is given must be there, null must " +
        "not; * in a text stands for any run of characters",
    }),
  })
  .meta({ id: "Sighting", description: "Something that a fake saw or did" });

export const Observation = Sighting.extend({
  times: maybe(z.int().min(1)).meta({ description: "In how many requests, exactly; in one or more if left out" }),
}).meta({ id: "Observation", description: "Something that a fake saw or did, and how often" });

const Outcome = z.enum(["success", "failure"]);

const ClientExpectation = z.strictObject({
  outcome: Outcome,
  says: maybe(z.string()),
});

const parts = {
  says: maybe(z.string()).meta({ description: "The text that the user sees, exact; {{vault.url}} and friends allowed" }),
  observed: maybe(z.array(Observation)).meta({ description: "The journal must hold these" }),
  never: maybe(z.array(Sighting)).meta({ description: "And none of these" }),
  clients: maybe(z.record(z.string(), ClientExpectation)).meta({ description: "What the clients beside it say, by name" }),
};

export const Expectation = z
  .strictObject({ outcome: Outcome, ...parts })
  .meta({ id: "Expectation", description: "What must come out" });

export const VariantExpectation = z
  .strictObject({ outcome: maybe(Outcome), ...parts })
  .meta({
    id: "VariantExpectation",
    description:
      "What must come out. Where the outcome is the scenario's own, every key left out is as the scenario has it; " +
      "where it differs, nothing is taken over. Left out altogether: as the scenario for a red-herring, success otherwise.",
  });
