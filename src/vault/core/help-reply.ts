import type { BackendReply } from "./backend.js";
import { goQuote } from "../../runtime/index.js";
import type { Call } from "./dispatch.js";
import { pathHelp, rootHelp } from "./help.js";
import { encodeJson } from "./json.js";
import { openApi } from "./openapi.js";

/** What `?help=1` and the verb HELP answer: text for people and the same as OpenAPI. `undefined`: there is no such path. */
export function helpReply({ mounted, path, match }: Call, version: string): BackendReply {
  const { mount, framework } = mounted;
  const { backend } = framework;
  if (path !== "" && match === undefined) return undefined;
  const paths = match === undefined ? backend.paths : [match.route.path];
  const about = `The ${mount.type} backend, mounted at ${goQuote(mount.path)}.`;
  const help = match === undefined || path === "" ? rootHelp(backend, about) : pathHelp(path, match);
  const openapi = openApi([{ mount, backend: { ...backend, paths } }], version);
  return {
    raw: { status: 200, contentType: "application/json", body: `${encodeJson({ help, openapi, see_also: null })}\n` },
  };
}
