import { sendAway } from "../transport/index.js";
import { type FaultKind, text } from "./fault.js";

export const garbage: FaultKind = {
  id: "garbage",
  says: "Answers the first bytes with text that is neither TLS nor HTTP. Go says `tls: first record does not look like a TLS handshake`.",
  parameters: { text: { says: "What is sent", default: "220 ready\r\n" } },
  socket: (values) => {
    const bytes = text(values, "text", "220 ready\r\n");
    return {
      moment: "accept",
      fault: { id: "garbage", note: "answered with garbage", act: (socket) => sendAway(socket, bytes) },
    };
  },
};
