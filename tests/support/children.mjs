// Processes that the suites start: none survives its test file.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const children = new Set();
const folders = new Set();

/** Starts a program that is ended with this process at the latest. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
  children.add(child);
  child.exited = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => resolve({ code: null, error }));
  }).finally(() => children.delete(child));
  return child;
}

/** Removes the folder when this process ends. */
export function removeAtExit(folder) {
  folders.add(folder);
  return folder;
}

const endings = new Set();

/** Runs something when a test file is done, whether its tests cleaned up or failed half way. */
export function atEnd(action) {
  endings.add(action);
}

export async function runEndings() {
  for (const action of [...endings]) await action();
  endings.clear();
}

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
