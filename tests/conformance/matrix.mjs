// Who may do what: one row an operation. `expected` says the answer to everyone of `ROLES`; `request` makes a valid request of that caller.
import { image, newAddress, NOWHERE, PASSWORD, PNG, putImage, sha256 } from "./support/things.mjs";
import { Person } from "../support/api.mjs";

const NO_TOKEN = [401, "unauthorized"];
const NO_ROOM = [404, "room_not_found"];
const NOT_YOURS = [403, "forbidden"];

/** Public: the same for all, with a token or without. */
const anyone = (answer) => ({ anonymous: answer, revoked: answer, node: answer, stranger: answer, removed: answer, viewer: answer, editor: answer, owner: answer });
/** One's own: whoever is signed in. */
const signedIn = (answer) => ({ ...anyone(answer), anonymous: NO_TOKEN, revoked: NO_TOKEN, node: NO_TOKEN });
/** For origin nodes: no person is one. */
const nodes = (answer) => ({ ...anyone(NO_TOKEN), node: answer });
/** About a room: a room that I may not see does not exist. */
const inRoom = (owner, editor, viewer) => ({ anonymous: NO_TOKEN, revoked: NO_TOKEN, node: NO_TOKEN, stranger: NO_ROOM, removed: NO_ROOM, viewer, editor, owner });
const members = (answer) => inRoom(answer, answer, answer);
const owners = (answer) => inRoom(answer, NOT_YOURS, NOT_YOURS);
const editors = (answer) => inRoom(answer, answer, NOT_YOURS);

const room = (tail, more = {}) => ({ stage }) => ({ path: `/v1/rooms/${stage.id}${tail}`, ...more });
const at = (path, more = {}) => () => ({ path, ...more });
const file = ({ stage, name }, bytes) => `/v1/rooms/${stage.id}/files/${name ?? sha256(bytes)}`;

export const MATRIX = {
  signUp: { expected: anyone([201]), request: () => ({ path: "/v1/auth/signup", body: { email: newAddress(), name: "New", password: PASSWORD } }) },
  signIn: { expected: anyone([200]), request: ({ cast }) => ({ path: "/v1/auth/signin", body: { email: cast.owner.email, password: PASSWORD } }) },
  refresh: { expected: anyone([200]), request: async ({ cast }) => ({ path: "/v1/auth/refresh", body: await newSession(cast.stranger) }) },
  signOut: { expected: anyone([204]), request: async ({ cast }) => ({ path: "/v1/auth/signout", body: await newSession(cast.stranger) }) },
  getKeys: { expected: anyone([200]), request: at("/.well-known/jwks.json") },
  getLimits: { expected: anyone([200]), request: at("/v1/limits") },
  getOpenApi: { expected: anyone([200]), request: at("/v1/openapi.json") },
  getHealth: { expected: anyone([200]), request: at("/healthz") },
  getReadiness: { expected: anyone([200]), request: at("/readyz") },

  getMe: { expected: signedIn([200]), request: at("/v1/me") },
  patchMe: { expected: signedIn([200]), request: at("/v1/me", { body: {} }) },
  // A second account of each: the people are needed on.
  deleteMe: { expected: signedIn([204]), request: async ({ cast, role }) => ({ path: "/v1/me", token: await tokenOfAnother(cast, role) }) },
  createRoom: { expected: signedIn([201]), request: at("/v1/rooms", { body: { name: "Mine" } }) },
  listRooms: { expected: signedIn([200]), request: at("/v1/rooms") },
  acceptInvite: {
    // Who is let in is a stranger no more: an invitation of a room of its own.
    expected: signedIn([200]),
    request: async ({ cast }) => {
      const other = await cast.victim.createRoom("Open house");
      const invite = await cast.victim.ok(201, "POST", `/v1/rooms/${other.id}/invites`, { body: { role: "viewer" } });
      return { path: `/v1/invites/${invite.code}/accept` };
    },
  },

  nodeRights: { expected: nodes([200]), request: ({ cast, stage }) => ({ path: "/v1/node/rights", body: { user: cast.owner.id, session: NOWHERE, room: stage?.id ?? NOWHERE } }) },
  nodeRevocations: { expected: nodes([200]), request: at("/v1/node/revocations?after=0") },
  forgetRevocations: { expected: nodes([200]), request: at("/v1/node/revocations") },

  getRoom: { expected: members([200]), request: room("") },
  patchRoom: { expected: owners([200]), request: room("", { body: { name: "Renamed", viewers_visible: false } }) },
  deleteRoom: { expected: owners([204]), request: room("") },
  listMembers: { expected: members([200]), request: room("/members") },
  putMember: { expected: owners([200]), request: ({ cast, stage }) => ({ path: `/v1/rooms/${stage.id}/members/${cast.victim.id}`, body: { role: "viewer" } }) },
  deleteMember: { expected: owners([204]), request: ({ cast, stage }) => ({ path: `/v1/rooms/${stage.id}/members/${cast.victim.id}` }) },
  createInvite: { expected: owners([201]), request: room("/invites", { body: { role: "viewer" } }) },
  createTicket: { expected: members([200]), request: room("/ticket", { body: {} }) },
  listParticipants: { expected: members([200]), request: room("/participants") },
  putFile: {
    expected: editors([201]),
    request: ({ stage, role }) => ({ path: file({ stage }, image(role)), raw: image(role), headers: { "content-type": "image/png" } }),
  },
  getFile: {
    expected: members([200]),
    prepare: ({ cast, stage }) => putImage(cast.owner, stage, PNG),
    request: ({ stage }) => ({ path: file({ stage }, PNG) }),
  },
};

async function newSession(person) {
  return { refresh_token: (await person.signInAgain()).refresh };
}

/** Of a second account; anonymous callers have none, and a revoked token stays one. */
async function tokenOfAnother(cast, role) {
  if (["anonymous", "revoked", "node"].includes(role)) return cast[role].access;
  return (await Person.signUp(cast.server, role)).access;
}
