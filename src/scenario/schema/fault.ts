import { z } from "zod";
import { Duration, maybe } from "./common.js";

/** A deliberate misbehaviour laid over a fake. */

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

export const Fault = z
  .discriminatedUnion("fault", [
    z.strictObject({
      fault: z.literal("http-status"),
      ...common,
      status: z.int().min(100).max(599),
      body: maybe(z.string()),
      headers: maybe(z.record(z.string(), z.string())),
    }),
    z.strictObject({ fault: z.literal("delay"), ...common, for: Duration }),
    z.strictObject({ fault: z.literal("close"), ...common, at: maybe(z.enum(["connect", "request", "headers", "body"])) }),
    z.strictObject({ fault: z.literal("reset"), ...common, at: maybe(z.enum(["connect", "request", "headers", "body"])) }),
    z.strictObject({ fault: z.literal("silence"), ...common }),
    z.strictObject({ fault: z.literal("garbage"), ...common, text: maybe(z.string()) }),
    z.strictObject({ fault: z.literal("half-record"), ...common }),
    z.strictObject({ fault: z.literal("tls-alert"), ...common, alert: z.string() }),
    z.strictObject({ fault: z.literal("grpc-status"), ...common, code: z.int().min(0).max(16), message: maybe(z.string()) }),
  ])
  .meta({ id: "Fault", description: "A deliberate misbehaviour" });
