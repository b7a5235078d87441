import type { HttpReply } from "../transport/index.js";
import type { FaultValues, HttpStrike } from "./fault.js";

/** Cuts an exchange where `at` says; nothing when that lies before HTTP. */
export function cutAt(values: FaultValues, how: NonNullable<HttpReply["cutHow"]>): HttpStrike | undefined {
  switch (values.at) {
    case "request":
      return () => ({ status: 0, cut: "before-headers", cutHow: how });
    case "headers":
      return async (request, next) => ({ ...(await next(request)), cut: "after-headers", cutHow: how });
    case "body":
      return async (request, next) => ({ ...(await next(request)), cut: "in-body", cutHow: how });
    default:
      return undefined;
  }
}
