/** What an Authorization header says, read as kube-apiserver does. (authentication/request/bearertoken) */
export interface Bearer {
  /** Absent where there is none, or none that counts. */
  readonly token?: string;
  /** What the server says about a header that it ignores. */
  readonly warning?: string;
}

const EXTRA_SPACE = "the provided Authorization header contains extra space before the bearer token, and is ignored";

export function bearerOf(authorization: string | undefined): Bearer {
  const [scheme = "", token = "", ...rest] = (authorization ?? "").trim().split(" ");
  if (scheme.toLowerCase() !== "bearer") return {};
  if (token !== "") return { token };
  return rest.length > 0 ? { warning: EXTRA_SPACE } : {};
}
