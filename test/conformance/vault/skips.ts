/** Conversations that need parts of Vault which are not built yet, by area or by id; the reason is printed. */
export const SKIPS: Readonly<Record<string, string>> = {};

/** Why a conversation is not replayed; `undefined` for those that are. */
export function skipReason(id: string): string | undefined {
  return SKIPS[id] ?? SKIPS[id.split("/")[0] ?? ""];
}
