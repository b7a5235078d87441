export { announce, announced, findControl, type RunFile } from "./run-file.js";
export { type Problem, problemOf } from "./problem.js";
export { LabRegistry } from "./registry.js";
export { type Control, type ControlOptions, startControl } from "./server.js";
