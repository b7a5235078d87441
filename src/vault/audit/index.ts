export { AuditBroker, type NewDevice } from "./broker.js";
export { auditRequest, auditResponse, type Observed } from "./observe.js";
export type { Machine } from "./settings.js";
