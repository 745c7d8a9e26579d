// One valid call of every operation, by people and rooms that are there for it.
import { createHash, randomBytes } from "node:crypto";
import { call, Person } from "../support/api.mjs";
import { Watcher } from "../support/positions.mjs";

const PASSWORD = "correct horse battery";
const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.from("a picture of the outages")]);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** What nodes show the edge. */
export const NODE_SECRET = "the secret of nodes in the tests of outages";

/** Makes what the calls need: while all is well. */
export async function prepare(server) {
  const ada = await Watcher.signUp(server, "Ada");
  const cast = { server, ada };
  cast.leaver = await Person.signUp(server, "Leaver");
  cast.bob = await Person.signUp(server, "Bob");
  cast.eve = await Person.signUp(server, "Eve");
  cast.sessions = [await ada.signInAgain(), await ada.signInAgain()];
  cast.room = await ada.createRoom("Plans");
  cast.doomed = await ada.createRoom("Doomed");
  await ada.bring(cast.bob, cast.room);
  await ada.bring(cast.eve, cast.room);
  const open = await cast.bob.createRoom("Open");
  cast.invite = await cast.bob.ok(201, "POST", `/v1/rooms/${open.id}/invites`, { body: { role: "viewer" } });
  await putFile(cast, PNG).then((answer) => expectStatus(answer, 201));
  return cast;
}

function expectStatus(answer, status) {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status} ${answer.bytes}`);
}

function putFile({ ada, room }, bytes) {
  return ada.call("PUT", `/v1/rooms/${room.id}/files/${sha256(bytes)}`, { raw: bytes, headers: { "content-type": "image/png" } });
}

const open = (method, path, body) => ({ server }) => call(server, method, path, body === undefined ? {} : { body });
const mine = (method, path, body) => ({ ada }) => ada.call(method, path, body === undefined ? {} : { body });
const room = (method, tail, body) => (cast) => cast.ada.call(method, `/v1/rooms/${cast.room.id}${typeof tail === "function" ? tail(cast) : tail}`, body === undefined ? {} : { body });

const node = (method, path, body) => ({ server, ...cast }) => call(server, method, path, { token: NODE_SECRET, body: body?.(cast) });

/** By `operationId`. All at once: none depends on what another does. */
export const CALLS = {
  signUp: ({ server }) => call(server, "POST", "/v1/auth/signup", { body: { email: `${randomBytes(6).toString("hex")}@example.org`, name: "New", password: PASSWORD } }),
  signIn: ({ server, ada }) => call(server, "POST", "/v1/auth/signin", { body: { email: ada.email, password: ada.password } }),
  refresh: ({ server, sessions }) => call(server, "POST", "/v1/auth/refresh", { body: { refresh_token: sessions[0].refresh } }),
  signOut: ({ server, sessions }) => call(server, "POST", "/v1/auth/signout", { body: { refresh_token: sessions[1].refresh } }),
  getMe: mine("GET", "/v1/me"),
  patchMe: mine("PATCH", "/v1/me", { name: "Ada Lovelace" }),
  deleteMe: ({ leaver }) => leaver.call("DELETE", "/v1/me"),
  createRoom: mine("POST", "/v1/rooms", { name: "New" }),
  listRooms: mine("GET", "/v1/rooms"),
  getRoom: room("GET", ""),
  patchRoom: room("PATCH", "", { name: "Renamed" }),
  deleteRoom: ({ ada, doomed }) => ada.call("DELETE", `/v1/rooms/${doomed.id}`),
  listMembers: room("GET", "/members"),
  putMember: room("PUT", ({ bob }) => `/members/${bob.id}`, { role: "viewer" }),
  deleteMember: room("DELETE", ({ eve }) => `/members/${eve.id}`),
  createInvite: room("POST", "/invites", { role: "viewer" }),
  acceptInvite: ({ ada, invite }) => ada.call("POST", `/v1/invites/${invite.code}/accept`),
  createTicket: room("POST", "/ticket", {}),
  putFile: (cast) => putFile(cast, Buffer.concat([PNG, randomBytes(8)])),
  getFile: room("GET", `/files/${sha256(PNG)}`),
  listParticipants: room("GET", "/participants"),
  nodeRights: node("POST", "/v1/node/rights", ({ bob, room }) => ({ user: bob.id, session: room.id, room: room.id })),
  nodeRevocations: node("GET", "/v1/node/revocations?after=0"),
  forgetRevocations: node("DELETE", "/v1/node/revocations"),
  getKeys: open("GET", "/.well-known/jwks.json"),
  getLimits: open("GET", "/v1/limits"),
  getOpenApi: open("GET", "/v1/openapi.json"),
  getHealth: open("GET", "/healthz"),
  getReadiness: open("GET", "/readyz"),
};
