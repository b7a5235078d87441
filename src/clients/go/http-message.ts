import type { GoError } from "./error.js";

/** A request as Go's net/http sends it; header names in Go's canonical form. */
export interface GoRequest {
  readonly method: string;
  readonly url: URL;
  /** The path as the program has it, where it does not begin with a slash. */
  readonly relativePath?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface GoResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Set if the body was cut short. */
  readonly bodyError?: GoError;
}

/** An open connection that takes requests one after the other. */
export interface HttpConnection {
  /** Can it take another request? */
  readonly isOpen: boolean;
  /** @throws GoError in Go's words, without the method and URL */
  send(request: GoRequest): Promise<GoResponse>;
  close(): void;
}

/** What Go sends for the length of a body; methods that usually have one say so if it is empty. */
export function contentLength({ method, body }: GoRequest): Record<string, string> {
  if (body !== undefined) return { "Content-Length": String(Buffer.byteLength(body)) };
  return method === "PUT" || method === "POST" || method === "PATCH" ? { "Content-Length": "0" } : {};
}

/** Node's headers as plain text by lower-case name. */
export function flatten(
  headers: Readonly<Record<string, string | string[] | number | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":"))
      flat[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return flat;
}
