import { type FaultKind, number } from "./fault.js";

export const halfRecord: FaultKind = {
  id: "half-record",
  says: "Ends the connection in the midst of the server's part of the TLS handshake. Go says `unexpected EOF`.",
  parameters: { bytes: { says: "How many bytes of it are let out", default: 150 } },
  socket: (values) => {
    const cutAfter = number(values, "bytes", 150);
    return {
      moment: "server-flight",
      fault: { id: "half-record", note: `cut the handshake after ${cutAfter} bytes`, cutAfter },
    };
  },
};
