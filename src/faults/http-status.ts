import { type FaultKind, number, text } from "./fault.js";

const STATUS = 503;

export const httpStatus: FaultKind = {
  id: "http-status",
  says: "Answers a request with a status and a body, as a load balancer does that has no server behind it.",
  parameters: {
    status: { says: "The HTTP status", default: STATUS },
    body: { says: "The reply's body as it is" },
    headers: { says: "The reply's headers" },
  },
  http: (values) => () => ({
    status: number(values, "status", STATUS),
    headers: strings(values.headers),
    body: text(values, "body", ""),
  }),
};

function strings(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, item]) => [name, String(item)]));
}
