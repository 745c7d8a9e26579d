// A walk over the whole API, written down: `cargo xtask conformance` compares what the hosts answered, byte by byte (`compare.mjs`).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { call, Person } from "../support/api.mjs";
import { resigned } from "../support/keys.mjs";
import { exact } from "./support/exact.mjs";
import { closeHosts, NODE_SECRET, openHost } from "./support/host.mjs";
import { json, NOWHERE, PNG, sha256 } from "./support/things.mjs";
import { differences, load, Transcript, transcriptFile } from "./support/transcript.mjs";

after(closeHosts);

test("the walk, written down", async () => {
  const server = await openHost();
  const transcript = new Transcript();
  await walk(server, transcript);
  transcript.save(server.name);
  const saved = load(server.name);
  assert.deepEqual(differences(saved, transcript.steps), [], transcriptFile(server.name));
  const steps = saved.map((s) => `${s.method} ${s.path}`);
  for (const operation of server.description.operations) {
    const pattern = new RegExp(`^${operation.method} ${operation.path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}(\\?|$)`);
    assert.ok(steps.some((s) => pattern.test(s)), `${operation.id} is not on the walk`);
  }
});

/** Every step is awaited, so that what is random appears in the same order everywhere. */
async function walk(server, transcript) {
  const step = async (title, method, path, options = {}) => {
    const send = options.exact ? exact : call;
    const answer = await send(server, method, path, options);
    transcript.add(title, method, path, answer);
    return answer;
  };
  const as = (person) => (title, method, path, options) => step(title, method, path, { token: person.access, ...options });
  const run = `${process.pid}-${Date.now()}`;
  transcript.name(run, "run");
  const signUp = async (name) => {
    const body = { email: `Walk.${name}.${run}@example.org`, name, password: "correct horse battery" };
    const { body: tokens } = await step(`${name} signs up`, "POST", "/v1/auth/signup", { body });
    return new Person(server, { ...tokens.user, password: body.password }, tokens);
  };

  for (const path of ["/healthz", "/readyz", "/.well-known/jwks.json", "/v1/limits", "/v1/openapi.json"]) {
    await step("public", "GET", path);
    await step("public, without the body", "HEAD", path);
    await step("another method", "DELETE", path);
  }
  const [ada, bob] = [await signUp("Ada"), await signUp("Bob")];
  const eve = await signUp("Eve");
  const [byAda, byBob, byEve] = [ada, bob, eve].map(as);

  await step("a taken address", "POST", "/v1/auth/signup", { body: { email: ada.email.toUpperCase(), name: "x", password: "correct horse battery" } });
  await step("wrong fields", "POST", "/v1/auth/signup", { body: { email: "x", name: "\u0000", password: "x", more: 1 } });
  await step("sign-in", "POST", "/v1/auth/signin", { body: { email: ada.email, password: ada.password } });
  await step("a wrong password", "POST", "/v1/auth/signin", { body: { email: ada.email, password: "wrong" } });
  await step("an unknown address", "POST", "/v1/auth/signin", { body: { email: "nobody@example.org", password: "wrong" } });
  const session = await bob.signInAgain();
  const first = await step("refresh", "POST", "/v1/auth/refresh", { body: { refresh_token: session.refresh } });
  await step("and again", "POST", "/v1/auth/refresh", { body: { refresh_token: first.body.refresh_token } });
  await step("a token used twice", "POST", "/v1/auth/refresh", { body: { refresh_token: session.refresh } });
  await step("its family has ended", "GET", "/v1/me", { token: session.access });
  await step("sign-out", "POST", "/v1/auth/signout", { body: { refresh_token: session.refresh } });
  await step("an expired token", "GET", "/v1/me", { token: resigned(server, ada.access, { exp: 1 }) });
  for (const authorization of ["", "Basic YTpi", "Bearer x"]) await step("no token", "GET", "/v1/me", { headers: { authorization } });

  await byAda("my account", "GET", "/v1/me");
  await byAda("renamed", "PATCH", "/v1/me", { body: { name: " Ada  Lovelace " } });
  await byAda("nothing changed", "PATCH", "/v1/me", { body: {} });

  const key = { "idempotency-key": "walk" };
  const { body: room } = await byAda("a room", "POST", "/v1/rooms", { body: { name: "Plan ✏️", region: "eu-west" }, headers: key });
  await byAda("the same again", "POST", "/v1/rooms", { body: { name: "Plan ✏️", region: "eu-west" }, headers: key });
  await byAda("another under its key", "POST", "/v1/rooms", { body: { name: "Other" }, headers: key });
  await byAda("in another region", "POST", "/v1/rooms", { body: { name: "Far", region: "us-east" } });
  await byAda("nowhere", "POST", "/v1/rooms", { body: { name: "", region: "mars", kind: "x", id: 1 } });
  const page = await byAda("a page", "GET", "/v1/rooms?limit=1");
  await byAda("the next", "GET", `/v1/rooms?limit=1&cursor=${page.body.next_cursor}`);
  await byAda("a wrong page", "GET", "/v1/rooms?limit=0&cursor=x");
  const at = `/v1/rooms/${room.id}`;
  await byAda("the room", "GET", at);
  await byAda("renamed", "PATCH", at, { body: { name: "New", viewers_visible: false } });
  await byEve("a stranger", "GET", at);
  await byEve("nothing", "GET", `/v1/rooms/${NOWHERE}`);
  await byEve("no id", "GET", "/v1/rooms/%00");

  const { body: invite } = await byAda("an invitation", "POST", `${at}/invites`, { body: { role: "viewer", max_uses: 1 } });
  await byAda("a wrong one", "POST", `${at}/invites`, { body: { role: "owner", expires_in: 0, max_uses: 1.5, email: "x" } });
  await byBob("accepted", "POST", `/v1/invites/${invite.code}/accept`);
  await byBob("and again", "POST", `/v1/invites/${invite.code}/accept`);
  await byEve("used up", "POST", `/v1/invites/${invite.code}/accept`);
  await byBob("a viewer invites nobody", "POST", `${at}/invites`, { body: { role: "viewer" } });
  await byBob("members", "GET", `${at}/members`);
  await byBob("a page of members", "GET", `${at}/members?limit=1`);
  await byAda("promoted", "PUT", `${at}/members/${bob.id}`, { body: { role: "editor" } });
  await byAda("the last owner", "PUT", `${at}/members/${ada.id}`, { body: { role: "viewer" } });
  await byAda("nobody", "PUT", `${at}/members/${eve.id}`, { body: { role: "viewer" } });
  await byBob("not an owner", "DELETE", `${at}/members/${ada.id}`);

  await byBob("a ticket", "POST", `${at}/ticket`);
  await byBob("a reusable one", "POST", `${at}/ticket`, { body: { reusable: true } });
  await byBob("a wrong one", "POST", `${at}/ticket`, { body: { reusable: 1 } });
  await byEve("none for strangers", "POST", `${at}/ticket`);
  await byBob("who is there", "GET", `${at}/participants`);

  const image = { raw: PNG, headers: { "content-type": "image/png" } };
  const file = `${at}/files/${sha256(PNG)}`;
  await byBob("no file", "GET", file);
  await byBob("a file", "PUT", file, image);
  await byBob("again", "PUT", file, image);
  await byBob("it is there", "GET", file);
  await byBob("without the body", "HEAD", file);
  await byBob("another type", "PUT", file, { ...image, headers: { "content-type": "text/html" } });
  await byBob("another name", "PUT", `${at}/files/${"0".repeat(64)}`, image);
  await byBob("no name", "PUT", `${at}/files/x`, image);
  await byEve("a stranger's", "PUT", file, image);

  for (const path of ["/v1", "/v1/nothing", "/v1/rooms/", "/v1//me", "/v1/%6de"]) await byAda("nothing there", "GET", path, { exact: true });
  for (const method of ["DELETE", "PUT", "PATCH"]) await byAda("another method", method, "/v1/rooms", { exact: true });
  for (const raw of ["{", "[]", "null", '{"name":1}', ""]) await byAda("a body", "POST", "/v1/rooms", json(raw));
  await byAda("another type", "POST", "/v1/rooms", { raw: "x", headers: { "content-type": "text/plain" } });
  await byAda("too large", "POST", "/v1/rooms", json("x".repeat(65_537)));
  for (const origin of ["https://board.example", "https://evil.example"]) {
    await step("preflight", "OPTIONS", "/v1/rooms", { exact: true, headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" } });
    await byAda("a call from a page", "GET", "/v1/rooms?limit=1", { headers: { origin } });
  }
  await step("options", "OPTIONS", "/v1/me", { exact: true });
  await step("a request id", "GET", "/healthz", { headers: { "x-request-id": "walk-1" } });

  const sessionOf = (person) => JSON.parse(Buffer.from(person.access.split(".")[1], "base64url")).sid;
  const byNode = (title, method, path, options) => step(title, method, path, { token: NODE_SECRET, ...options });
  for (const person of [bob, eve]) await byNode("what they are", "POST", "/v1/node/rights", { body: { user: person.id, session: sessionOf(person), room: room.id } });
  await byNode("a wrong question", "POST", "/v1/node/rights", { body: { user: "x", room: 1 } });
  await byNode("nothing ended in the future", "GET", "/v1/node/revocations?after=9999999999999");
  await byNode("nothing is that old", "DELETE", "/v1/node/revocations");
  await byAda("no node", "GET", "/v1/node/revocations?after=0");

  await byAda("deleted", "DELETE", at);
  await byBob("gone", "GET", at);
  await byBob("left nowhere", "DELETE", `${at}/members/${bob.id}`);
  await byEve("erased", "DELETE", "/v1/me");
  await byEve("erased is erased", "GET", "/v1/me");
}
