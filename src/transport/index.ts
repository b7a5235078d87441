export type { Address } from "./address.js";
export { type Connection, remoteOf } from "./connection.js";
export { GO_HTTP_ERRORS } from "./go-http-errors.js";
export type { HttpHandler, HttpReply, HttpRequest, TlsInfo } from "./http.js";
export { listen, type Listener, type ListenOptions } from "./listener.js";
export type { TlsFront, TlsSettings } from "./tls/front.js";
