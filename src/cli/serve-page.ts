import type { Lab } from "../lab/index.js";
import type { Output } from "./output.js";

const DISCLAIMER = "mistrust is a test double: no secrets manager, no identity provider, no security boundary.";

/** What `serve` prints when it is ready: addresses, and commands to paste into another shell. */
export function servePage(lab: Lab, env: Readonly<Record<string, string>>, output: Output): string {
  const { paint } = output;
  const { scenario } = lab;
  const rows = Object.entries(lab.addresses()).flatMap(([name, facts]) =>
    Object.entries(facts).map(([what, value]) => [name, what, value] as const),
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length), "control".length);
  const whatWidth = Math.max(...rows.map(([, what]) => what.length));
  let last = "";
  const table = rows.map(([name, what, value]) => {
    const shown = name === last ? "" : name;
    last = name;
    return `  ${paint.bold(shown.padEnd(nameWidth))}  ${paint.dim(what.padEnd(whatWidth))}  ${value}`;
  });
  const title =
    scenario === undefined
      ? []
      : [paint.bold(lab.variant === undefined ? scenario.id : `${scenario.id}@${lab.variant}`), scenario.title, ""];
  return [
    paint.dim(DISCLAIMER),
    "",
    ...title,
    ...table,
    `  ${paint.bold("control".padEnd(nameWidth))}  ${paint.dim("address".padEnd(whatWidth))}  ${env.MISTRUST_CONTROL ?? ""}`,
    "",
    paint.bold("Paste into another shell"),
    ...Object.entries(env).map(([name, value]) => `  export ${name}=${quote(value)}`),
    "",
    paint.bold("Then try"),
    ...tryOut(lab).map(([line, what]) => `  ${paint.cyan(line)}${what === "" ? "" : paint.dim(`  # ${what}`)}`),
    "",
    paint.dim("Ctrl-C stops it and leaves nothing behind."),
  ].join("\n");
}

function tryOut(lab: Lab): (readonly [line: string, what: string])[] {
  const fix = lab.scenario?.variants?.find((variant) => variant.kind === "fix") ?? lab.scenario?.variants?.[0];
  return [
    ...loginLines(lab).map((line) => [line, ""] as const),
    ["mistrust explain", "why it refused"],
    ...(fix === undefined ? [] : ([[`mistrust apply ${fix.id}`, fix.title]] as const)),
    ["mistrust journal --follow", "everything, as it happens"],
  ];
}

/** A login as the scenario's client does it, with curl alone: a service account's token, then Vault's Kubernetes auth. */
function loginLines(lab: Lab): string[] {
  const world = lab.effective()?.world;
  if (world?.vault === undefined) return lab.scenario === undefined ? PLAYGROUND : [];
  const role = Object.keys(world.vault.write ?? {}).find((path) => /^auth\/[^/]+\/role\/[^/]+$/.test(path));
  const account = Object.values(world.kubernetes?.apply ?? {}).find((manifest) => manifest.kind === "ServiceAccount");
  if (role === undefined || account === undefined) return PLAYGROUND.slice(0, 1);
  const [, mount = "", , name = ""] = role.split("/");
  const { namespace = "default", name: who } = account.metadata;
  const audiences = audiencesOf(lab, namespace);
  return [
    `JWT=$(curl -s --cacert "$MISTRUST_KUBERNETES_CACERT" -H "Authorization: Bearer $MISTRUST_KUBERNETES_TOKEN" -H 'Content-Type: application/json' ` +
      `-d '${JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences, expirationSeconds: 600 } })}' ` +
      `$MISTRUST_KUBERNETES_URL/api/v1/namespaces/${namespace}/serviceaccounts/${who}/token | sed -n 's/.*"token": *"\\([^"]*\\)".*/\\1/p')`,
    `curl -s --cacert "$VAULT_CACERT" "$VAULT_ADDR/v1/auth/${mount}/login" -d "{\\"role\\":\\"${name}\\",\\"jwt\\":\\"$JWT\\"}"`,
  ];
}

const PLAYGROUND = [
  `curl -s --cacert "$VAULT_CACERT" "$VAULT_ADDR/v1/sys/health"`,
  `curl -s --cacert "$VAULT_CACERT" -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/secret/data/hello" -d '{"data":{"hello":"world"}}'`,
];

/** cert-manager asks for vault://NAMESPACE/ISSUER, or vault://ISSUER for a ClusterIssuer. */
function audiencesOf(lab: Lab, namespace: string): string[] {
  const manifests = Object.values(lab.effective()?.client?.manifests ?? {});
  const issuer = manifests.find((manifest) => manifest.kind === "Issuer" || manifest.kind === "ClusterIssuer");
  if (issuer === undefined) return ["vault"];
  const { name } = issuer.metadata;
  return [issuer.kind === "Issuer" ? `vault://${issuer.metadata.namespace ?? namespace}/${name}` : `vault://${name}`];
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
