import { z } from "zod";

/** Words that every part of the format uses. Nothing here transforms: what a file says is what the program gets. */

/** An optional key that is either there with a value or not there at all, as in YAML. */
export const maybe = z.exactOptional;

export const Duration = z
  .string()
  .regex(/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/, "is not a duration such as 500ms, 30s or 1h30m")
  .meta({ id: "Duration", description: "A duration as Go writes it: 500ms, 30s, 1h30m" });

export const VersionText = z
  .string()
  .regex(/^v?\d+(?:\.\d+){0,2}(?:[-+][\w.-]+)?$/, 'is not a version such as "1.15.6"')
  .meta({ id: "Version", description: 'A release, in quotes where YAML would read a number: "1.20"' });

export const VersionRange = z
  .string()
  .regex(
    /^(?:\*|(?:(?:>=|<=|>|<|=)?v?\d+(?:\.\d+){0,2}(?:-[\w.]+)?(?:\s+|\s*\|\|\s*|$))+)$/,
    'is not a range of versions such as ">=1.12.0 <1.15"',
  )
  .meta({ id: "VersionRange", description: 'Releases, such as ">=1.12.0 <1.15"; a blank means and, || means or, * all' });

export const Listen = z
  .string()
  .regex(/^(?:[\w.-]*|\[[0-9a-fA-F:]+\]):\d{1,5}$/, "is not an address such as 127.0.0.1:8200")
  .meta({ description: "HOST:PORT to listen on; an ephemeral port on 127.0.0.1 if left out" });

export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.]*(?:-[a-z0-9.]+)*$/, "is not a name in lower case such as api-server-audience");

export const Instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, "is not a time such as 2026-11-23T12:00:00Z")
  .meta({ id: "Instant", description: "A time in UTC: 2026-11-23T12:00:00Z" });

/** An ordinary Kubernetes manifest; the fake that it is applied to checks the rest. */
export const Manifest = z
  .looseObject({
    apiVersion: z.string().meta({ description: "Group and version, such as v1 or cert-manager.io/v1" }),
    kind: z.string(),
    metadata: z.looseObject({
      name: z.string(),
      namespace: maybe(z.string()),
    }),
  })
  .meta({ id: "Manifest", description: "A Kubernetes manifest, as kubectl apply takes it" });

export const Manifests = z
  .record(z.string(), Manifest)
  .meta({ description: "Manifests under keys of your choice, applied in order; a variant patches one by its key" });

export const Url = z.string().regex(/^https?:\/\/\S+$/, "is not a URL such as https://github.com/…");
