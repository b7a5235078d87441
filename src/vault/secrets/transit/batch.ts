import { type BackendReply, type BackendRequest, VaultError } from "../../core/backend.js";
import { goType } from "../../core/go.js";
import { badBase64 } from "../../core/tools.js";

/** What one input of a request, or of its batch, asks for. */
export type Item = Readonly<Record<string, unknown>>;
/** What it gets, or why not. */
export type Result = Readonly<Record<string, unknown>> | string;

/** The inputs of a request: its batch, or itself. */
export interface Items {
  readonly items: readonly Item[];
  readonly isBatch: boolean;
}

/**
 * @param prefix what a complaint about the batch begins with, which depends on who decodes it
 * @returns the refusal of an empty batch
 * @throws VaultError 500 where the batch is none
 */
export function itemsOf(
  { data, body }: BackendRequest,
  fields: readonly string[],
  prefix = "",
): Items | { readonly error: string } {
  const raw = body.batch_input;
  if (raw === undefined || raw === null) {
    const sent = fields.filter((field) => data.has(field)).map((field) => [field, data.value(field)]);
    return { items: [Object.fromEntries(sent) as Item], isBatch: false };
  }
  if (!Array.isArray(raw)) throw unparsed(`${prefix}source data must be an array or slice, got ${goType(raw)}`);
  if (raw.length === 0) return { error: "missing batch input to process" };
  const items = (raw as readonly unknown[]).map((item, at) => {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) return item as Item;
    throw unparsed(`[${at}] expected a map, got '${item === null ? "<nil>" : goType(item)}'`);
  });
  return { items, isBatch: true };
}

export function unparsed(why: string): VaultError {
  return new VaultError(500, `failed to parse batch input: ${why}`);
}

/** How the failures of a batch are told. */
export interface Failures {
  /** Of the whole reply, if one failed. */
  readonly status?: number;
  /** Beside the error. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The answer to one input, or to each of a batch. */
export function answer(
  { items, isBatch }: Items,
  results: readonly Result[],
  { status, extra }: Failures = {},
): BackendReply {
  if (!isBatch) {
    const [result = ""] = results;
    return typeof result === "string" ? { error: result } : { data: result };
  }
  const batch_results = results.map((result, at) => {
    const reference = textOf(items[at]?.reference) ?? "";
    return typeof result === "string" ? { ...extra, error: result, reference } : { ...result, reference };
  });
  const failed = results.some((result) => typeof result === "string");
  return { data: { batch_results }, ...(failed && status !== undefined && { status }) };
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The bytes of a text in base64, or why it is none; nothing is no bytes. */
export function decoded(value: unknown): Buffer | string {
  const text = textOf(value) ?? "";
  const wrong = badBase64(text);
  return wrong === undefined ? Buffer.from(text, "base64") : `illegal base64 data at input byte ${wrong}`;
}
