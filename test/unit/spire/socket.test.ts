import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GrpcConnection } from "../../../src/transport/grpc/index.js";
import { Fixture, SecretStream, WEB } from "./support.js";

async function dial(path: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.once("close", () => resolve("closed"));
      socket.once("data", () => {
        resolve("spoken to");
        socket.destroy();
      });
      socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    });
    // Writing to a connection that has been closed already is an error too.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EPIPE" ? "closed" : (code ?? "")));
  });
}

test("everybody may use the socket, whatever the umask", async () => {
  await using lab = await Fixture.start();
  expect(statSync(lab.path).mode & 0o777).toBe(0o777);
  expect(await dial(lab.path)).toBe("spoken to");
});

test("a path that the system would cut is refused", async () => {
  await using lab = await Fixture.start();
  const path = join(mkdtempSync(join(lab.folder, "x")), "y".repeat(100));
  await expect(lab.spire.listen({ path }, WEB)).rejects.toMatchObject({ code: "MISTRUST_SOCKET_PATH_TOO_LONG" });
});

test("a file that stands in the way is replaced", async () => {
  await using lab = await Fixture.start();
  const path = join(lab.folder, "stale.sock");
  writeFileSync(path, "");
  await lab.spire.listen({ path }, WEB);
  expect(statSync(path).isSocket()).toBe(true);
});

test("an agent that is stopped takes its file along, one that is killed leaves it, one that is held keeps its inode", async () => {
  await using lab = await Fixture.start();
  const inode = statSync(lab.path).ino;
  await lab.spire.stopAgent("held-open");
  expect(await dial(lab.path)).toBe("closed");
  await lab.spire.startAgent();
  expect([statSync(lab.path).ino, await dial(lab.path)]).toEqual([inode, "spoken to"]);
  await lab.spire.stopAgent("KILL");
  expect([existsSync(lab.path), await dial(lab.path)]).toEqual([true, "ECONNREFUSED"]);
  await lab.spire.startAgent();
  expect(await dial(lab.path)).toBe("spoken to");
  await lab.spire.stopAgent();
  expect([existsSync(lab.path), await dial(lab.path)]).toEqual([false, "ENOENT"]);
});

test("the same answers come over TCP", async () => {
  await using lab = await Fixture.start();
  const { uri } = await lab.spire.listen({ port: 0 }, WEB);
  const connection = new GrpcConnection(uri);
  const stream = new SecretStream(connection);
  stream.ask(["default"]);
  expect((await stream.answer()).versionInfo).toBe("1");
  connection.close();
});

test("a rate limit lets calls through again as the clock moves on", async () => {
  await using lab = await Fixture.start({ agent: { rateLimit: { streamSecrets: 1 } } });
  const refused = {
    status: { code: 14, details: expect.stringMatching(/^rate limit exceeded for .*StreamSecrets$/) as unknown },
  };
  const open = async (): Promise<unknown> => {
    const stream = new SecretStream(lab.connection);
    stream.ask(["ROOTCA"]);
    return await stream.next();
  };
  expect(await open()).toMatchObject({ versionInfo: "1" });
  expect(await open()).toEqual(refused);
  await lab.clock.advance(1_000);
  expect(await open()).toMatchObject({ versionInfo: "1" });
});
