declare const __MISTRUST_VERSION__: string | undefined;

/** The package's version; the build puts it in. */
export const version: string = typeof __MISTRUST_VERSION__ === "string" ? __MISTRUST_VERSION__ : "0.0.0-dev";
