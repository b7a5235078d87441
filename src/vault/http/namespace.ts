import type { HttpReply, HttpRequest } from "../../transport/index.js";
import type { Core } from "../core/core.js";
import { hasQuirk } from "../release.js";
import { errorReply } from "./reply.js";

/** Where a request goes: a namespace's own core, and the path there. */
export interface Place {
  readonly core: Core;
  /** Beginning with `/v1/`. */
  readonly path: string;
}

/** The header is echoed whatever the server makes of it. */
export function withNamespace(request: HttpRequest, reply: HttpReply): HttpReply {
  const namespace = request.headers["x-vault-namespace"];
  if (namespace === undefined || namespace === "") return reply;
  return { ...reply, headers: { ...reply.headers, "X-Vault-Namespace": namespace } };
}

/**
 * The namespace that header and path name together. A community Vault ignores the header; Enterprise takes an unknown name for
 * a part of the path, which leads nowhere; OpenBao says so.
 * @param isOperator is the path one of those that are answered beside the logical API?
 */
export function placeOf(core: Core, request: HttpRequest, path: string, isOperator: boolean): Place | HttpReply {
  const { namespaces } = core;
  const named = (request.headers["x-vault-namespace"] ?? "").replace(/^\/+|\/+$/g, "");
  const wanted = named === "root" ? "" : named;
  const checked = wanted !== "" && hasQuirk(core.release, "namespaces-are-checked");
  if (isOperator) {
    return checked ? errorReply({ status: 400, text: "operation unavailable in namespaces" }) : { core, path };
  }
  if (namespaces === undefined && !checked) return { core, path };
  const full = wanted === "" ? path.slice("/v1/".length) : `${wanted}/${path.slice("/v1/".length)}`;
  if (checked && namespaces?.get(`${wanted}/`) === undefined) {
    return errorReply({ status: 404, text: "namespace not found" });
  }
  const found = namespaces?.locate(full);
  return found === undefined ? { core, path: `/v1/${full}` } : { core: found.core, path: `/v1/${found.rest}` };
}
