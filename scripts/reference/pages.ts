import * as certManager from "../../src/clients/cert-manager/versions.js";
import * as externalSecrets from "../../src/clients/external-secrets/versions.js";
import { FAULTS } from "../../src/faults/index.js";
import * as istio from "../../src/istio/index.js";
import * as kubernetes from "../../src/kubernetes/quirks.js";
import { DEFECTS } from "../../src/pki/index.js";
import { ERRORS } from "../../src/runtime/index.js";
import { TEMPLATES, type TemplateName } from "../../src/scenario/index.js";
import * as spire from "../../src/spire/index.js";
import { type Quirk as VaultQuirk, QUIRKS as VAULT_QUIRKS } from "../../src/vault/quirks.js";
import { CHECK_SECTIONS, NOT_CHECKS } from "./check-sections.js";
import { describedChecks } from "./checks.js";
import { code, page, section, table } from "./markdown.js";
import { vaultPathsPage } from "./vault-paths.js";

/** The pages of `docs/reference`: file name and text. `root` is the repository. */
export async function referencePages(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["checks.md", checksPage(root)],
    ["quirks.md", quirksPage()],
    ["certificate-defects.md", defectsPage()],
    ["faults.md", faultsPage()],
    ["errors.md", errorsPage()],
    ["templates.md", templatesPage()],
    ["vault-paths.md", await vaultPathsPage()],
  ]);
}

/** @throws Error for a source whose checks have no place on the page, and for a place without checks */
function checksPage(root: string): string {
  const checks = describedChecks(root).filter(({ file }) => !NOT_CHECKS.test(file));
  const places = CHECK_SECTIONS.flatMap(({ files }) => files);
  const homeless = checks.find(({ file }) => !places.some((place) => isIn(file, place)));
  const empty = places.find((place) => !checks.some(({ file }) => isIn(file, place)));
  const wrong = homeless?.file ?? empty;
  if (wrong !== undefined) throw new Error(`${wrong} is not right in scripts/reference/check-sections.ts`);
  const parts = CHECK_SECTIONS.map(({ server, title, intro = "", files, recorded = [] }) => {
    const described = files.flatMap((place) => checks.filter(({ file }) => isIn(file, place)));
    const rows = [...described.map(({ id, doc }) => [id, doc] as const), ...recorded];
    const unique = new Map(rows.map(([id, doc]) => [`${id}\n${doc}`, [code(id), doc]]));
    return section(`${server}: ${title}`, intro, table(["check", "passes when"], [...unique.values()]));
  });
  return page(
    "Checks",
    "The steps by which each fake decides. The journal tells them for every request, and a scenario names the one that refuses in `refusedBy`. They are run from top to bottom; the first that refuses is the answer.",
    ...parts,
  );
}

function isIn(file: string, place: string): boolean {
  return place.endsWith("/") ? file.startsWith(place) : file === place;
}

interface QuirkRow {
  readonly where: string;
  readonly says: string;
  readonly source?: string;
}

function quirksPage(): string {
  return page(
    "Quirks",
    "What only some releases of a server or a client do. A handler asks a quirk by its name and never compares versions. A blank in a range means and.",
    quirks(
      "Vault and OpenBao",
      rowsOf(VAULT_QUIRKS, ({ where, ...quirk }: VaultQuirk) => ({ ...quirk, where: vaultRange(where) })),
    ),
    quirks(
      "kube-apiserver",
      rowsOf(kubernetes.QUIRKS, ({ range, doc }) => ({ where: range, says: doc })),
    ),
    quirks(
      "SPIRE",
      rowsOf(spire.QUIRKS, (quirk) => quirk),
    ),
    quirks(
      "Istio",
      rowsOf(istio.QUIRKS, (quirk) => quirk),
    ),
    quirks(
      "External Secrets",
      rowsOf(externalSecrets.QUIRKS, (quirk) => quirk),
    ),
    quirks(
      "cert-manager",
      rowsOf(certManager.QUIRKS, (quirk) => quirk),
    ),
  );
}

function rowsOf<Q>(
  all: Readonly<Record<string, Q>>,
  row: (quirk: Q) => QuirkRow,
): readonly (readonly [string, QuirkRow])[] {
  return Object.entries(all).map(([id, quirk]) => [id, row(quirk)]);
}

function quirks(title: string, rows: readonly (readonly [string, QuirkRow])[]): string {
  const isSourced = rows.some(([, { source }]) => source !== undefined);
  const heads = ["quirk", "releases", "what they do", ...(isSourced ? ["source"] : [])];
  const cells = rows.map(([id, { where, says, source }]) => [
    code(id),
    where,
    says,
    ...(isSourced ? [source ?? ""] : []),
  ]);
  return section(title, table(heads, cells));
}

/** `vault <1.10`, or what holds of a plugin; `*` is every release. */
function vaultRange(where: VaultQuirk["where"]): string {
  return Object.entries(where)
    .map(([of, range]) => (range === "*" ? of : `${PLUGINS[of] ?? of} ${range}`))
    .join(" or ");
}

const PLUGINS: Readonly<Record<string, string>> = {
  kubernetes: "plugin auth-kubernetes",
  jwt: "plugin auth-jwt",
  kv: "plugin kv",
};

function defectsPage(): string {
  const rows = Object.entries(DEFECTS).map(([id, { says, changes, refusedBy }]) => [
    code(id),
    says,
    changes.join(", "),
    refusedBy.join(", ") || "nobody",
  ]);
  return page(
    "Certificate defects",
    "What can be wrong with a listener's certificate: `tls.certificate.defects` in a world. Two that spoil the same thing exclude each other. Who refuses it was found out with the programs themselves (`test/clients/certificate-defects.test.ts`).",
    table(["defect", "what it is", "what it spoils", "refused by"], rows),
  );
}

function faultsPage(): string {
  const rows = FAULTS.map(({ id, says, parameters }) => {
    const described = Object.entries(parameters).map(([name, { says: what, default: usual }]) => {
      return `${code(name)}: ${what}${usual === undefined ? "" : `; ${code(String(usual))} if left out`}`;
    });
    return [code(id), says, described.join(". ")];
  });
  return page(
    "Faults",
    "Deliberate misbehaviour, laid over a fake by `faults` in a scenario or through the control API. `on` says what a fault strikes, `times`, `after` and `ttl` how often, when and for how long.",
    table(["fault", "what happens", "parameters"], rows),
  );
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([id, { title, status, exit }]) => [
    code(id),
    title,
    String(status),
    String(exit),
  ]);
  return page(
    "Errors",
    "What mistrust itself raises: `code` of a `MistrustError`, of a problem of the control API, and of the command line. What the fakes answer is not in here.",
    table(["code", "meaning", "HTTP status", "exit code"], rows),
  );
}

function templatesPage(): string {
  const rows = Object.entries(TEMPLATES).map(([name, { doc, argument, of }]: [string, TemplateName]) => [
    code(`{{${argument === undefined ? name : `${name}.${argument}`}}}`),
    doc,
    of,
  ]);
  return page(
    "Templates",
    "What may stand in braces in a scenario's strings, and is known only when a lab runs.",
    table(["template", "stands for", "of"], rows),
  );
}
