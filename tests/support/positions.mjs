// Callers who say how far they have seen, as the client does.
import { Person } from "./api.mjs";

const HEADER = "meridian-position";

const number = (position) => {
  const [high, low] = position.split("/").map((half) => BigInt(`0x${half}`));
  return (high << 32n) | low;
};

/** The position that is further. */
export function newest(a, b) {
  if (!a || !b) return a ?? b ?? undefined;
  return number(b) > number(a) ? b : a;
}

/** A person whose calls carry the newest position of all answers before. */
export class Watcher extends Person {
  static async signUp(server, name) {
    const person = await Person.signUp(server, name);
    const tokens = { access_token: person.access, refresh_token: person.refresh };
    const watcher = new Watcher(server, person, tokens);
    await watcher.rename(name ?? "Ada");
    return watcher;
  }

  /** A call with the position; its answer's is kept. */
  async call(method, path, options = {}) {
    const headers = { ...options.headers, ...(this.position ? { [HEADER]: this.position } : {}) };
    const answer = await super.call(method, path, { ...options, headers });
    this.position = newest(this.position, answer.headers.get(HEADER) ?? undefined);
    return answer;
  }

  async ok(status, method, path, options) {
    const answer = await this.call(method, path, options);
    if (answer.status !== status) throw new Error(`${method} ${path}: expected ${status}, got ${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
    return answer.body ?? answer.bytes;
  }

  rename(name) {
    return this.ok(200, "PATCH", "/v1/me", { body: { name } });
  }
}
