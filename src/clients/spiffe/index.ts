import { parseCertificate } from "../../pki/index.js";
import { MistrustError } from "../../runtime/index.js";
import { codeName, type GrpcStatus, GrpcConnection } from "../../transport/grpc/index.js";
import * as workloadApi from "../../transport/grpc/workload-messages.js";
import type { Client, ClientModel, ClientReport, Targets } from "../model.js";
import { ReportBuilder } from "../report.js";
import { addressOf } from "./address.js";

/** Releases of go-spiffe. */
const RELEASES = ["2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "2.7.0", "2.8.2", "2.9.0"];

/**
 * A program with go-spiffe: it fetches its X.509-SVID over the Workload API, and a JWT-SVID too where its environment has
 * a JWT_AUDIENCE. SPIFFE_ENDPOINT_SOCKET is the lab's unless its environment has another.
 */
export const spiffe: ClientModel = { releases: RELEASES, run };

/** How a step failed, in go-spiffe's words. */
class Failed extends Error {
  override readonly name = "Failed";
}

async function run(client: Client, targets: Targets): Promise<ClientReport> {
  const builder = new ReportBuilder("spiffe", targets);
  const endpoint = client.env?.SPIFFE_ENDPOINT_SOCKET ?? targets.workloadSocket;
  if (endpoint === undefined) {
    throw new MistrustError("MISTRUST_FAKE_ABSENT", "the spiffe client has no workload socket", {
      remedy: 'add "spire" to the scenario\'s world',
    });
  }
  const address = addressOf(endpoint);
  if ("problem" in address) return builder.finish("failure", address.problem, "the program's log");
  const connection = new GrpcConnection(address.uri);
  try {
    const said = [await x509(connection, targets)];
    const audience = client.env?.JWT_AUDIENCE;
    if (audience !== undefined) said.push(await jwt(connection, audience, targets));
    return builder.finish("success", said.join("; "), "the program's log");
  } catch (problem) {
    if (!(problem instanceof Failed)) throw problem;
    builder.log(problem.message);
    return builder.finish("failure", problem.message, "the program's log");
  } finally {
    connection.close();
  }
}

/** The first message of a call, which for a stream is all that a one-time fetch looks at. */
async function first(
  connection: GrpcConnection,
  method: string,
  request: Buffer,
  { patienceMs = 3_000 }: Targets,
): Promise<Buffer> {
  const call = connection.open(`/SpiffeWorkloadAPI/${method}`, { "workload.spiffe.io": "true" });
  try {
    call.send(request);
    call.halfClose();
    const event = await call.next(patienceMs);
    if (event === undefined) throw new Failed("rpc error: code = DeadlineExceeded desc = context deadline exceeded");
    if ("status" in event) throw new Failed(errorText(event.status));
    return event.message;
  } finally {
    call.cancel();
  }
}

async function x509(connection: GrpcConnection, targets: Targets): Promise<string> {
  const bytes = await first(connection, "FetchX509SVID", workloadApi.empty.encode({}), targets);
  const [svid] = workloadApi.x509SvidResponse.decode(bytes).svids;
  if (svid === undefined) throw new Failed("workloadapi: no SVIDs in response");
  check(svid.x509Svid);
  return `X.509-SVID ${svid.spiffeId}`;
}

/** What go-spiffe wants of a leaf. (svid/x509svid/svid.go) */
function check(chain: Buffer): void {
  const leaf = parseCertificate(chain.subarray(0, derLength(chain)));
  const problem =
    leaf.uris.length === 0
      ? "certificate contains no URI SAN"
      : leaf.uris.length > 1
        ? "certificate contains more than one URI SAN"
        : leaf.isCa
          ? "leaf certificate must not have CA flag set to true"
          : !leaf.keyUsage.includes("digitalSignature")
            ? "leaf certificate must have 'digitalSignature' set as key usage"
            : undefined;
  if (problem !== undefined) throw new Failed(`x509svid: certificate validation failed: ${problem}`);
}

function derLength(bytes: Buffer): number {
  const size = bytes.readUInt8(1);
  if (size < 0x80) return 2 + size;
  return 2 + (size & 0x7f) + bytes.readUIntBE(2, size & 0x7f);
}

async function jwt(connection: GrpcConnection, audience: string, targets: Targets): Promise<string> {
  const request = workloadApi.jwtSvidRequest.encode({ audience: [audience], spiffeId: "" });
  const [svid] = workloadApi.jwtSvidResponse.decode(await first(connection, "FetchJWTSVID", request, targets)).svids;
  if (svid === undefined) throw new Failed("there were no SVIDs in the response");
  return `JWT-SVID ${svid.spiffeId} for ${audience}`;
}

function errorText({ code, details }: GrpcStatus): string {
  return `rpc error: code = ${codeName(code)} desc = ${details}`;
}
