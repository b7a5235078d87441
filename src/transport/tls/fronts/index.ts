import type { FrontName } from "../settings.js";
import type { Front } from "./front.js";
import { haproxy } from "./haproxy.js";
import { nginx } from "./nginx.js";
import { openssl } from "./openssl.js";
import { vault } from "./vault.js";

export type { Front, HandshakeProblem, HelloProblem, LogLine } from "./front.js";

/** Every front, by name. */
export const FRONTS: Readonly<Record<FrontName, Front>> = { vault, nginx, haproxy, openssl };
