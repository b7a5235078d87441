import { ApiError, type FieldError, invalid, unsupportedValue } from "../status.js";
import type { RequestInfo } from "../request-info.js";

/** The Go type whose fields the query of a verb fills. */
const TYPES: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

/**
 * Checks what a writing request asks for in its query. (apimachinery meta/v1/validation)
 * @throws ApiError 422
 */
export function checkOptions({ verb, query }: RequestInfo): void {
  const type = TYPES[verb];
  if (type === undefined) return;
  const errors: FieldError[] = [];
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) errors.push(unsupportedValue("dryRun", dryRun, ["All"]));
  const validation = query.get("fieldValidation") ?? "";
  if (type !== "DeleteOptions" && !["", "Ignore", "Strict", "Warn"].includes(validation)) {
    errors.push(unsupportedValue("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  const policy = query.get("propagationPolicy") ?? "";
  if (type === "DeleteOptions" && !["", "Foreground", "Background", "Orphan"].includes(policy)) {
    errors.push(unsupportedValue("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  if (errors.length > 0) throw invalid("meta.k8s.io", type, "", errors);
}

/** The limit of a list; none if it is 0. @throws ApiError 400 */
export function limitOf({ query }: RequestInfo): number {
  const text = query.get("limit") ?? "";
  if (text === "") return 0;
  if (/^[+-]?\d+$/.test(text)) return Math.max(0, Number(text));
  throw new ApiError(400, "BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
