import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { MistrustError } from "../runtime/index.js";
import { problemOf } from "./problem.js";
import type { LabRegistry } from "./registry.js";

export interface ControlOptions {
  readonly labs: LabRegistry;
  /** Port on the loopback interface; any free one if absent. */
  readonly port?: number;
}

/** A running control listener. */
export interface Control extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the control API on the loopback interface. It listens at once; Express is loaded when the first request comes,
 * so that starting a lab does not wait for it.
 * @throws MISTRUST_LISTEN_FAILED
 */
export async function startControl(options: ControlOptions): Promise<Control> {
  let app: Promise<RequestListener> | undefined;
  const server = createServer((request, response) => {
    const foreign = foreignness(request);
    if (foreign !== undefined) {
      refuse(response, foreign);
      return;
    }
    app ??= import("./app.js").then(({ controlApp }) => controlApp(options.labs));
    void app.then(
      (handle) => handle(request, response),
      (error: unknown) => refuse(response, error),
    );
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new MistrustError("MISTRUST_LISTEN_FAILED", `the control listener could not start: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop };
}

/**
 * Web pages can make a browser send requests to the loopback interface. They cannot choose the Host header (which a
 * rebound DNS name gives away), and the browser tells their Origin.
 */
function foreignness(request: IncomingMessage): MistrustError | undefined {
  const { host = "", origin } = request.headers;
  const port = request.socket.localPort ?? 0;
  const own = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  const remedy = `talk to http://${own[0] ?? ""} directly`;
  if (!own.includes(host.toLowerCase())) {
    return new MistrustError("MISTRUST_FORBIDDEN", `the host "${host}" is not this listener`, { remedy });
  }
  if (origin !== undefined && !own.some((name) => origin.toLowerCase() === `http://${name}`)) {
    return new MistrustError("MISTRUST_FORBIDDEN", `pages of "${origin}" may not use this listener`, { remedy });
  }
  return undefined;
}

function refuse(response: ServerResponse, error: unknown): void {
  const problem = problemOf(error);
  response.writeHead(problem.status, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
}
