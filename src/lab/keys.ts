import { KeyPool } from "../pki/index.js";

/** RSA keys take 50 ms to make. The labs of a process share them, and nothing but them. */
export const SHARED_KEYS = new KeyPool();
