/** The front door of the audit. */
export { auditHead, readAudit } from "./read.ts";
export { type Appended, auditAppended, auditDeed } from "./record.ts";
export { verifyAudit } from "./verify.ts";
