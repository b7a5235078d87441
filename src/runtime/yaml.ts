/**
 * YAML, for those who load it only when they need it: `await import("…/runtime/yaml.js")`. The package itself must not be
 * imported dynamically: it is CommonJS, of which a bundle's dynamic import sees nothing but the default.
 */
export { parse, stringify } from "yaml";
