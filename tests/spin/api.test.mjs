// The API as a Spin component, where it differs from other hosts: Spin's own SQLite, Spin's key-value store, connections that Spin can't pass on. What all hosts do
// alike is in tests/conformance.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { runEndings } from "../support/children.mjs";
import { start } from "../support/hosts/spin.mjs";
import { signingKeys } from "../support/keys.mjs";
import { isProblem } from "../support/problem.mjs";

const NODE = { id: "node-1", region: "local", url: "http://127.0.0.1:9", sync_url: "ws://127.0.0.1:9/v1/sync" };
const vars = (more = {}) => ({ SIGNING_KEYS: JSON.stringify(signingKeys()), NODES: JSON.stringify([NODE]), ...more });

after(runEndings);

describe("on Spin's SQLite", () => {
  let host;
  before(async () => (host = await start({ database: "sqlite", vars: vars({ RATE_LIMIT_SCALE: "1000" }) })));
  after(() => host?.stop());

  test("first requests at once find the schema made, once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(host, "GET", "/readyz")));
    assert.deepEqual(answers.map((answer) => answer.status), Array(8).fill(200), host.log());
    assert.equal(host.log().match(/migrated the schema version=1/g)?.length, 1, host.log());
  });

  test("people, rooms and tickets; a taken address is a conflict", async () => {
    const ada = await Person.signUp(host, "Ada");
    isProblem(await call(host, "POST", "/v1/auth/signup", { body: { email: ada.email, password: "another password", name: "Eve" } }), 409, "email_taken");
    const room = await ada.createRoom("Plan");
    const rooms = await ada.ok(200, "GET", "/v1/rooms");
    assert.deepEqual(rooms.items.map((item) => item.id), [room.id]);
    const ticket = await ada.ticket(room);
    assert.equal(ticket.url, NODE.sync_url);
  });

  test("writers at once wait for each other", async () => {
    const ada = await Person.signUp(host, "Ada");
    const make = (i) => ada.call("POST", "/v1/rooms", { body: { name: `Room ${i}` } });
    const made = await Promise.all(Array.from({ length: 12 }, (_, i) => make(i)));
    assert.deepEqual(made.map((answer) => answer.status), Array(12).fill(201), host.log());
  });

  test("a connection to a room is told the address of the room's node", async () => {
    const ada = await Person.signUp(host, "Ada");
    const room = await ada.createRoom("Plan");
    const { ticket } = await ada.ticket(room);
    for (const query of [`?ticket=${ticket}`, ""]) {
      const answer = await call(host, "GET", `/v1/sync/${room.id}${query}`);
      isProblem(answer, 421, "misdirected");
      assert.equal(answer.body.url, `${NODE.sync_url}/${room.id}`);
    }
  });
});

describe("rates without Redis", () => {
  let host;
  before(async () => (host = await start({ database: "sqlite", vars: vars() })));
  after(() => host?.stop());

  test("are counted over instances, by the address that Spin tells", async () => {
    const signIn = (headers) => call(host, "POST", "/v1/auth/signin", { headers, body: { email: "nobody@example.com", password: "not a password" } });
    const statuses = [];
    // A header of the caller's own must not make it somebody else.
    for (let i = 0; i < 12; i++) statuses.push((await signIn({ "spin-client-addr": `192.0.2.${i}:1` })).status);
    assert.equal(statuses.filter((status) => status === 401).length, 10, statuses.join(" "));
    assert.equal(statuses.at(-1), 429);
  });
});
