export { Acl, type AclRequest, type AclVerdict, type Permissions } from "./acl.js";
export { filteredPath, parsePolicy, type PathRule, type Policy, PolicyError } from "./policy.js";
export { type PolicyAbout, PolicyStore } from "./store.js";
