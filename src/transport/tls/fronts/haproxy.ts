import type { Front, HandshakeProblem } from "./front.js";
import { openssl } from "./openssl.js";

export const haproxy: Front = {
  ...openssl,
  id: "haproxy",
  doc: "HAProxy: OpenSSL's alerts; a client whose ALPN list has nothing in common goes on without one.",
  insistsOnAlpn: false,
  // The real line has the time of accepting in the midst of it; the journal has it beside.
  log: (problem, remote) => ({ level: "info", line: `${remote} fe/1: ${words(problem)}` }),
};

/** HAProxy: src/connection.c conn_err_code_str. */
function words(problem: HandshakeProblem): string {
  switch (problem.kind) {
    case "closed":
      return "Connection closed during SSL handshake";
    case "reset":
      return "Connection error during SSL handshake";
    case "timeout":
      return "Timeout during SSL handshake";
    case "client-certificate":
      return problem.problem.kind === "missing" ? "SSL handshake failure" : "SSL client certificate not trusted";
    default:
      return "SSL handshake failure";
  }
}
