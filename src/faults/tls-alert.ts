import { MistrustError, nearest } from "../runtime/index.js";
import { alertName, ALERTS, plainAlert, sendAway } from "../transport/index.js";
import { type FaultKind, text } from "./fault.js";

export const tlsAlert: FaultKind = {
  id: "tls-alert",
  says: "Answers the ClientHello with an alert. Go says `remote error: tls: ` and the alert's name.",
  parameters: { alert: { says: "Its name as in RFC 8446 §6.2, or its number", default: "handshake_failure" } },
  socket: (values) => {
    const named = values.alert;
    const code = typeof named === "number" ? named : alertCode(text(values, "alert", "handshake_failure"));
    const note = `sent the alert ${alertName(code)}`;
    return {
      moment: "client-hello",
      fault: { id: "tls-alert", note, act: (socket) => sendAway(socket, plainAlert(code)) },
    };
  },
};

/** @throws MISTRUST_USAGE when there is no such alert */
function alertCode(name: string): number {
  const wanted = name.toLowerCase().replace(/[ -]/g, "_");
  const found =
    Object.entries(ALERTS).find(([known]) => known === wanted)?.[1] ?? (/^\d+$/.test(name) ? Number(name) : undefined);
  if (found !== undefined) return found;
  const near = nearest(wanted, Object.keys(ALERTS));
  throw new MistrustError("MISTRUST_USAGE", `there is no TLS alert "${name}"`, {
    remedy: near === undefined ? "take a name from RFC 8446 §6.2" : `did you mean "${near}"?`,
  });
}
