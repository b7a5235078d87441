import type { CallContext } from "../agent.js";
import { logOf } from "../agent.js";
import type { Entry } from "../entries.js";

/**
 * Of entries with one hint only the oldest is given, at a tie the one with the smaller id.
 * (pkg/agent/common/hintsfilter)
 */
export function withUniqueHints<T>(
  context: CallContext,
  items: readonly T[],
  entryOf: (item: T) => Entry,
): readonly T[] {
  if (!context.agent.has("hints")) return items;
  const kept = new Map<string, Entry>();
  const dropped = new Set<string>();
  for (const entry of items.map(entryOf)) {
    if (entry.hint === "") continue;
    const other = kept.get(entry.hint);
    const loser = other === undefined ? undefined : isFirst(context, other, entry) ? entry : other;
    if (loser !== entry) kept.set(entry.hint, entry);
    if (loser === undefined) continue;
    dropped.add(loser.id);
    logOf(context, "warn", "Ignoring entry with duplicate hint", { hint: loser.hint, entry_id: loser.id });
  }
  return items.filter((item) => !dropped.has(entryOf(item).id));
}

function isFirst({ agent }: CallContext, a: Entry, b: Entry): boolean {
  if (a.createdAt === b.createdAt || !agent.has("hints-go-by-age")) return a.id < b.id;
  return a.createdAt < b.createdAt;
}
