import { cutAt } from "./cut.js";
import { AT, atSocket, type FaultKind } from "./fault.js";

export const reset: FaultKind = {
  id: "reset",
  says: "Ends the connection with a RST. Go says `read: connection reset by peer`.",
  parameters: { at: AT },
  socket: (values) => {
    const moment = atSocket(values);
    if (moment === undefined) return undefined;
    return {
      moment,
      fault: { id: "reset", note: "reset the connection", act: (socket) => void socket.resetAndDestroy() },
    };
  },
  http: (values) => cutAt(values, "reset"),
};
