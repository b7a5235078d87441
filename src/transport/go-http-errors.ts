/**
 * What Go's net/http server writes when a request cannot be read, and then closes (net/http: conn.serve).
 * Every fake here stands for a Go server.
 */
const HEADERS = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";

function answer(status: string): string {
  return `HTTP/1.1 ${status}${HEADERS}${status}`;
}

export const GO_HTTP_ERRORS = {
  badRequest: answer("400 Bad Request"),
  missingHost: answer("400 Bad Request: missing required Host header"),
  malformedHost: answer("400 Bad Request: malformed Host header"),
  invalidHeaderName: answer("400 Bad Request: invalid header name"),
  invalidHeaderValue: answer("400 Bad Request: invalid header value"),
  headersTooLarge: answer("431 Request Header Fields Too Large"),
  unsupportedEncoding: `HTTP/1.1 501 Not Implemented${HEADERS}Unsupported transfer encoding`,
  unsupportedVersion: answer("505 HTTP Version Not Supported: unsupported protocol version"),
  /** On a TLS port: written bare, since there is no TLS to write it through. */
  plainHttpOnTls: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
} as const;

/** The answer to what Node's parser stumbled over, or nothing where Go just closes. */
export function goAnswerTo(code: string | undefined): string | undefined {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return GO_HTTP_ERRORS.headersTooLarge;
    case "HPE_INVALID_TRANSFER_ENCODING":
      return GO_HTTP_ERRORS.unsupportedEncoding;
    case "HPE_INVALID_VERSION":
      return GO_HTTP_ERRORS.unsupportedVersion;
    case "ECONNRESET":
    case "EPIPE":
    case "HPE_INVALID_EOF_STATE":
      return undefined;
    default:
      return GO_HTTP_ERRORS.badRequest;
  }
}
