import http from "node:http";
import https from "node:https";

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface Asking {
  readonly ca?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One GET on a connection of its own. */
export function get(url: string, asking: Asking): Promise<Reply> {
  return exchange("GET", url, undefined, asking);
}

/** One POST of a JSON body on a connection of its own. */
export function post(url: string, body: unknown, asking: Asking): Promise<Reply> {
  return exchange("POST", url, JSON.stringify(body), asking);
}

export function exchange(
  method: string,
  url: string,
  body: string | undefined,
  { ca, headers = {} }: Asking,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: false, headers: { ...headers, connection: "close" } } as const;
    const answered = (response: http.IncomingMessage): void => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("error", reject);
      response.on("close", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    };
    const request = url.startsWith("https:")
      ? https.request(url, { ...options, ...(ca !== undefined && { ca }) }, answered)
      : http.request(url, options, answered);
    request.on("error", reject);
    request.end(body);
  });
}
