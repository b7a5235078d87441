import { hasQuirk, type Release } from "../release.js";
import type { BackendReply, Field, FieldData } from "./backend.js";

/** What asks for a part of a list. (OpenBao: sdk/logical Storage.ListPage) */
const PAGE_FIELDS: Readonly<Record<string, Field>> = {
  after: { type: "string", description: "Optional entry to list begin listing after, not required to exist." },
  limit: { type: "int", description: "Optional number of entries to return; defaults to all entries." },
};

/** The fields of a path whose lists come in pages; undefined where the release has no pages. */
export function pageFields(release: Release): Readonly<Record<string, Field>> | undefined {
  return hasQuirk(release, "lists-have-pages") ? PAGE_FIELDS : undefined;
}

/** The part of a list that was asked for; without a limit, or with none above 0, all that follows. */
export function pageOf(reply: BackendReply, data: FieldData): BackendReply {
  if (reply === undefined || "error" in reply || "raw" in reply) return reply;
  const { keys, key_info: info, ...rest } = reply.data ?? {};
  if (!Array.isArray(keys)) return reply;
  const after = data.string("after");
  const limit = data.number("limit");
  const behind = (keys as readonly string[]).filter((key) => after === "" || key > after);
  const page = limit > 0 ? behind.slice(0, limit) : behind;
  const about = typeof info === "object" && info !== null ? (info as Readonly<Record<string, unknown>>) : undefined;
  const kept = about && {
    key_info: Object.fromEntries(page.filter((key) => key in about).map((key) => [key, about[key]])),
  };
  return { ...reply, data: { ...rest, keys: page, ...kept } };
}
