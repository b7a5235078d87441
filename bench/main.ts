import { handshakes } from "./handshakes.js";
import { lab } from "./lab.js";
import { print, type Row } from "./report.js";
import { sds } from "./sds.js";
import { startup } from "./startup.js";
import { vault } from "./vault.js";

const [root = ".", ...chosen] = process.argv.slice(2);

const BENCHES: Readonly<Record<string, () => Promise<Row[]>>> = {
  startup: () => startup(root),
  lab,
  vault,
  handshakes,
  sds,
};

const unknown = chosen.find((name) => BENCHES[name] === undefined);
if (unknown !== undefined)
  throw new Error(`no bench is called "${unknown}"; there are ${Object.keys(BENCHES).join(", ")}`);

console.log(`Node ${process.version}, ${process.arch}`);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n${name}`);
  print(await bench());
}
