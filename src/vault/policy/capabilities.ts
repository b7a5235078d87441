/** What an ACL policy can allow, in the order in which Vault lists a path's capabilities before it sorts them. */
export const CAPABILITIES = ["create", "read", "update", "delete", "list", "sudo", "patch", "scan"] as const;
export type Capability = (typeof CAPABILITIES)[number];

export function isCapability(text: string): text is Capability {
  return (CAPABILITIES as readonly string[]).includes(text);
}

/** What the old `policy = "…"` stood for. */
export const OLD_POLICIES: Readonly<Record<string, readonly string[]>> = {
  deny: ["deny"],
  read: ["read", "list"],
  write: ["create", "read", "update", "delete", "list"],
  sudo: ["create", "read", "update", "delete", "list", "sudo"],
};
