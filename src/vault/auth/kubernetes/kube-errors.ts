import { goQuote } from "../../../runtime/index.js";

/** The parts of a metav1.Status that become an error's text. */
interface Status {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly code?: unknown;
}

/** The Status that a body holds, if what it holds is a JSON object. */
export function statusOf(value: unknown): Status | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Error)
    ? value
    : undefined;
}

/** What a Status says as an error. (k8s.io/apimachinery: errors.FromObject) */
export function statusMessage(status: Status): string {
  return typeof status.message === "string" ? status.message : "";
}

/**
 * What an unexpected HTTP answer says as an error: mostly the client library's own words; the server's body is used only
 * for a few statuses. (k8s.io/apimachinery: errors.NewGenericServerResponse)
 */
export function genericServerResponse(status: number, body: string): string {
  const words = GENERIC[status];
  if (words !== undefined) return words;
  if (status === 403 || status === 415) return body;
  if (status === 406)
    return body === "" ? "the server was unable to respond with a content type that the client supports" : body;
  if (status >= 500) return `an error on the server (${goQuote(body)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

const GENERIC: Readonly<Record<number, string>> = {
  400: "the server rejected our request for an unknown reason",
  401: "the server has asked for the client to provide credentials",
  404: "the server could not find the requested resource",
  405: "the server does not allow this method on the requested resource",
  409: "the server reported a conflict",
  422: "the server rejected our request due to an error in our request",
  429: "the server has received too many requests and has asked us to try again later",
  503: "the server is currently unable to handle the request",
  504: "the server was unable to return a response in the time allotted, but may still be processing the request",
};
