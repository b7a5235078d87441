import { describe, expect, it } from "vitest";
import type { GoProgram } from "../../../src/clients/go/program.js";
import { offeredSuites } from "../../../src/clients/go/tls-offer.js";
import { EXPIRED_FRONTS, FRONTS, otherNameOnTls12, said } from "./fronts.js";

const NEW: GoProgram = { toolchain: "1.26", goLine: "1.26", retryablehttp: "0.7.8" };

describe("a Go client of today says of a server with", () => {
  it.each(FRONTS)("$name: $says", async (one) => {
    await using front = await one.start();
    expect(await said(front, one, NEW)).toBe(one.says);
  });

  it.each(EXPIRED_FRONTS)("$name: out of time", async (one) => {
    await using front = await one.start();
    expect(await said(front, one, NEW)).toMatch(one.says);
  });

  it.each(FRONTS.filter(({ says }) => says?.startsWith("tls: failed to verify")))(
    "bad certificate, to the server: $name",
    async (one) => {
      await using front = await one.start();
      await said(front, one, NEW);
      expect(await front.firstAlert()).toBe(42);
    },
  );

  it("bad certificate, to a server of TLS 1.2, too", async () => {
    await using front = await otherNameOnTls12();
    expect(await said(front, {}, NEW)).toContain("not localhost");
    expect(await front.firstAlert()).toBe(42);
  });
});

const OLD: GoProgram = { toolchain: "1.21", goLine: "1.21", retryablehttp: "0.7.5" };
const find = (name: string) => FRONTS.filter((one) => one.name === name);

describe("what depends on Go's version", () => {
  it.each(find("RSA key exchange only"))(
    "RSA key exchange follows the go line, GODEBUG brings it back until 1.27",
    async (one) => {
      await using front = await one.start();
      expect(await said(front, one, { ...NEW, goLine: "1.21" })).toBeUndefined();
      expect(await said(front, one, { ...NEW, goLine: "1.22" })).toBe(one.says);
      expect(await said(front, one, { ...NEW, godebug: "tlsrsakex=1" })).toBeUndefined();
      expect(await said(front, one, { ...NEW, toolchain: "1.27", godebug: "tlsrsakex=1" })).toBe(one.says);
      expect(await said(front, one, { ...OLD, godebug: "tlsrsakex=0" })).toBeUndefined();
    },
  );

  it.each(find("a SHA-1 signature"))("up to 1.23 the refusal of SHA-1 names its override", async (one) => {
    await using front = await one.start();
    expect(await said(front, one, OLD)).toContain(
      "insecure algorithm SHA1-RSA (temporarily override with GODEBUG=x509sha1=1)",
    );
    expect(await said(front, one, { ...OLD, godebug: "x509sha1=1" })).toBeUndefined();
    expect(await said(front, one, { ...NEW, godebug: "x509sha1=1" })).toBe(one.says);
  });

  it.each(find("a missing intermediate"))("before 1.20 x509 errors had no prefix", async (one) => {
    await using front = await one.start();
    expect(await said(front, one, { ...OLD, toolchain: "1.19" })).toBe("x509: certificate signed by unknown authority");
  });

  it.each(find("a negative serial number"))("a negative serial number is read up to go line 1.22", async (one) => {
    await using front = await one.start();
    expect(await said(front, one, { ...NEW, goLine: "1.22" })).toBeUndefined();
  });

  it("offers the suites that were recorded from Go 1.22", () => {
    expect(offeredSuites({ ...NEW, toolchain: "1.22", goLine: "1.22" })).toHaveLength(14);
    expect(offeredSuites(OLD).filter((suite) => suite.startsWith("TLS_RSA_"))).toHaveLength(4);
  });
});
