// Texts of people come back as they were: any script, any length that is allowed, anything that looks like code.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isInvalid } from "../support/problem.mjs";
import { exact } from "./support/exact.mjs";
import { closeHosts, openHost } from "./support/host.mjs";
import { json, people } from "./support/things.mjs";

let server, ada;
before(async () => {
  server = await openHost();
  [ada] = await people(server, "Ada");
});
after(closeHosts);

const NAMES = {
  "right to left": "א\u05d1ג \u202eabc\u202c",
  "a script without spaces": "山田太郎",
  "letters of the North": "Ægir Þór ß ſ",
  "combining characters, not normalised": "e\u0301 \u0065\u0301 é",
  "emoji of many code points": "👩‍👩‍👧‍👦 🏳️‍🌈 🇮🇸",
  "characters outside the BMP": "𝔐𝔢𝔯𝔦𝔡𝔦𝔞𝔫",
  "a non-breaking space inside": "a\u00a0b",
  "quotes, backslashes, braces": `"'\`\\{}[]<>%$&;:?#/`,
  "SQL": `'); DROP TABLE rooms; -- " \\ % _`,
  "SQL parameters": "$1 ?1 :name @p1 ${x} #{x}",
  HTML: "<script>alert(1)</script>&amp;",
  "a template": "{{7*7}} ${7*7} <%= 7*7 %>",
  "JSON escapes": '\\u0041 \\n "\\"',
  "a format string": "%s%n%x {} {0}",
  "a path": "../../etc/passwd",
  "what numbers look like": "007",
  "what nothing looks like": "null",
  "a noncharacter": "a\uffffb\ufdd0",
};

for (const [what, name] of Object.entries(NAMES)) {
  test(`a name of ${what} is kept`, async () => {
    assert.equal((await ada.ok(200, "PATCH", "/v1/me", { body: { name } })).name, name);
    assert.equal((await ada.ok(200, "GET", "/v1/me")).name, name);
    const room = await ada.createRoom(name);
    assert.deepEqual([room.name, (await ada.ok(200, "GET", `/v1/rooms/${room.id}`)).name], [name, name]);
    assert.ok((await ada.ok(200, "GET", "/v1/rooms?limit=1")).items.some((r) => r.name === name));
  });
}

test("a name has 1 to 100 characters, whatever they take as bytes", async () => {
  for (const letter of ["a", "ü", "字", "🦀"]) {
    for (const length of [1, 99, 100]) assert.equal((await ada.ok(200, "PATCH", "/v1/me", { body: { name: letter.repeat(length) } })).name, letter.repeat(length));
    isInvalid(await ada.call("PATCH", "/v1/me", { body: { name: letter.repeat(101) } }), "name");
  }
  assert.equal((await ada.ok(200, "PATCH", "/v1/me", { body: { name: `  ${"x".repeat(100)}\t\u3000` } })).name.length, 100, "blanks around it don't count");
});

test("a body of 64 KiB is read, and checked", async () => {
  const raw = JSON.stringify({ name: "" });
  isInvalid(await exact(server, "PATCH", "/v1/me", { token: ada.access, ...json(raw.replace('""', `"${"x".repeat(64 * 1024 - raw.length)}"`)) }), "name");
  const padded = `${" ".repeat(64 * 1024 - 14)}{"name":"Pad"}`;
  assert.equal((await ada.ok(200, "PATCH", "/v1/me", json(padded))).name, "Pad");
});

test("JSON is read as JSON: escapes, blanks, repeated fields, content type with parameters", async () => {
  for (const type of ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", " application/json "]) {
    const body = await ada.ok(200, "PATCH", "/v1/me", { raw: ' {\r\n\t"n\\u0061me" : "\\u00e9\\ud83e\\udd80" } \n', headers: { "content-type": type } });
    assert.equal(body.name, "é🦀", type);
  }
  assert.equal((await ada.ok(200, "PATCH", "/v1/me", json('{"name":"first","name":"last"}'))).name, "last");
});

test("what is no JSON is located", async () => {
  const answer = await ada.call("PATCH", "/v1/me", json('{"name":\n oops}'));
  assert.deepEqual([answer.status, answer.body.code], [400, "malformed_json"]);
  assert.match(answer.body.detail, /line 2, column 2/);
});

test("numbers at the edges: exact ones pass, others are refused", async () => {
  const room = await ada.createRoom();
  const invite = (raw) => ada.call("POST", `/v1/rooms/${room.id}/invites`, json(`{"role":"viewer",${raw}}`));
  for (const raw of ['"max_uses":1', '"max_uses":10000', '"expires_in":1', '"expires_in":2592000']) assert.equal((await invite(raw)).status, 201, raw);
  for (const number of ["0", "-0", "10001", "1.0", "1e2", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e308", "99999999999999999999999999"]) {
    isInvalid(await invite(`"max_uses":${number}`), "max_uses");
  }
});
