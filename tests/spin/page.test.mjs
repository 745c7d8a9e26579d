// The page as a Spin component: what a browser is sent, and that it runs.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, Window } from "../support/browser.mjs";
import { runEndings } from "../support/children.mjs";
import { start } from "../support/hosts/spin.mjs";
import { signingKeys } from "../support/keys.mjs";
import { ROOT } from "../support/server.mjs";

let host;
before(async () => (host = await start({ database: "sqlite", page: true, vars: { SIGNING_KEYS: JSON.stringify(signingKeys()), RATE_LIMIT_SCALE: "1000" } })));
after(async () => {
  await host?.stop();
  await runEndings();
});

const get = (path, headers = {}) => fetch(host.url + path, { headers });

test("every path of the page gets the page, with its content policy, and is asked for again", async () => {
  for (const path of ["/", "/rooms", "/invites/abc", "/..%2f..%2fCargo.toml"]) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(answer.headers.get("cache-control"), "no-cache");
    assert.match(answer.headers.get("content-security-policy"), /default-src 'self'.*frame-ancestors 'none'/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.match(await answer.text(), /<!doctype html>/i);
    assert.equal((await fetch(host.url + path, { method: "HEAD" })).status, 200);
  }
});

test("files named by their content are kept for a year, and only while they are there", async () => {
  const script = readdirSync(join(ROOT, "web/dist/assets")).find((name) => name.endsWith(".js"));
  const answer = await get(`/assets/${script}`);
  assert.match(answer.headers.get("content-type"), /javascript/);
  assert.match(answer.headers.get("cache-control"), /immutable/);
  const known = await get(`/assets/${script}`, { "if-none-match": answer.headers.get("etag") });
  assert.equal(known.status, 304);
  assert.equal((await get("/assets/gone-0000.js")).status, 404);
});

test("in Chromium: sign-up and the list of rooms, without a word of the content policy", async () => {
  const browser = await launch();
  try {
    const ada = await Window.open(browser, host);
    const complaints = [];
    ada.page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await ada.signUp("Ada");
    await ada.get("create-room").first().waitFor();
    assert.deepEqual([...ada.errors, ...complaints.filter((text) => /Content Security Policy|Refused/.test(text))], []);
  } finally {
    await browser.close();
  }
});
