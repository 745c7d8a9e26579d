// What a host answered, with what differs from run to run replaced by placeholders: so that the answers of two hosts can be compared byte by byte.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../../support/server.mjs";

const FOLDER = process.env.MERIDIAN_TRANSCRIPTS ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "conformance");
/** Where the transcript of a host lies. */
export const transcriptFile = (host) => join(FOLDER, `${host}.json`);

/** Headers of the connection and of the machine, not of the answer. A position is the database's own; times are of the moment. */
const LEFT_OUT = new Set(["connection", "keep-alive", "date", "content-length", "transfer-encoding", "content-encoding", "meridian-position", "server-timing"]);
/** Fields whose values are random, whatever they look like. */
const RANDOM = ["access_token", "refresh_token", "ticket", "next_cursor"];

/** Records steps. */
export class Transcript {
  constructor() {
    this.steps = [];
    this.names = new Map();
  }

  /** Adds an answer. */
  add(title, method, path, answer) {
    this.learn(answer);
    const headers = [...answer.headers].filter(([name]) => !LEFT_OUT.has(name)).map(([name, value]) => [name, this.plain(name, value)]);
    const isText = /json|text/.test(answer.type) || answer.bytes.length === 0;
    const body = isText ? this.scrub(answer.bytes.toString()) : `${answer.bytes.toString("base64")}`;
    this.steps.push({ title, method, path: this.scrub(path), status: answer.status, headers: Object.fromEntries(headers), body });
  }

  /** Random values of this answer get names. */
  learn({ status, body }) {
    if (!body || status >= 400) return;
    for (const field of RANDOM) if (typeof body[field] === "string") this.name(body[field], field);
    if (body.code) this.name(body.code, "code");
  }

  name(value, kind) {
    if (!this.names.has(value)) this.names.set(value, `<${kind} ${[...this.names.values()].filter((n) => n.startsWith(`<${kind} `)).length + 1}>`);
    return this.names.get(value);
  }

  scrub(text) {
    for (const [value, name] of this.names) text = text.replaceAll(value, name);
    return text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => this.name(id, "id"))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>")
      .replace(/\/\/(127\.0\.0\.1|localhost):\d+/g, "//<host>");
  }

  plain(name, value) {
    if (name === "x-request-id" && /^[0-9a-f]{32}$/.test(value)) return "<request>";
    if (name === "ratelimit") return value.replace(/([rt])=\d+/g, "$1=<n>");
    return this.scrub(value);
  }

  save(host) {
    mkdirSync(dirname(transcriptFile(host)), { recursive: true });
    writeFileSync(transcriptFile(host), `${JSON.stringify(this.steps, null, 1)}\n`);
  }
}

/** The saved steps of a host; nothing when there are none. */
export function load(host) {
  try {
    return JSON.parse(readFileSync(transcriptFile(host), "utf8"));
  } catch {
    return undefined;
  }
}

/** The differences of two transcripts, in words, the first ones only. */
export function differences(left, right, most = 10) {
  const found = [];
  for (let i = 0; i < Math.max(left.length, right.length) && found.length < most; i++) {
    const [a, b] = [left[i], right[i]];
    if (!a || !b) {
      found.push(`step ${i + 1}: ${(a ?? b).title} is on one side only`);
      break;
    }
    const at = `step ${i + 1}, ${a.title} (${a.method} ${a.path})`;
    for (const field of ["title", "method", "path", "status", "body"]) {
      if (a[field] !== b[field]) found.push(`${at}: ${field}: ${JSON.stringify(a[field])} ≠ ${JSON.stringify(b[field])}`);
    }
    for (const name of new Set([...Object.keys(a.headers), ...Object.keys(b.headers)])) {
      if (a.headers[name] !== b.headers[name]) found.push(`${at}: ${name}: ${JSON.stringify(a.headers[name])} ≠ ${JSON.stringify(b.headers[name])}`);
    }
  }
  return found.slice(0, most);
}
