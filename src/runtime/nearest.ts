/** The candidate that a person most likely meant, or `undefined` where none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const isPart = candidate.startsWith(word) || word.startsWith(candidate);
    const d = isPart ? Math.min(PART, distance(word, candidate)) : distance(word, candidate);
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** A beginning or an ending that is missing counts more than one wrong letter and less than two. */
const PART = 1.5;

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
