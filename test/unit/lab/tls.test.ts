import https from "node:https";
import { expect, test } from "vitest";
import { renderExplanation, startLab } from "../../../src/lab/index.js";

/** Status of a GET through an agent, or why there was none. */
function ask(agent: https.Agent, url: string, ca: string, token: string): Promise<number | string> {
  return new Promise((resolve) => {
    https
      .get(url, { agent, ca, headers: { "X-Vault-Token": token } }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      })
      .on("error", (error) => resolve(/alert number \d+/.exec(error.message)?.[0] ?? error.message));
  });
}

test("a running lab that begins to insist on client certificates does so with the next connection and drops no request", async () => {
  await using lab = await startLab("external-secrets/vault-tls-client-certificate", { variant: "do-not-insist" });
  const { url, ca = "", rootToken } = lab.vault;
  const self = `${url}/v1/auth/token/lookup-self`;
  const open = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const fresh = new https.Agent();
  expect(await ask(open, self, ca, rootToken)).toBe(200);
  expect(await ask(fresh, self, ca, rootToken)).toBe(200);
  const { token } = await issue(lab.vault.url, ca, rootToken);

  const underway = Array.from({ length: 20 }, () => ask(open, self, ca, rootToken));
  await lab.apply("full-chain");
  expect(await Promise.all(underway)).toEqual(underway.map(() => 200));

  expect(await ask(fresh, self, ca, rootToken)).toBe("alert number 40");
  expect(await ask(open, self, ca, token), "tokens outlive a change of the listener").toBe(200);
  expect(lab.journal.events({ type: "connection" })).toHaveLength(4);
  expect(lab.journal.events({ type: "lab", server: "vault" }).at(-1)).toMatchObject({
    what: "tls settings changed",
    note: expect.stringContaining("clientCertificate") as string,
  });
  expect(lab.journal.events({ type: "handshake" }).at(-1)).toMatchObject({
    outcome: "failed",
    endedBy: "server",
    alert: "handshake_failure",
  });
  open.destroy();
});

/** A token of its own, which only this Vault knows. */
async function issue(url: string, ca: string, rootToken: string): Promise<{ readonly token: string }> {
  const text = await new Promise<string>((resolve, reject) => {
    const request = https.request(
      `${url}/v1/auth/token/create`,
      { method: "POST", agent: false, ca, headers: { "X-Vault-Token": rootToken } },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
        response.on("end", () => resolve(body));
      },
    );
    request.on("error", reject).end("{}");
  });
  const token = /"client_token":"([^"]+)"/.exec(text)?.[1];
  if (token === undefined) throw new Error(text);
  return { token };
}

test("a handshake that the client ended is explained with the certificate that it was sent, once for all tries", async () => {
  await using lab = await startLab("external-secrets/vault-tls-wrong-name");
  await lab.runClient();
  const page = renderExplanation(lab.explain()).replace(/\s+/g, " ");
  expect(page).toContain("Why the client refused vault, 2 times");
  expect(page).toContain("ended by the client, with the alert bad_certificate");
  expect(page).toContain("it was sent CN=vault.example.com; for DNS:vault.example.com, DNS:vault.vault.svc,");
  expect(page).toContain("remedy read the client's own error");
});

test.each([
  ["external-secrets/vault-https-to-plain-port", "the client speaks TLS, and this port speaks plain HTTP"],
  ["external-secrets/vault-http-to-tls-port", "the client speaks plain HTTP"],
])("the wrong scheme in an address is explained: %s", async (scenario, why) => {
  await using lab = await startLab(scenario);
  await lab.runClient();
  const [refusal] = lab.explain().refusals;
  expect(refusal).toMatchObject({ what: "TLS handshake", handshake: { outcome: "failed", endedBy: "server", why } });
  expect(refusal?.remedies[0]).toMatch(/^say https? in the client's address/);
});
