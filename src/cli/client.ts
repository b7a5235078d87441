import { request } from "node:http";
import { findControl } from "../control/index.js";
import { type ErrorCode, ERRORS, MistrustError } from "../runtime/index.js";

/** A lab that runs in another process, through its control listener. */
export interface RemoteLab {
  readonly url: string;
  /** Below the lab's own path, e.g. `/explain`. */
  get(path: string, accept?: string): Promise<string>;
  post(path: string): Promise<string>;
  /** Calls `chunk` with text as it comes, until the other side ends. */
  follow(path: string, accept: string, chunk: (text: string) => void): Promise<void>;
}

/**
 * The lab to talk to: the one that is named, or the only one of the process found by `MISTRUST_CONTROL` or by itself.
 * @throws MISTRUST_CONTROL_UNREACHABLE
 */
export async function remoteLab(name?: string): Promise<RemoteLab> {
  const control = findControl();
  const id = name ?? (await onlyLab(control));
  const url = `${control}/api/v1/labs/${encodeURIComponent(id)}`;
  return {
    url,
    get: (path, accept = "application/json") => exchange("GET", url + path, accept),
    post: (path) => exchange("POST", url + path, "application/json"),
    follow: async (path, accept, chunk) => {
      await exchange("GET", url + path, accept, chunk);
    },
  };
}

async function onlyLab(control: string): Promise<string> {
  // This process and that one are of the same program, which wrote this answer.
  const { labs } = JSON.parse(await exchange("GET", `${control}/api/v1/labs`, "application/json")) as {
    labs: { id: string }[];
  };
  const [only] = labs;
  if (only !== undefined && labs.length === 1) return only.id;
  throw new MistrustError("MISTRUST_USAGE", `${labs.length} labs run at ${control}`, {
    remedy: `say which with --lab: ${labs.map((lab) => lab.id).join(", ")}`,
  });
}

function exchange(method: string, url: string, accept: string, chunk?: (text: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { accept } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      const good = (response.statusCode ?? 500) < 400;
      response.on("data", (piece: string) => (good && chunk !== undefined ? chunk(piece) : (text += piece)));
      response.on("end", () => (good ? resolve(text) : reject(problemIn(text, url))));
      response.on("error", reject);
    });
    sent.on("error", (cause) =>
      reject(
        new MistrustError(
          "MISTRUST_CONTROL_UNREACHABLE",
          `nothing answers at ${new URL(url).origin} (${cause.message})`,
          {
            remedy: "start a lab with: mistrust serve",
            cause,
          },
        ),
      ),
    );
    sent.end();
  });
}

function problemIn(text: string, url: string): MistrustError {
  try {
    const problem = JSON.parse(text) as { code?: string; detail?: string; remedy?: string };
    return new MistrustError(isCode(problem.code) ? problem.code : "MISTRUST_INTERNAL", problem.detail ?? text, {
      ...(problem.remedy !== undefined && { remedy: problem.remedy }),
    });
  } catch {
    return new MistrustError(
      "MISTRUST_CONTROL_UNREACHABLE",
      `${new URL(url).origin} is not a control listener of mistrust`,
    );
  }
}

function isCode(text: string | undefined): text is ErrorCode {
  return text !== undefined && Object.hasOwn(ERRORS, text);
}
