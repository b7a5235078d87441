import { beforeEach, describe, expect, test } from "vitest";
import { Exchange, Journal } from "../../../src/journal/index.js";
import { explain } from "../../../src/lab/explain.js";
import { renderExplanation } from "../../../src/lab/explain-text.js";
import { shortfalls } from "../../../src/lab/expect.js";
import { LabClock } from "../../../src/runtime/index.js";

let journal: Journal;

beforeEach(() => {
  journal = new Journal({ clock: new LabClock({ startAt: Date.parse("2026-11-23T12:00:00Z"), frozen: true }) });
  aRefusedLogin();
});

/** A login that Vault refuses because the API server refuses the token review within it. */
function aRefusedLogin(): void {
  const login = new Exchange(journal, "vault", journal.nextConnection());
  login.note({
    type: "request",
    method: "POST",
    path: "/v1/auth/kubernetes/login",
    headers: {},
    body: { role: "issuer" },
    httpVersion: "1.1",
  });
  const review = new Exchange(journal, "kubernetes", journal.nextConnection());
  review.note({
    type: "request",
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/tokenreviews",
    headers: {},
    httpVersion: "1.1",
  });
  review.checked(
    "bearer token",
    [{ id: "audience", outcome: "refused", wanted: "https://kubernetes.default.svc", got: "vault://sandbox/issuer" }],
    "audience",
  );
  review.note({ type: "reply", status: 401, body: { reason: "Unauthorized" } });
  login.checked(
    "kubernetes login",
    [
      { id: "role", outcome: "passed", got: "issuer" },
      {
        id: "token-review",
        outcome: "refused",
        wanted: "200 or 201",
        got: "401 Unauthorized",
        remedy: "give Vault a reviewer token",
      },
      { id: "alias", outcome: "skipped", note: "not reached" },
    ],
    "token-review",
  );
  login.log("debug", 'login unauthorized: err="lookup failed"');
  login.note({ type: "reply", status: 403, body: { errors: ["permission denied"] } });
}

describe("explaining", () => {
  test("each refused request is told with its checks, its reply, its log line and its remedy", () => {
    const [login, review] = explain(journal.events()).refusals;
    expect(login).toMatchObject({
      server: "vault",
      what: "POST /v1/auth/kubernetes/login",
      status: 403,
      refusedBy: "token-review",
      reply: { errors: ["permission denied"] },
      logs: [{ level: "debug", line: 'login unauthorized: err="lookup failed"' }],
      remedies: ["give Vault a reviewer token"],
    });
    expect(review).toMatchObject({ server: "kubernetes", status: 401, refusedBy: "audience" });
  });

  test("a call that took place within another one is shown as caused by it", () => {
    const [login, review] = explain(journal.events()).steps;
    expect(login?.within).toBeUndefined();
    expect(review?.within).toBe(login?.seq);
  });

  test("the page names what was wanted, what came, what the client got and what the log says", () => {
    const page = renderExplanation(explain(journal.events()));
    expect(page).toContain("✗ token-review");
    expect(page).toContain("wanted  200 or 201");
    expect(page).toContain("got     401 Unauthorized");
    expect(page).toContain('{"errors":["permission denied"]}');
    expect(page).toContain('[DEBUG] login unauthorized: err="lookup failed"');
    expect(page).toContain("at the usual log level, info, nobody sees it");
    expect(page).toContain("give Vault a reviewer token");
  });

  test("no line of the page is wider than asked for, and nothing colours it without a terminal", () => {
    const page = renderExplanation(explain(journal.events()), { width: 80 });
    expect(Math.max(...page.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(page).not.toContain("\u001b");
  });

  test("a journal in which nothing happened says so", () => {
    expect(renderExplanation(explain([]))).toBe("Nothing has reached a fake yet.\n");
  });
});

describe("expectations", () => {
  const client = { outcome: "failure", says: "Code: 403" } as const;

  test("what happened as stated leaves nothing to say", () => {
    const found = shortfalls(
      {
        outcome: "failure",
        says: "Code: 403",
        observed: [
          {
            server: "vault",
            request: "POST /v1/auth/*/login",
            status: 403,
            refusedBy: "token-review",
            log: "lookup failed",
          },
          { server: "kubernetes", status: 401 },
        ],
        never: [{ server: "vault", request: "* /v1/pki/*" }],
      },
      { client, clients: {}, events: journal.events() },
    );
    expect(found).toEqual([]);
  });

  test("an event that did not happen is shown beside the nearest that did", () => {
    const [found] = shortfalls(
      { outcome: "failure", observed: [{ server: "vault", request: "POST /v1/auth/kubernetes/login", status: 500 }] },
      { client, clients: {}, events: journal.events() },
    );
    expect(found?.lines).toEqual([
      "not observed: server: vault, request: POST /v1/auth/kubernetes/login, status: 500",
      "  the nearest that happened (event 1):",
      "  ✓ server vault",
      "  ✓ request POST /v1/auth/kubernetes/login",
      "  ✗ status 403, wanted 500",
    ]);
  });

  test("conditions must hold of one and the same request", () => {
    const found = shortfalls(
      { outcome: "failure", observed: [{ server: "kubernetes", status: 401, refusedBy: "token-review" }] },
      { client, clients: {}, events: journal.events() },
    );
    expect(found).toHaveLength(1);
  });

  test("what has to happen a number of times must not happen once more or less", () => {
    aRefusedLogin();
    const wanted = { server: "vault", request: "POST /v1/auth/*/login" } as const;
    const [twice, once] = [2, 1].map((times) =>
      shortfalls(
        { outcome: "failure", observed: [{ ...wanted, times }] },
        { client, clients: {}, events: journal.events() },
      ),
    );
    expect(twice).toEqual([]);
    expect(once?.[0]?.lines).toEqual([
      "not observed: server: vault, request: POST /v1/auth/*/login, times: 1",
      "  it was observed 2 times",
    ]);
  });

  test.each<[part: Readonly<Record<string, unknown>>, is: boolean]>([
    [{ type: "response" }, true],
    [{ request: { data: { role: "hmac-sha256:*" } }, error: null }, true],
    [{ request: { policies: ["default"] } }, true],
    [{ request: { data: { jwt: "hmac-sha256:*" } } }, false],
    [{ request: { data: null } }, false],
    [{ request: { policies: [] } }, false],
    [{ request: { data: { role: "issuer" } } }, false],
  ])("the part %j of an audit line is there: %s", (audit, is) => {
    const exchange = new Exchange(journal, "vault", journal.nextConnection());
    const line = { type: "response", request: { data: { role: "hmac-sha256:1f" }, policies: ["default"] } };
    exchange.note({ type: "audit", device: "file", target: "discard", line: JSON.stringify(line) });
    const found = shortfalls(
      { outcome: "failure", observed: [{ server: "vault", audit }] },
      { client, clients: {}, events: journal.events() },
    );
    expect(found).toHaveLength(is ? 0 : 1);
  });

  test("an event that must never happen is named", () => {
    const [found] = shortfalls(
      { outcome: "failure", never: [{ server: "kubernetes", request: "POST *tokenreviews" }] },
      { client, clients: {}, events: journal.events() },
    );
    expect(found?.lines.join("\n")).toContain("event 2: POST /apis/authentication.k8s.io/v1/tokenreviews → 401");
  });

  test("one letter of difference in what the client says is found", () => {
    const [found] = shortfalls(
      { outcome: "failure", says: "Code: 404" },
      { client, clients: {}, events: journal.events() },
    );
    expect(found?.what).toBe("says");
    expect(found?.lines).toContain(`          ^ wanted "4", got "3"`);
  });
});
