// The page as people get it from the edge: files and API from a Worker, rooms on an origin node beside it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { launch, Window } from "../support/browser.mjs";
import { startHost, stopShared } from "../support/hosts/index.mjs";
import { ROOT } from "../support/server.mjs";

let browser;
before(async () => (browser = await launch()));
after(async () => {
  await browser?.close();
  await stopShared();
});

for (const way of ["proxied", "direct"]) {
  describe(`workerd-postgres, ${way}`, () => {
    let edge, windows, sockets;
    before(async () => (edge = await startHost("workerd-postgres", {}, { page: join(ROOT, "web/dist"), proxied: way === "proxied" })));
    after(() => edge?.stop());
    afterEach(async () => {
      const errors = windows.flatMap((w) => w.errors);
      await Promise.all(windows.map((w) => w.close()));
      assert.deepEqual(errors, [], "the page threw");
    });

    test("two people sign up at the edge and draw on one board", async () => {
      sockets = [];
      windows = [await Window.open(browser, edge), await Window.open(browser, edge)];
      const [ada, bob] = windows;
      for (const { page } of windows) page.on("websocket", (socket) => sockets.push(socket.url()));
      await ada.signUp("Ada");
      await ada.createRoom("At the edge");
      await bob.accept(await ada.invite("editor"), "Bob");
      await ada.rectangle(300, 300);
      assert.equal((await bob.seesShapes(1))[0].type, "rectangle");
      await bob.rectangle(600, 450);
      await ada.seesShapes(2);
      await Promise.all([ada.saveState("saved"), bob.saveState("saved")]);
      const expected = way === "proxied" ? edge.url.replace("http", "ws") : edge.node.sync_url;
      assert.ok(sockets.length >= 2 && sockets.every((url) => url.startsWith(expected)), sockets.join("\n"));
    });

    test("files of the page come with their caching and policy", async () => {
      windows = [];
      const page = await fetch(edge.url);
      assert.equal(page.headers.get("cache-control"), "no-cache");
      assert.match(page.headers.get("content-security-policy"), /default-src 'self'/);
      const script = /\/assets\/[^"]+\.js/.exec(await page.text())[0];
      const asset = await fetch(edge.url + script);
      assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
      assert.match(asset.headers.get("content-type"), /javascript/);
      const missing = await fetch(`${edge.url}/assets/gone.js`);
      assert.equal(missing.status, 404);
      assert.equal(missing.headers.get("cache-control"), "no-store");
      const deep = await fetch(`${edge.url}/rooms/some-room`);
      assert.equal(deep.status, 200);
      assert.match(await deep.text(), /<div id="root"/);
    });
  });
}
