import type { BackendFactory } from "../../core/backend.js";
import { authorityPaths } from "./authority-paths.js";
import { configPaths } from "./config-paths.js";
import { issuePaths } from "./issue-paths.js";
import { issuerPaths } from "./issuer-paths.js";
import { keyPaths } from "./key-paths.js";
import { readPaths, UNAUTHENTICATED } from "./read-paths.js";
import { acmePaths } from "./acme-paths.js";
import { revocationPaths } from "./revocation-paths.js";
import { revokePaths } from "./revoke-paths.js";
import { tidyPaths } from "./tidy-paths.js";
import { PkiStore } from "./store.js";

/**
 * The PKI secrets engine, as cert-manager uses it and as somebody sets it up by hand.
 * Order of paths matters: `issuer/<ref>/sign/<role>` must be tried before `issuer/<ref>`, which takes no slash.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/pki
 */
export const pki: BackendFactory = (context) => {
  const store = new PkiStore(context);
  return {
    paths: [
      ...issuePaths(store),
      ...authorityPaths(store),
      ...readPaths(store),
      ...configPaths(store),
      ...keyPaths(store),
      ...revocationPaths(store),
      ...revokePaths(store),
      ...tidyPaths(store),
      ...acmePaths(store),
      ...issuerPaths(store),
    ],
    unauthenticated: UNAUTHENTICATED,
    sudo: ["root", "root/sign-self-issued"],
  };
};
