// Compares what the hosts named on the command line answered on the same walk (`walk.test.mjs`), and prints the first differences.
import { differences, load, transcriptFile } from "./support/transcript.mjs";

const hosts = process.argv.slice(2);
const walks = hosts.map(load);
let failed = 0;
const check = (what, found) => {
  failed += found.length ? 1 : 0;
  console.log(`${found.length ? "✖" : "✔"} ${what}${found.map((f) => `\n    ${f}`).join("")}`);
};

const first = walks.findIndex(Boolean);
hosts.forEach((host, i) => {
  if (!walks[i]) check(`${host} walked`, [`${transcriptFile(host)} is missing: run the suite on ${host} first`]);
  else if (i !== first) check(`${host} answers like ${hosts[first]}`, differences(walks[first], walks[i]));
});
const checks = hosts.length - (first >= 0 ? 1 : 0);
console.log(`ℹ pass ${checks - failed}\nℹ fail ${failed}`);
process.exitCode = failed ? 1 : 0;
