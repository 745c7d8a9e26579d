// The page as people use it: two windows, one board.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, Window } from "../support/browser.mjs";
import { ROOT, startServer, stopAll } from "../support/server.mjs";
import { never, until } from "../support/until.mjs";

let server, browser, ada, bob;
before(async () => ([server, browser] = await Promise.all([startServer({ page: join(ROOT, "web/dist") }), launch()])));
after(async () => {
  await browser?.close();
  await stopAll(server);
});
beforeEach(async () => ([ada, bob] = [await Window.open(browser, server), await Window.open(browser, server)]));
afterEach(async () => {
  const errors = [ada, bob].flatMap((w) => w.errors);
  await Promise.all([ada.close(), bob.close()]);
  assert.deepEqual(errors, [], "the page threw");
});

/** Ada has a board, Bob came by her link. */
async function together(role = "editor") {
  await ada.signUp("Ada");
  const room = await ada.createRoom("Our board");
  await bob.accept(await ada.invite(role), "Bob");
  await Promise.all([ada.seesPeople(2), bob.seesPeople(2)]);
  return room;
}

test("sign-up, a board, sign-out, sign-in: the board is in the list", async () => {
  await ada.signUp("Ada");
  const room = await ada.createRoom("First board");
  await ada.go("/rooms");
  const item = ada.page.locator(`[data-testid=room-item][data-room-id="${room}"]`);
  await item.waitFor();
  assert.match(await item.textContent(), /First board/);
  await ada.get("signout").click();
  await ada.get("signin-form").waitFor();
  await ada.get("email").fill(ada.email);
  await ada.get("password").fill("wrong horse battery");
  await ada.get("submit").click();
  await ada.get("form-error").waitFor();
  await ada.get("password").fill("correct horse battery");
  await ada.get("submit").click();
  await item.waitFor();
});

test("two windows draw on one board and see each other's shapes and cursors", async () => {
  await together();
  await ada.rectangle(300, 300);
  const [shape] = await bob.seesShapes(1);
  assert.equal(shape.type, "rectangle");
  await bob.rectangle(600, 450);
  assert.deepEqual((await ada.seesShapes(2)).map((s) => s.id).sort(), (await bob.shapes()).map((s) => s.id).sort());
  await bob.page.mouse.move(500, 500);
  await bob.page.mouse.move(510, 510);
  const [cursor] = await until(async () => { const c = await ada.cursors(); return c.length === 1 && c; }, "bob's cursor at ada's");
  assert.equal(cursor.name, "Bob");
  await Promise.all([ada.saveState("saved"), bob.saveState("saved")]);
  await bob.close();
  await ada.seesPeople(1);
  await until(async () => (await ada.cursors()).length === 0, "bob's cursor to go");
  bob = await Window.open(browser, server);
});

test("what was drawn is there after closing the page and after a restart of the server", async () => {
  await ada.signUp("Ada");
  const room = await ada.createRoom("Kept");
  await ada.rectangle(300, 300);
  await ada.saveState("saved");
  await ada.page.close();
  await server.kill();
  await server.start();
  ada.page = await ada.context.newPage();
  await ada.go(`/rooms/${room}`);
  await ada.boardOpen();
  await ada.seesShapes(1);
});

test("the save state tells the truth: saved only when the server has it", async () => {
  await together();
  await ada.rectangle(300, 300);
  await ada.saveState("saved");
  const release = await server.database.stall();
  try {
    await ada.rectangle(700, 300);
    await ada.saveState("saving");
    await never(async () => (await ada.get("save-state").getAttribute("data-state")) === "saved", "saved, while the database stands still", 1500);
    assert.equal((await bob.shapes()).length, 1);
  } finally {
    await release();
  }
  await ada.saveState("saved");
  await bob.seesShapes(2);
});

test("offline for a while: both go on drawing, both know, and then it merges", async () => {
  await together();
  await ada.rectangle(300, 300);
  await bob.seesShapes(1);
  await bob.context.setOffline(true);
  await bob.page.evaluate(() => window.__meridian.provider.disconnect?.()); // Chromium keeps open sockets when a context goes offline
  await bob.page.evaluate(() => window.__meridian.provider.connect?.());
  await bob.saveState("offline");
  await bob.rectangle(500, 300);
  await ada.rectangle(700, 300);
  await never(async () => (await ada.shapes()).length > 2 || (await bob.shapes()).length > 2, "shapes through a cut line", 500);
  await bob.context.setOffline(false);
  await Promise.all([ada.seesShapes(3), bob.seesShapes(3)]);
  await Promise.all([ada.saveState("saved"), bob.saveState("saved")]);
});

test("a viewer sees and can't draw", async () => {
  await together("viewer");
  await bob.get("view-only").waitFor();
  await ada.rectangle(300, 300);
  await bob.seesShapes(1);
  await bob.rectangle(600, 450);
  await never(async () => (await ada.shapes()).length !== 1, "a viewer's shape at ada's", 800);
  assert.equal((await bob.shapes()).length, 1, "nor on the viewer's own board");
});

test("undo takes back one's own work only", async () => {
  await together();
  await ada.rectangle(300, 300);
  await bob.seesShapes(1);
  await bob.rectangle(500, 300);
  const both = await ada.seesShapes(2);
  const own = both.find((s) => s.x < 420).id;
  await ada.page.keyboard.press("Control+z");
  const left = await bob.seesShapes(1);
  assert.notEqual(left[0].id, own, "bob's shape stays");
  await ada.page.keyboard.press("Control+z");
  await never(async () => (await bob.shapes()).length !== 1, "an undo of another's work", 500);
  await ada.page.keyboard.press("Control+Shift+z");
  await bob.seesShapes(2);
});

test("who is removed while drawing is shown out within moments", async () => {
  const room = await together();
  const token = (key) => ada.page.evaluate((k) => JSON.stringify({ ...localStorage }).includes(k), key);
  assert.ok(await token("access"), "ada is signed in");
  await ada.get("share-button").click();
  await ada.page.getByTestId("member-remove").first().click();
  const confirm = ada.page.getByTestId("member-remove-confirm");
  if (await confirm.count()) await confirm.click();
  await bob.get("message-page").waitFor({ timeout: 5000 });
  await bob.go(`/rooms/${room}`);
  await bob.get("message-page").waitFor();
});

test("the page loads nothing from elsewhere, and works under its own Content-Security-Policy", async () => {
  const foreign = [];
  const refused = [];
  ada.page.on("request", (r) => /^(https?|wss?):/.test(r.url()) && new URL(r.url()).host !== new URL(server.url).host && foreign.push(r.url()));
  ada.page.on("console", (m) => /Content Security Policy/.test(m.text()) && refused.push(m.text()));
  await ada.signUp("Ada");
  await ada.createRoom("Own house");
  await ada.rectangle(300, 300);
  await ada.saveState("saved");
  assert.deepEqual([foreign, refused], [[], []]);
  const answer = await fetch(`${server.url}/signup`);
  assert.match(answer.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
});
