import type { Socket } from "node:net";
import { AT, atSocket, type FaultKind } from "./fault.js";

export const silence: FaultKind = {
  id: "silence",
  says: "Keeps the connection open and says nothing. Go says `net/http: TLS handshake timeout`, or `context deadline exceeded`.",
  parameters: { at: { ...AT, says: "`connect`, `hello` or `request`" } },
  socket: (values) => {
    const moment = atSocket(values);
    if (moment === undefined) return undefined;
    const act = (socket: Socket): void =>
      void socket
        .setTimeout(0)
        .resume()
        .on("end", () => socket.destroy());
    return { moment, fault: { id: "silence", note: "said nothing", act } };
  },
  http: (values) => (values.at === "request" ? () => new Promise(() => undefined) : undefined),
};
