import { afterAll, describe, expect, test } from "vitest";
import { replay } from "./replay.js";
import { skipReason } from "./skips.js";
import { areas, transcriptsOf } from "./transcript.js";

interface Tally {
  passed: number;
  readonly total: number;
  /** Reason → how many wait for it. */
  readonly skipped: Map<string, number>;
}

const tallies = new Map<string, Tally>();

/** `area   passed/total   skipped: reason ×n` */
function row([area, { passed, total, skipped }]: [string, Tally]): string {
  const reasons = [...skipped].map(([reason, count]) => `${reason} ×${count}`).join("; ");
  return `${area.padEnd(22)}${String(passed).padStart(4)}/${total}${reasons === "" ? "" : `  skipped: ${reasons}`}`;
}

afterAll(() => {
  const ran = [...tallies].filter(([, { passed, skipped }]) => passed > 0 || skipped.size > 0);
  process.stdout.write(`\nrecorded Vault conversations\n${ran.map(row).join("\n")}\n`);
});

for (const area of areas()) {
  const transcripts = transcriptsOf(area);
  const tally: Tally = { passed: 0, total: transcripts.length, skipped: new Map() };
  tallies.set(area, tally);
  describe(area, () => {
    for (const transcript of transcripts) {
      const reason = skipReason(transcript.id);
      const name = `${transcript.id}: ${transcript.title}`;
      if (reason !== undefined) {
        tally.skipped.set(reason, (tally.skipped.get(reason) ?? 0) + 1);
        test.skip(name);
        continue;
      }
      test(name, async () => {
        expect((await replay(transcript)).join("\n")).toBe("");
        tally.passed++;
      });
    }
  });
}
