import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { announce, announced, findControl } from "../../../src/control/run-file.js";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "mistrust-test-"));
  folder = join(parent, "run");
});
afterEach(() => rmSync(parent, { recursive: true }));

/** A process id that no process has: Linux gives out none above 2^22. */
const DEAD = 2 ** 22 + 1;

test("the only lab that runs is found by itself, and leaves nothing behind", () => {
  const takeBack = announce("http://127.0.0.1:4711", folder);
  expect(findControl({}, folder)).toBe("http://127.0.0.1:4711");
  takeBack();
  takeBack();
  expect(existsSync(folder)).toBe(false);
});

test("MISTRUST_CONTROL goes before what runs", () => {
  announce("http://127.0.0.1:4711", folder);
  expect(findControl({ MISTRUST_CONTROL: "http://127.0.0.1:1" }, folder)).toBe("http://127.0.0.1:1");
});

test("of two labs one has to be named", () => {
  announce("http://127.0.0.1:4711", folder);
  announce("http://127.0.0.1:4712", folder);
  expect(() => findControl({}, folder)).toThrow("2 labs are running");
});

test("what a crashed process left is cleared away and does not count", () => {
  const takeBack = announce("http://127.0.0.1:4711", folder);
  const [own = ""] = readdirSync(folder);
  const dead = own.replace(`-${process.pid}-`, `-${DEAD}-`);
  writeFileSync(join(folder, dead), JSON.stringify({ pid: DEAD, url: "http://127.0.0.1:1" }));
  mkdirSync(join(folder, dead.replace(".json", "")));
  expect(findControl({}, folder)).toBe("http://127.0.0.1:4711");
  takeBack();
  expect(existsSync(folder)).toBe(false);
});

test("what belongs to the processes of another container is left alone", () => {
  announce("http://127.0.0.1:4711", folder);
  writeFileSync(join(folder, `1-${DEAD}-1.json`), JSON.stringify({ pid: DEAD, url: "http://127.0.0.1:1" }));
  expect(announced(folder)).toHaveLength(2);
});

test("a folder that others can write to is not trusted", () => {
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, "x.json"), JSON.stringify({ pid: process.pid, url: "http://127.0.0.1:1" }));
  expect(announced(folder)).toEqual([]);
});

test("without any lab the error says how to start one", () => {
  expect(() => findControl({}, folder)).toThrow("no lab is running");
});
