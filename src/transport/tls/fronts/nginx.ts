import { nginxPage } from "../nginx-pages.js";
import type { Front } from "./front.js";
import { openssl, opensslError } from "./openssl.js";

const PLAIN_HTTP_NGINX = nginxPage("The plain HTTP request was sent to HTTPS port");

export const nginx: Front = {
  ...openssl,
  id: "nginx",
  doc: "nginx: refuses client certificates in HTTP with a page of its own, after a handshake that succeeds.",
  certificateAlert: () => "http",
  verifiesOptional: true,
  plainHttp: () =>
    `HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${PLAIN_HTTP_NGINX.length}\r\n` +
    `Connection: close\r\n\r\n${PLAIN_HTTP_NGINX}`,
  log: (problem, remote) => {
    const client = remote.replace(/:\d+$/, "");
    if (problem.kind === "plain-http") {
      return {
        level: "info",
        line: `client sent plain HTTP request to HTTPS port while reading client request headers, client: ${client}`,
      };
    }
    if (problem.kind === "client-certificate") {
      const what =
        problem.problem.kind === "missing"
          ? "client sent no required SSL certificate"
          : `client SSL certificate verify error: (${problem.problem.openssl})`;
      return { level: "info", line: `${what} while reading client request headers, client: ${client}` };
    }
    if (problem.kind === "closed")
      return {
        level: "info",
        line: `peer closed connection in SSL handshake while SSL handshaking, client: ${client}`,
      };
    const error = opensslError(problem);
    return error === undefined
      ? undefined
      : { level: "info", line: `SSL_do_handshake() failed (SSL: ${error}) while SSL handshaking, client: ${client}` };
  },
};
