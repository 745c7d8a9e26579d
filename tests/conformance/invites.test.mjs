// Invitations: role, address, uses, time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isProblem } from "../support/problem.mjs";
import { until } from "../support/until.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { people } from "./support/things.mjs";

let server, ada, bob, eve;
before(async () => {
  server = await openHost();
  [ada, bob, eve] = await people(server, "Ada", "Bob", "Eve");
});
after(closeHosts);

const make = (room, body) => ada.ok(201, "POST", `/v1/rooms/${room.id}/invites`, { body });
const accept = (person, { code }) => person.call("POST", `/v1/invites/${code}/accept`);
const lifetime = (invite) => Math.round((Date.parse(invite.expires_at) - Date.now()) / 1000);

test("an invitation has a secret code, a link to the page and an end", async () => {
  const room = await ada.createRoom();
  const invite = await make(room, { role: "editor" });
  assert.match(invite.code, /^[\w-]{22,}$/, "128 bits and more");
  assert.deepEqual([invite.role, invite.url], ["editor", `https://board.example/invite/${invite.code}`]);
  assert.ok(Math.abs(lifetime(invite) - 7 * 86_400) < 60, String(lifetime(invite)));
  for (const [expires_in, expected] of [[1, 1], [30 * 86_400, 30 * 86_400], [null, 7 * 86_400]]) {
    const { expires_at } = await make(room, { role: "viewer", expires_in, max_uses: null, email: null });
    assert.ok(Math.abs(lifetime({ expires_at }) - expected) < 60);
  }
  assert.notEqual((await make(room, { role: "editor" })).code, invite.code);
});

test("it gives its role; the better role wins, and never takes a right away", async () => {
  const room = await ada.createRoom();
  const [viewer, editor] = [await make(room, { role: "viewer" }), await make(room, { role: "editor" })];
  for (const [invite, role] of [[viewer, "viewer"], [viewer, "viewer"], [editor, "editor"], [viewer, "editor"]]) {
    const { status, body } = await accept(bob, invite);
    assert.deepEqual([status, body.id, body.role], [200, room.id, role]);
  }
  assert.equal((await accept(ada, editor)).body.role, "owner");
});

test("one for an address is for that account only, whatever its case", async () => {
  const room = await ada.createRoom();
  const personal = await make(room, { role: "editor", email: bob.email.toUpperCase() });
  isProblem(await accept(eve, personal), 404, "invite_not_found");
  assert.equal((await accept(bob, personal)).body.role, "editor");
  isProblem(await accept(eve, personal), 404, "invite_not_found");
});

test("used up, expired, foreign and unknown are answered alike", async () => {
  const room = await ada.createRoom();
  const [once, short, personal] = [await make(room, { role: "viewer", max_uses: 1 }), await make(room, { role: "viewer", expires_in: 1 }), await make(room, { role: "viewer", email: bob.email })];
  assert.equal((await accept(bob, once)).status, 200);
  assert.equal((await accept(bob, once)).status, 200, "who was let in by it is answered as before");
  await until(() => Date.now() > Date.parse(short.expires_at) + 50, "the invitation to expire");
  const bodies = [];
  for (const invite of [once, short, personal, { code: "unknown" }]) {
    const answer = await accept(eve, invite);
    isProblem(answer, 404, "invite_not_found");
    bodies.push(answer.bytes.toString());
  }
  assert.equal(new Set(bodies).size, 1);
});

test("one for three lets exactly three in, however many come at once; who comes twice counts once", async () => {
  const room = await ada.createRoom();
  const invite = await make(room, { role: "editor", max_uses: 3 });
  const crowd = await people(server, "P1", "P2", "P3", "P4", "P5", "P6");
  const answers = await Promise.all(crowd.flatMap((person) => [0, 1].map(async () => [person.id, (await accept(person, invite)).status])));
  assert.ok(answers.every(([, status]) => [200, 404].includes(status)), String(answers));
  assert.equal(new Set(answers.filter(([, status]) => status === 200).map(([id]) => id)).size, 3);
  const { items } = await ada.ok(200, "GET", `/v1/rooms/${room.id}/members`);
  assert.equal(items.length, 4);
});
