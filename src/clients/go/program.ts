import type { GoBuild } from "../../go/index.js";

/** A Go program that talks to Vault, and what it was built from. */
export interface GoProgram extends GoBuild {
  /** Version of hashicorp/go-retryablehttp, which decides whether certificate errors are tried again. */
  readonly retryablehttp: string;
}
