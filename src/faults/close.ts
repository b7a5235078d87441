import { AT, atSocket, type FaultKind } from "./fault.js";
import { cutAt } from "./cut.js";

export const close: FaultKind = {
  id: "close",
  says: "Ends the connection with a FIN. Go says `EOF`, or `unexpected EOF` once a reply has begun.",
  parameters: { at: AT },
  socket: (values) => {
    const moment = atSocket(values);
    if (moment === undefined) return undefined;
    return { moment, fault: { id: "close", note: "closed the connection", act: (socket) => socket.resume().end() } };
  },
  http: (values) => cutAt(values, "close"),
};
