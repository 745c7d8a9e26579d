// The pictures of the documentation: docs/images/{sign-in,rooms,board}.png, from the running program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, Window } from "./support/browser.mjs";
import { ROOT, startServer, stopAll } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const folder = join(ROOT, "docs/images");
mkdirSync(folder, { recursive: true });
const [server, browser] = await Promise.all([startServer({ engine: "sqlite", page: join(ROOT, "web/dist") }), launch()]);

const PLAN = [
  { type: "text", x: 150, y: 110, text: "Launch plan" },
  { type: "rectangle", x: 150, y: 200, width: 210, height: 90, label: { text: "Sketch" } },
  { type: "rectangle", x: 500, y: 200, width: 210, height: 90, label: { text: "Build" } },
  { type: "diamond", x: 850, y: 180, width: 230, height: 130, label: { text: "Ready?" } },
  { type: "arrow", x: 370, y: 245, width: 120, height: 0 },
  { type: "arrow", x: 720, y: 245, width: 120, height: 0 },
  { type: "ellipse", x: 860, y: 420, width: 210, height: 110, label: { text: "Ship" } },
  { type: "arrow", x: 965, y: 320, width: 0, height: 90 },
];

try {
  const ada = await Window.open(browser, server);
  const picture = (name) => ada.page.screenshot({ path: join(folder, `${name}.png`) });
  await ada.go("/signin");
  await ada.get("signin-form").waitFor();
  await picture("sign-in");
  await ada.signUp("Ada Lovelace");
  for (const name of ["Ideas for autumn", "Retrospective"]) {
    await ada.createRoom(name);
    await ada.go("/rooms");
  }
  const room = await ada.createRoom("Launch plan");
  await ada.go("/rooms");
  await ada.get("room-item").nth(2).waitFor();
  await picture("rooms");
  await ada.go(`/rooms/${room}`);
  await ada.boardOpen();
  const bob = await Window.open(browser, server);
  await bob.accept(await ada.invite("editor"), "Grace Hopper");
  await ada.seesPeople(2);
  await drawPlan(ada);
  await scrawl(bob);
  await bob.page.mouse.move(640, 470, { steps: 5 });
  await until(async () => (await ada.cursors()).length === 1, "the second cursor");
  await Promise.all([ada.saveState("saved"), bob.saveState("saved")]);
  await ada.page.mouse.move(1200, 700);
  await picture("board");
  console.log(`wrote ${folder}/{sign-in,rooms,board}.png`);
} finally {
  await browser.close();
  await stopAll(server);
}

/** Real elements, made by the editor's own tools where it offers them. */
async function drawPlan(window) {
  const shapes = { rectangle: "r", diamond: "d", ellipse: "o", arrow: "a" };
  for (const { type, x, y, width, height, text, label } of PLAN) {
    if (type === "text") {
      await window.page.keyboard.press("t");
      await window.page.mouse.click(x, y);
      await window.page.keyboard.type(text);
      await window.page.keyboard.press("Escape");
      continue;
    }
    await window.page.keyboard.press(shapes[type]);
    await window.drag(x, y, x + width, y + height);
    if (label) {
      await window.page.keyboard.press("Enter");
      await window.page.keyboard.type(label.text);
      await window.page.keyboard.press("Escape");
    }
    await window.page.keyboard.press("Escape");
  }
}

/** A line by hand. */
async function scrawl({ page }) {
  await page.keyboard.press("p");
  await page.mouse.move(180, 470);
  await page.mouse.down();
  for (let i = 0; i <= 40; i++) await page.mouse.move(180 + i * 8, 470 + Math.sin(i / 3) * 40);
  await page.mouse.up();
  await page.keyboard.press("v");
}
