// What tests send: a picture, ids of nothing, the rooms and people of a test.
import { createHash } from "node:crypto";
import { call, Person } from "../../support/api.mjs";
import { NODE_SECRET } from "./host.mjs";

/** One red pixel. */
export const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
/** The id of no room and nobody. */
export const NOWHERE = "0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const json = (raw) => ({ raw, headers: { "content-type": "application/json" } });

let addresses = 0;
/** An address that nobody has. */
export const newAddress = () => `new${++addresses}-${process.pid}@example.org`;
export const PASSWORD = "correct horse battery";

/** An image of its own for every number. */
export const image = (n) => Buffer.concat([PNG, Buffer.from(String(n))]);

/** Stores an image. */
export function putImage(person, room, bytes, { name = sha256(bytes), type = "image/png" } = {}) {
  return person.call("PUT", `/v1/rooms/${room.id}/files/${name}`, { raw: bytes, headers: { "content-type": type } });
}

/** New people, by name. */
export async function people(server, ...names) {
  return Promise.all(names.map((name) => Person.signUp(server, name)));
}

/** What people are to a room, in the order of what they may do: so that who may delete it comes last. */
export const ROLES = ["anonymous", "revoked", "node", "stranger", "removed", "viewer", "editor", "owner"];

/** People of every kind; `stage` gives them a room. */
export class Cast {
  static async meet(server) {
    const cast = new Cast();
    const names = ["revoked", "stranger", "removed", "viewer", "editor", "owner", "victim"];
    const all = await people(server, ...names);
    names.forEach((name, i) => (cast[name] = all[i]));
    cast.server = server;
    cast.anonymous = { call: (method, path, options) => call(server, method, path, options) };
    // An origin node, which knows the secret of nodes.
    cast.node = { access: NODE_SECRET, call: (method, path, options) => call(server, method, path, { token: NODE_SECRET, ...options }) };
    // A member whose sign-in has ended: the access token itself has not expired.
    cast.returning = await cast.revoked.signInAgain();
    await cast.revoked.signOut();
    return cast;
  }

  /** A room in which everyone is what they are called. */
  async stage() {
    const room = await this.owner.createRoom("Stage");
    const invites = { editor: await this.invite(room, "editor"), viewer: await this.invite(room, "viewer") };
    const accept = (person, role) => person.ok(200, "POST", `/v1/invites/${invites[role].code}/accept`);
    for (const name of ["returning", "removed", "victim", "editor"]) await accept(this[name], "editor");
    await accept(this.viewer, "viewer");
    await this.owner.ok(204, "DELETE", `/v1/rooms/${room.id}/members/${this.removed.id}`);
    return room;
  }

  invite(room, role) {
    return this.owner.ok(201, "POST", `/v1/rooms/${room.id}/invites`, { body: { role } });
  }
}
