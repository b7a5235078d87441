import { execFile } from "node:child_process";
import tls from "node:tls";
import type { GoProgram } from "../../../src/clients/go/program.js";
import { GoHttpClient } from "../../../src/clients/go/http-client.js";
import { Patience } from "../../../src/clients/go/patience.js";
import { parsePemBundle } from "../../../src/go/index.js";
import { LabClock } from "../../../src/runtime/index.js";

/** A server to be judged. */
export interface Defendant {
  readonly host: string;
  readonly port: number;
  readonly caFile: string;
  readonly caPem: string;
}

/** `ok`, or why the program refuses, in its own words. */
export type Verdict = string;
export type Judge = (server: Defendant) => Promise<Verdict>;

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host);

interface Output {
  readonly failed: boolean;
  readonly stdout: string;
  /** Both streams. */
  readonly text: string;
}

function output(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, stdout: stdout.trim(), text: `${stdout}${stderr}`.trim() });
    });
    child.stdin?.end();
  });
}

export const node: Judge = ({ host, port, caPem }) =>
  new Promise((resolve) => {
    const name = isAddress(host) ? {} : { servername: host };
    const socket = tls.connect({ host: "127.0.0.1", port, ca: caPem, ...name }, () => {
      socket.destroy();
      resolve("ok");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

export const openssl: Judge = async ({ host, port, caFile }) => {
  const name = isAddress(host) ? ["-verify_ip", host] : ["-servername", host, "-verify_hostname", host];
  const args = [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-CAfile",
    caFile,
    "-verify_return_error",
    "-brief",
    ...name,
  ];
  const { failed, text } = await output("openssl", args);
  const verdict = /verify error:num=(\d+:.*)/i.exec(text)?.[1] ?? /SSL alert number \d+/.exec(text)?.[0];
  return verdict ?? (failed ? (text.split("\n").at(-1) ?? "failed") : "ok");
};

export const curl: Judge = async ({ host, port, caFile }) => {
  const to = isAddress(host) ? [] : ["--resolve", `${host}:${port}:127.0.0.1`];
  const { failed, text } = await output("curl", [
    "-sS",
    "-o",
    "/dev/null",
    "--noproxy",
    "*",
    "--cacert",
    caFile,
    ...to,
    `https://${host}:${port}/`,
  ]);
  return failed ? (text.replace(/^curl: /, "").split("\n")[0] ?? "failed") : "ok";
};

/** A probe of `test/clients/go-probe`, built. */
export function goProbe(program: string, env: NodeJS.ProcessEnv = {}): Judge {
  return async ({ host, port, caFile }) => {
    const settings = {
      ...process.env,
      GODEBUG: "",
      ...env,
      VAULT_ADDR: `https://${host}:${port}`,
      VAULT_CACERT: caFile,
    };
    const { failed, stdout } = await output(program, [], settings);
    return failed ? stdout : "ok";
  };
}

/** The model of a Go client that was built so. */
export function goModel(build: GoProgram): Judge {
  return async ({ host, port, caPem }) => {
    const url = new URL(`https://${host}:${port}/v1/sys/health`);
    const roots = parsePemBundle(caPem);
    using client = new GoHttpClient({ build, clock: new LabClock(), roots, patience: new Patience() });
    try {
      await client.do({ method: "GET", url, headers: {} });
      return "ok";
    } catch (error) {
      return String(error instanceof Error ? error.message : error).replace(`Get "${url.href}": `, "");
    }
  };
}
