// A program with node-vault, the usual client for Node. NODE_VAULT is the folder that it was installed into.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const nodeVault = createRequire(`${process.env.NODE_VAULT}/`)("node-vault");
const { VAULT_ADDR, VAULT_CACERT, ROLE, JWT } = process.env;
const client = nodeVault({ endpoint: VAULT_ADDR, requestOptions: { ca: readFileSync(VAULT_CACERT) } });
client.token = "";

/** Prints one line of JSON: what was done, and what came of it. */
async function say(step, work) {
  try {
    console.log(JSON.stringify({ step, result: (await work()) ?? null }));
    return true;
  } catch (error) {
    console.log(JSON.stringify({ step, error: String(error) }));
    return false;
  }
}

async function login() {
  const reply = await client.kubernetesLogin({ role: ROLE, jwt: JWT, mount_point: "kubernetes" });
  return reply.auth.policies;
}

await say("log in without naming the mount", () => client.kubernetesLogin({ role: ROLE, jwt: JWT }));
if (await say("login", login)) {
  await say(
    "write",
    async () => (await client.write("secret/data/app", { data: { password: "hunter2" } })).data.version,
  );
  await say("read", async () => (await client.read("secret/data/app")).data.data);
  await say("list", async () => (await client.list("secret/metadata")).data.keys);
  client.noCustomHTTPVerbs = true;
  await say("list without the verb", async () => (await client.list("secret/metadata")).data.keys);
  await say("read what is not there", () => client.read("secret/data/nosuch"));
  await say("read what is forbidden", () => client.read("secret/data/other"));
  await say("renew", async () => (await client.tokenRenewSelf({ increment: 60 })).auth.renewable);
  const wrapped = await client.read("secret/data/app", { headers: { "X-Vault-Wrap-TTL": "1m" } });
  const { token } = wrapped.wrap_info;
  await say("unwrap", async () => (await client.unwrap({ token })).data.data);
  await say("unwrap again", () => client.unwrap({ token }));
  await say("revoke", () => client.tokenRevokeSelf());
  await say("use what is revoked", () => client.tokenLookupSelf());
}
