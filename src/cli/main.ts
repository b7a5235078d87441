#!/usr/bin/env node
import { run } from "./program.js";

// Somebody who reads only the beginning (`| head`) is no error, and what was begun is still brought to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await run(process.argv.slice(2));
