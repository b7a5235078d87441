/** The address of a Workload API, or what go-spiffe says against it. (go-spiffe workloadapi/addr.go) */
export type Address = { readonly uri: string } | { readonly problem: string };

export function addressOf(text: string): Address {
  const scheme = /^([a-z]+):/.exec(text)?.[1];
  if (scheme === "unix") return unix(text);
  if (scheme === "tcp") return tcp(text);
  return { problem: 'workload endpoint socket URI must have a "tcp" or "unix" scheme' };
}

function unix(text: string): Address {
  const about = "workload endpoint unix socket URI must";
  if (!text.startsWith("unix:/")) return { problem: `${about} not be opaque` };
  const rest = text.replace(/^unix:(\/\/)?/, "");
  const path = rest.replace(/[?#].*$/, "");
  if (path.includes("@")) return { problem: `${about} not include user info` };
  if (path === "") return { problem: `${about} include a path` };
  if (rest.includes("?")) return { problem: `${about} not include query values` };
  if (rest.includes("#")) return { problem: `${about} not include a fragment` };
  return { uri: `unix://${path}` };
}

function tcp(text: string): Address {
  const host = /^tcp:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  if (/^\d+\.\d+\.\d+\.\d+:\d+$|^\[[0-9a-f:]+\]:\d+$/i.test(host)) return { uri: `tcp://${host}` };
  return { problem: "workload endpoint tcp socket URI host component must be an IP:port" };
}
