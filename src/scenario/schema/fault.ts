import { z } from "zod";
import { Duration, maybe } from "./common.js";

/** A deliberate misbehaviour laid over a fake: the kinds and parameters of src/faults, and those of gRPC streams. */

const common = {
  on: z
    .strictObject({
      server: z.enum(["vault", "kubernetes", "spire", "istio-agent"]),
      request: maybe(z.string()).meta({ description: "METHOD path, * for any run of characters; everything if left out" }),
      resource: maybe(z.string()).meta({ description: "An SDS resource name" }),
    })
    .meta({ description: "What it strikes" }),
  times: maybe(z.int().positive()).meta({ description: "How often; always if left out" }),
  after: maybe(z.int().nonnegative()).meta({ description: "How many it lets pass first" }),
  ttl: maybe(Duration).meta({ description: "How long it lasts, in lab time" }),
};

const AT = z.enum(["connect", "hello", "request", "headers", "body"]);

export const Fault = z
  .discriminatedUnion("fault", [
    z.strictObject({
      fault: z.literal("http-status"),
      ...common,
      status: maybe(z.int().min(100).max(599)),
      body: maybe(z.string()),
      headers: maybe(z.record(z.string(), z.string())),
    }),
    z.strictObject({ fault: z.literal("delay"), ...common, for: maybe(Duration) }),
    z.strictObject({ fault: z.literal("close"), ...common, at: maybe(AT) }),
    z.strictObject({ fault: z.literal("reset"), ...common, at: maybe(AT) }),
    z.strictObject({ fault: z.literal("silence"), ...common, at: maybe(z.enum(["connect", "hello", "request"])) }),
    z.strictObject({ fault: z.literal("garbage"), ...common, text: maybe(z.string()) }),
    z.strictObject({ fault: z.literal("half-record"), ...common, bytes: maybe(z.int().positive()) }),
    z.strictObject({ fault: z.literal("tls-alert"), ...common, alert: maybe(z.union([z.string(), z.int().min(0).max(255)])) }),
    z.strictObject({ fault: z.literal("grpc-status"), ...common, code: z.int().min(0).max(16), message: maybe(z.string()) }),
  ])
  .meta({ id: "Fault", description: "A deliberate misbehaviour" });
