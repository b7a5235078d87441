import type { RequestListener } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import { renderExplanation, type Lab } from "../lab/index.js";
import { MistrustError } from "../runtime/index.js";
import { sendJournal } from "./journal.js";
import { problemOf } from "./problem.js";
import type { LabRegistry } from "./registry.js";

/**
 * The control API. Everything a lab can be asked or told stands below `/api/v1/labs/{lab}`:
 *
 * | | |
 * |---|---|
 * | `GET  /api/v1/labs` | the labs of this process |
 * | `GET  /api/v1/labs/{lab}` | one: addresses, environment, clock, variant |
 * | `GET  /api/v1/labs/{lab}/variants` | what can be applied |
 * | `POST /api/v1/labs/{lab}/variants/{variant}/apply` | apply it |
 * | `POST /api/v1/labs/{lab}/reset` | back to the scenario as it stands, with an empty journal |
 * | `GET  /api/v1/labs/{lab}/journal` | pages of events; NDJSON or SSE by `Accept` |
 * | `GET  /api/v1/labs/{lab}/explain` | JSON, or text by `Accept` |
 */
export function controlApp(labs: LabRegistry): RequestListener {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple");
  app.use((_request, response, next) => {
    response.set({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    next();
  });
  app.get(["/livez", "/readyz"], (_request, response) => void response.type("text").send("ok"));
  app.get(
    "/api/v1/labs",
    (_request, response) => void response.json({ labs: labs.entries().map(([id, lab]) => brief(id, lab)) }),
  );
  app.use("/api/v1/labs/:lab", labRoutes(labs));
  app.use((request) => {
    throw new MistrustError("MISTRUST_NOT_FOUND", `there is no ${request.method} ${request.path}`, {
      remedy: "the labs are under /api/v1/labs",
    });
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  });
  return app;
}

function labRoutes(labs: LabRegistry): express.Router {
  const routes = express.Router({ mergeParams: true });
  const idOf = (request: Request): string => String(request.params.lab);
  const labOf = (request: Request): Lab => labs.get(idOf(request));
  routes.get("/", (request, response) => void response.json(full(idOf(request), labOf(request))));
  routes.get("/variants", (request, response) => void response.json({ variants: labOf(request).offers() }));
  routes.post("/variants/:variant/apply", async (request, response) => {
    await labOf(request).apply(request.params.variant);
    response.json(full(idOf(request), labOf(request)));
  });
  routes.post("/reset", async (request, response) => {
    await labOf(request).reset();
    response.json(full(idOf(request), labOf(request)));
  });
  routes.get("/journal", (request, response) => sendJournal(labOf(request), request, response));
  routes.get("/explain", (request, response) => {
    const explanation = labOf(request).explain();
    if (request.accepts(["json", "text"]) === "text") response.type("text").send(renderExplanation(explanation));
    else response.json(explanation);
  });
  return routes;
}

/** What a list shows of a lab. */
function brief(id: string, lab: Lab): Record<string, unknown> {
  return {
    id,
    scenario: lab.scenario?.id ?? null,
    title: lab.scenario?.title ?? null,
    variant: lab.variant ?? null,
    self: `/api/v1/labs/${encodeURIComponent(id)}`,
  };
}

function full(id: string, lab: Lab): Record<string, unknown> {
  return {
    ...brief(id, lab),
    clock: { now: new Date(lab.clock.now()).toISOString(), frozen: lab.clock.frozen },
    fakes: lab.addresses(),
    env: lab.env(),
    journal: { seq: lab.journal.seq },
  };
}
