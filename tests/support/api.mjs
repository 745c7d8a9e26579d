// A small HTTP client: one person, their rooms.
let people = 0;

/** A call; the answer with its parsed body and without opinions about its status. A server may bring rules for all its answers (`judge`). */
export async function call(server, method, path, { token, body, headers = {}, raw } = {}) {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body !== undefined ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    body: raw ?? (body !== undefined ? JSON.stringify(body) : undefined),
    redirect: "manual",
  });
  const answer = answerOf(response.status, response.headers, Buffer.from(await response.arrayBuffer()));
  server.judge?.(method, path, answer);
  return answer;
}

/** An answer as tests look at it. */
export function answerOf(status, headers, bytes) {
  const type = headers.get("content-type") ?? "";
  return { status, headers, type, bytes, body: type.includes("json") && bytes.length ? JSON.parse(bytes) : undefined };
}

/** Like `call`, and fails unless the status is the expected one. */
export async function ok(server, status, method, path, options) {
  const answer = await call(server, method, path, options);
  if (answer.status !== status) throw new Error(`${method} ${path}: expected ${status}, got ${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
  return answer.body ?? answer.bytes;
}

/** A person with an account, signed in. */
export class Person {
  static async signUp(server, name = "Ada", email = `person${++people}-${process.pid}@example.org`, password = "correct horse battery") {
    const answer = await ok(server, 201, "POST", "/v1/auth/signup", { body: { email, name, password } });
    return new Person(server, { ...answer.user, password }, answer);
  }

  constructor(server, user, tokens) {
    Object.assign(this, { server, id: user.id, name: user.name, email: user.email, password: user.password });
    this.access = tokens.access_token;
    this.refresh = tokens.refresh_token;
  }

  call(method, path, options = {}) {
    return call(this.server, method, path, { token: this.access, ...options });
  }

  ok(status, method, path, options = {}) {
    return ok(this.server, status, method, path, { token: this.access, ...options });
  }

  /** A second sign-in of the same person. */
  async signInAgain() {
    const answer = await ok(this.server, 200, "POST", "/v1/auth/signin", { body: { email: this.email, password: this.password } });
    return new Person(this.server, { ...answer.user, password: this.password }, answer);
  }

  signOut() {
    return this.ok(204, "POST", "/v1/auth/signout", { body: { refresh_token: this.refresh } });
  }

  createRoom(name = "Board", more = {}) {
    return this.ok(201, "POST", "/v1/rooms", { body: { name, ...more } });
  }

  /** Brings another person into a room, by invitation. */
  async bring(other, room, role = "editor") {
    const invite = await this.ok(201, "POST", `/v1/rooms/${room.id}/invites`, { body: { role } });
    return other.ok(200, "POST", `/v1/invites/${invite.code}/accept`);
  }

  ticket(room, body = {}) {
    return this.ok(200, "POST", `/v1/rooms/${room.id}/ticket`, { body });
  }
}
