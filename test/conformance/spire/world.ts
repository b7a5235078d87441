import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../../src/journal/index.js";
import { LabClock, Seed } from "../../../src/runtime/index.js";
import {
  type AgentSettings,
  createSpire,
  type EntrySpec,
  type SdsSettings,
  type ServerSettings,
  type Spire,
} from "../../../src/spire/index.js";

/** What a transcript is given, as the README of the recorded conversations describes it. */
export interface Given {
  readonly trustDomain: string;
  readonly entries?: readonly EntrySpec[];
  readonly sds?: SdsSettings;
  readonly agent?: AgentSettings & { readonly admin?: boolean };
  readonly server?: ServerSettings;
  readonly foreignBundles?: Readonly<Record<string, string>>;
}

export type WorldCommand =
  | { readonly addEntry: EntrySpec }
  | { readonly updateEntry: EntrySpec }
  | { readonly removeEntry: { readonly spiffeId: string } }
  | { readonly rotateBundle: true }
  | { readonly setForeignBundle: { readonly trustDomain: string; readonly bundle: string } }
  | { readonly removeForeignBundle: string }
  | { readonly stopAgent: "TERM" | "KILL" }
  | { readonly startAgent: true }
  | { readonly stopServer: true };

/** A fake SPIRE as a transcript wants it, with a socket for every user that may call. */
export interface World {
  readonly spire: Spire;
  readonly clock: LabClock;
  readonly journal: Journal;
  readonly adminSocket: string | undefined;
  /** Socket path by uid. */
  readonly sockets: Readonly<Record<string, string>>;
  command(command: WorldCommand): Promise<void>;
  close(): Promise<void>;
}

/** The users that the transcripts know, and those that entries name. */
function usersOf(given: Given): Set<number> {
  const uids = new Set([0, ...Array.from({ length: 10 }, (_, i) => 1000 + i)]);
  for (const { selectors } of given.entries ?? []) {
    for (const selector of selectors) {
      const uid = /^unix:uid:(\d+)$/.exec(selector)?.[1];
      if (uid !== undefined) uids.add(Number(uid));
    }
  }
  return uids;
}

const selectorsOf = (uid: number): string[] => [`unix:uid:${uid}`, `unix:gid:${uid}`];

export async function startWorld(given: Given, version: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "spire-"));
  // Other users have to reach the sockets in it.
  chmodSync(folder, 0o755);
  const clock = new LabClock();
  const journal = new Journal({ clock });
  const { admin, ...agent } = given.agent ?? {};
  const spire = await createSpire({
    clock,
    journal,
    seed: new Seed(JSON.stringify(given)),
    version,
    trustDomain: given.trustDomain,
    agent: { syncInterval: "500ms", ...agent },
    ...(given.entries !== undefined && { entries: given.entries }),
    ...(given.sds !== undefined && { sds: given.sds }),
    ...(given.server !== undefined && { server: given.server }),
    ...(given.foreignBundles !== undefined && { foreignBundles: given.foreignBundles }),
  });
  const sockets: Record<string, string> = {};
  for (const uid of usersOf(given)) {
    const path = join(folder, `${uid}.sock`);
    await spire.listen({ path }, { selectors: selectorsOf(uid) });
    sockets[uid] = path;
  }
  const wantsAdmin = admin === true || (agent.authorizedDelegates ?? []).length > 0;
  const adminSocket = wantsAdmin ? join(folder, "admin", "admin.sock") : undefined;
  if (adminSocket !== undefined) await spire.listenAdmin({ path: adminSocket }, { selectors: selectorsOf(0) });
  return {
    spire,
    clock,
    journal,
    adminSocket,
    sockets,
    command: (command) => run(spire, command),
    async close() {
      await spire.stop();
      clock.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(spire: Spire, command: WorldCommand): Promise<void> {
  if ("addEntry" in command) await spire.addEntry(command.addEntry);
  else if ("updateEntry" in command) await spire.updateEntry(command.updateEntry);
  else if ("removeEntry" in command) spire.removeEntry(command.removeEntry.spiffeId);
  else if ("rotateBundle" in command) spire.rotateBundle();
  else if ("setForeignBundle" in command) {
    spire.setForeignBundle(command.setForeignBundle.trustDomain, command.setForeignBundle.bundle);
  } else if ("removeForeignBundle" in command) spire.removeForeignBundle(command.removeForeignBundle);
  else if ("stopAgent" in command) await spire.stopAgent(command.stopAgent);
  else if ("startAgent" in command) await spire.startAgent();
  else spire.stopServer();
}
