import { describe, expect, it } from "vitest";
import { inRange, parseVersion } from "../../../src/runtime/index.js";
import { replay } from "./replay.js";
import { transcripts } from "./transcript.js";

/** The releases that the conversations were recorded from. */
const RELEASES = ["1.15.3", "1.11.0", "1.2.0"];

describe.each(RELEASES)("SPIRE %s holds the recorded conversation", (release) => {
  const version = parseVersion(release) ?? [0, 0, 0];
  const held = transcripts().filter(({ applies }) => inRange(version, applies?.["spire-agent"] ?? "*"));
  it.concurrent.each(held.map((transcript) => ({ ...transcript, name: `${transcript.id}: ${transcript.title}` })))(
    "$name",
    async (transcript) => {
      expect(await replay(transcript, release)).toEqual([]);
    },
  );
});
