import type { Path } from "../core/backend.js";
import type { Core } from "../core/core.js";

/** A family of `sys` paths, made for one core (which is complete only once the mount stands). */
export type SysPaths = (core: () => Core) => Path[];
