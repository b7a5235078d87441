import { parseGoDuration } from "../runtime/index.js";
import { type FaultKind, text } from "./fault.js";

export const delay: FaultKind = {
  id: "delay",
  says: "Answers as ever, but later, by the lab's clock.",
  parameters: { for: { says: "How long, such as `30s`", default: "1s" } },
  http: (values, clock) => async (request, next) => {
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, durationMs(text(values, "for", "1s"))));
    return await next(request);
  },
};

function durationMs(duration: string): number {
  return parseGoDuration(duration) ?? 1_000;
}
