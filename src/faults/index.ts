import { close } from "./close.js";
import { delay } from "./delay.js";
import type { FaultKind } from "./fault.js";
import { garbage } from "./garbage.js";
import { halfRecord } from "./half-record.js";
import { httpStatus } from "./http-status.js";
import { reset } from "./reset.js";
import { silence } from "./silence.js";
import { tlsAlert } from "./tls-alert.js";

export type { FaultKind, FaultParameter, FaultValues, HttpStrike, SocketStrike } from "./fault.js";

/** Every kind of fault. Those of gRPC streams belong to the servers that speak it. */
export const FAULTS: readonly FaultKind[] = [close, delay, garbage, halfRecord, httpStatus, reset, silence, tlsAlert];
