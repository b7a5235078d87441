import type { CertificateFields } from "../../../pki/index.js";
import type { BackendContext, Field } from "../../core/backend.js";
import { tokenFields, type TokenParams } from "../token-params.js";

/** Constraints on the presented certificate; an empty list constrains nothing. */
export const LISTS = [
  "allowed_names",
  "allowed_common_names",
  "allowed_dns_sans",
  "allowed_email_sans",
  "allowed_uri_sans",
  "allowed_organizational_units",
  "allowed_metadata_extensions",
  "required_extensions",
] as const;
export type ConstraintName = (typeof LISTS)[number];

export interface CertRole {
  readonly name: string;
  /** PEM as it was written. */
  readonly certificate: string;
  readonly parsed: readonly CertificateFields[];
  readonly lists: Readonly<Partial<Record<ConstraintName, readonly string[]>>>;
  readonly displayName: string;
  readonly token: TokenParams;
}

export function certFields(context: Pick<BackendContext, "quirk">): Readonly<Record<string, Field>> {
  return {
    ...tokenFields(context),
    name: { type: "string", description: "Name of the role" },
    certificate: { type: "string", description: "CA certificate, or a leaf to pin, in PEM" },
    display_name: { type: "string", description: "Display name of the tokens; the role's name if absent" },
    ...Object.fromEntries(LISTS.map((name) => [name, { type: "comma-list" } satisfies Field])),
  };
}

export function shownLists(role: CertRole): Record<string, readonly string[] | null> {
  return Object.fromEntries(LISTS.map((name) => [name, role.lists[name] ?? []]));
}
