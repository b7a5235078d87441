export { Acl, type AclRequest, type AclVerdict, type Permissions } from "./acl.js";
export { parsePolicy, type PathRule, type Policy, PolicyError } from "./policy.js";
export { PolicyStore } from "./store.js";
