import { expect, test } from "vitest";
import { LabClock } from "../../../src/runtime/index.js";

test("a frozen clock stands still and moves only by advance", async () => {
  const clock = new LabClock({ startAt: 1_000, frozen: true });
  expect(clock.now()).toBe(1_000);
  await clock.advance(500);
  expect(clock.now()).toBe(1_500);
});

test("advance runs timers in the order of their moments, each at its own moment", async () => {
  const clock = new LabClock({ startAt: 0, frozen: true });
  const ran: string[] = [];
  clock.setTimeout(() => ran.push(`b@${clock.now()}`), 200);
  clock.setTimeout(() => {
    ran.push(`a@${clock.now()}`);
    clock.setTimeout(() => ran.push(`nested@${clock.now()}`), 50);
  }, 100);
  expect(await clock.advance(1_000)).toBe(3);
  expect(ran).toEqual(["a@100", "nested@150", "b@200"]);
  expect(clock.now()).toBe(1_000);
});

test("a cancelled timer never runs", async () => {
  const clock = new LabClock({ startAt: 0, frozen: true });
  let ran = false;
  clock.setTimeout(() => (ran = true), 10)();
  expect(await clock.advance(20)).toBe(0);
  expect(ran).toBe(false);
});

test("a wait longer than setTimeout's limit does not fire at once", async () => {
  const clock = new LabClock({ startAt: 0 });
  let ran = false;
  clock.setTimeout(() => (ran = true), 2 ** 31 + 10_000);
  // setTimeout fires at once above its limit: two turns of the event loop show that nothing did.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  expect(ran).toBe(false);
  clock.stop();
});

test("a timer of a running clock fires when its moment comes", async () => {
  const clock = new LabClock();
  const keepAlive = setInterval(() => undefined, 1_000);
  await new Promise<void>((resolve) => clock.setTimeout(resolve, 5));
  clearInterval(keepAlive);
});

test("a clock set past a timer's moment runs that timer", () => {
  const clock = new LabClock({ startAt: 0, frozen: true });
  let ran = 0;
  clock.setTimeout(() => ran++, 1_000);
  clock.set(5_000);
  expect(ran).toBe(1);
});

test("thaw goes on from where a frozen clock stands", async () => {
  const clock = new LabClock({ startAt: 1_000_000, frozen: true });
  await clock.advance(1_000);
  clock.thaw();
  expect(clock.now()).toBeGreaterThanOrEqual(1_001_000);
  expect(clock.now()).toBeLessThan(1_061_000);
});
