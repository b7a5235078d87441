/** One measured line: ours beside the floor measured in the same run. */
export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly floor?: number;
  /** Ours to the floor, as the median of ratios measured side by side; `ours / floor` if absent. */
  readonly ratio?: number;
  /** The same per second on the wall's clock, where `ours` is per second of CPU time. */
  readonly wall?: number;
  readonly unit: string;
  /** What we want to reach, in words. */
  readonly aim?: string;
  readonly met?: boolean;
}

export function print(rows: readonly Row[]): void {
  const cells = rows.map(({ what, ours, floor, ratio, wall, unit, aim, met }) => [
    what,
    `${format(ours)} ${unit}`,
    floor === undefined ? "" : `${format(floor)} ${unit}`,
    floor === undefined ? "" : (ratio ?? ours / floor).toFixed(2),
    wall === undefined ? "" : `${format(wall)} ${unit}`,
    aim ?? "",
    met === undefined ? "" : met ? "met" : "missed",
  ]);
  const table = [["", "ours", "floor", "ratio", "wall clock", "aim", ""], ...cells];
  const widths = [0, 1, 2, 3, 4, 5, 6].map((i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  for (const row of table)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
